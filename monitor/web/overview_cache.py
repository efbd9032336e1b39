"""The overview's rows as they are now: read anew for each request while that is quick, else kept for some seconds."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from monitor.errors import StoreUnavailable
from monitor.model.lists import MailingList
from monitor.model.risk import RiskLevel
from monitor.overview.groups import By, Group, Places, places
from monitor.overview.rows import Row, calm_ones, counts, rows_of
from monitor.overview.summary import UNREADABLE, Summary, summary_of
from monitor.store.assessment_cache import AssessmentCache
from monitor.web.page_services import PageServices

QUICK_S: Final = 0.02  # reading the rows in less than this is not worth keeping them
KEPT_S: Final = 2.0  # younger than this, kept rows are served as they are
STALE_S: Final = 30.0  # older than this, they are not served at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The rows at one moment, sorted, with their counts."""

    rows: tuple[Row, ...]
    counts: dict[RiskLevel, int]
    calm: int  # lists of which it is known that nobody is expected to be dropped
    lists: tuple[MailingList, ...]  # the settings that they were made from
    taken_at: float  # monotonic seconds
    cost_s: float
    _made: dict[By, tuple[Places, tuple[Group, ...]]] = field(default_factory=dict, repr=False, compare=False)
    asked: set[By] = field(default_factory=set, compare=False)  # by what somebody wanted them together

    def places(self, by: By) -> Places:
        """Where each list stands; worked out at first need."""
        return self._grouped(by)[0]

    def groups(self, by: By) -> tuple[Group, ...]:
        """All lists in their groups."""
        return self._grouped(by)[1]

    def warmed(self, before: "Snapshot") -> "Snapshot":
        """The same, with the groups that were asked for of the one before: who asks next does not wait for them."""
        for by in tuple(before.asked):
            self._make(by)
        return self

    def _grouped(self, by: By) -> tuple[Places, tuple[Group, ...]]:
        self.asked.add(by)
        return self._made.get(by) or self._make(by)

    def _make(self, by: By) -> tuple[Places, tuple[Group, ...]]:
        """Two who need it at once work it out twice, and find the same."""
        stand = places(self.rows, by)
        made = self._made[by] = stand, stand.group(self.rows)
        return made


class OverviewCache:
    """Snapshots for several threads: one of them reads while the others are served what there is."""

    def __init__(self, services: PageServices, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._assessments: AssessmentCache[Summary] = AssessmentCache(
            services.store.client, partial(summary_of, name=services.rules.receiver_name), unreadable=UNREADABLE
        )
        self._reading = threading.Lock()
        self._snapshot: Snapshot | None = None

    def now(self) -> Snapshot:
        """The newest snapshot that can be had without a wait, at most STALE_S old. Raises StoreUnavailable."""
        lists = self._services.lists()
        kept = self._snapshot
        if kept is None or kept.lists is not lists or kept.cost_s < QUICK_S:
            return self._read(lists)
        age = self._clock() - kept.taken_at
        if age < KEPT_S:
            return kept
        if age >= STALE_S:
            return self._read(lists)
        if self._reading.acquire(blocking=False):
            self._reading.release()
            threading.Thread(target=self._read_aside, name="overview", daemon=True).start()
        return kept

    def _read(self, lists: tuple[MailingList, ...]) -> Snapshot:
        asked_at = self._clock()
        with self._reading:
            kept = self._snapshot
            if kept is not None and kept.taken_at >= asked_at and kept.lists is lists:
                return kept  # somebody else read while we waited
            started = self._clock()
            summaries = self._assessments.look([each.id for each in lists])
            rows = rows_of(lists, summaries, self._services.store.lists.unreadable)
            done = self._clock()
            made = Snapshot(
                rows=rows, counts=counts(rows), calm=calm_ones(rows), lists=lists, taken_at=done, cost_s=done - started
            )
            self._snapshot = made if kept is None else made.warmed(kept)
            return made

    def _read_aside(self) -> None:
        with suppress(StoreUnavailable):  # the rows grow stale, and then a request is told
            self._read(self._services.lists())
