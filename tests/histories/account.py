"""What is made of a story: each report entered in the ledger, the list judged, and what its owners are told of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from monitor.config.settings import Settings
from monitor.evidence.catalogue import SOURCES
from monitor.evidence.checks.outage import with_outages
from monitor.evidence.fold import changes
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.source import ListEvidence
from monitor.incident.decision import LEVELS_READ, RECENT_READ, decide
from monitor.incident.lifecycle import reasons_of
from monitor.model.evidence import CheckOutcome
from monitor.model.incidents import ChangeKind, Incident, IncidentState
from monitor.model.risk import Assessment, RiskLevel
from monitor.mtas.catalogue import mta_named
from monitor.operations.incident_policy import policy_of_list
from monitor.operations.reassess import WEIGHED
from monitor.risk.judge import judge
from tests.histories.evidence import (
    DAY,
    EVERY,
    RULES,
    Told,
    arrivals,
    bounces,
    canary,
    checks,
    listed_of,
    looks,
    moment,
)
from tests.histories.story import START, Story
from tests.histories.world import World, played

SELDOM: Final = timedelta(hours=3)  # how often is looked where nothing changes
AROUND: Final = (timedelta(minutes=30), timedelta(hours=1, minutes=20))  # before and after a change: each 15 minutes
SETTINGS: Final = Settings()
KINDS: Final = {each.name: each for each in SOURCES}


@dataclass(frozen=True, slots=True)
class Heard:
    """What the owners were told."""

    at: datetime
    kind: ChangeKind
    level: RiskLevel
    words: str
    reasons: tuple[str, ...]  # codes of the findings that it is for


@dataclass(slots=True)
class Account:
    """What came of one story."""

    story: Story
    world: World
    judged: list[Assessment] = field(default_factory=list)  # oldest first
    heard: list[Heard] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)  # the ledger as it is written, at the end

    def level_told(self, at: datetime) -> RiskLevel:
        """What the owners believe then: the last level that they were told."""
        told = [each.level for each in self.heard if each.at <= at]
        return told[-1] if told else RiskLevel.OK

    def at(self, day: float) -> Assessment:
        """The last assessment up to a day."""
        return [each for each in self.judged if each.assessed_at <= moment(day)][-1]


def account(story: Story, *, closely: bool = False) -> Account:
    """The story told from its beginning to its end; `closely`: with each check, else with few where nothing changes."""
    world = played(story, until=story.days + 1)
    found = Account(story, world)
    listener = _Listener(story, found)
    told = bounces(story, world)
    for at, kind, reports in _in_order(story, world, told, closely=closely):
        listener.hear(at, kind, reports)
    return found


class _Listener:
    """An installation in memory: ledger, newest reports, the list's incident."""

    def __init__(self, story: Story, found: Account) -> None:
        self._story, self._found = story, found
        self._listed = listed_of(story)
        self._mta = mta_named(story.mta)
        self._policy = policy_of_list(self._listed, SETTINGS)
        self._reports: dict[str, list[Any]] = {}
        self._levels: list[RiskLevel] = []
        self._current: Incident | None = None
        self._recent: list[Incident] = []

    def hear(self, at: datetime, kind: str, reports: Iterable[Any]) -> None:
        entering = KINDS[kind].entry
        for report in reports:
            one = self._checked(report) if isinstance(report, CheckOutcome) else report
            entry = None if entering is None else entering(one)
            if entry is not None:
                for name, text in changes(entry, self._found.fields).items():
                    if text is None:
                        self._found.fields.pop(name, None)
                    else:
                        self._found.fields[name] = text
            if KINDS[kind].read:
                self._reports[kind] = [one, *self._reports.get(kind, ())][: KINDS[kind].read]
        if kind not in {"arrival", "canary"} or not self._story.checked:
            self._judge(at)

    def _checked(self, outcome: CheckOutcome) -> CheckOutcome:
        before = next(iter(self._reports.get("check", ())), None)
        return with_outages(outcome, before, every=EVERY, mta=self._mta)

    def _judge(self, now: datetime) -> None:
        found = self._found
        evidence = ListEvidence(
            listed=self._listed,
            rules=RULES,
            now=now,
            reports={name: tuple(each) for name, each in self._reports.items()},
            ledger=read_ledger(found.fields, days=WEIGHED.ledger),
            previous=found.judged[-1] if found.judged else None,
        )
        assessment = judge(evidence)
        found.judged.append(assessment)
        self._levels = [assessment.level, *self._levels][:LEVELS_READ]
        decided = decide(
            self._current, self._levels, assessment, self._policy, now=now, recent=self._recent[:RECENT_READ]
        )
        if decided.heard is not None:
            change = decided.heard
            found.heard.append(Heard(now, change.kind, change.level, change.cause, reasons_of(assessment)))
        over = decided.incident is None or decided.incident.state is IncidentState.RESOLVED
        if decided.incident is not None and over:
            self._recent.insert(0, decided.incident)
        self._current = None if over else decided.incident


def _in_order(
    story: Story, world: World, told: list[Told], *, closely: bool
) -> Iterator[tuple[datetime, str, tuple[Any, ...]]]:
    """All that is said, by time; bounces of one minute come as one batch."""
    turns = sorted({each.at for each in told} | {moment(day) for day in _turns(story)})
    dense = closely or any(each.of(1) != each.of(2) for each in story.dns)
    looked = [] if not story.checked else list(_looked(story, turns, dense=dense))
    batches = [
        Told(at, "bounce", tuple(report for each in batch for report in each.reports))
        for at, batch in ((of, list(each)) for of, each in groupby(told, key=lambda each: each.at))
        if at < moment(story.days)
    ]
    for each in sorted((*looked, *arrivals(story), *canary(story, world), *batches), key=lambda each: each.at):
        yield each.at, each.kind, each.reports


def _turns(story: Story) -> Iterator[float]:
    spans = [(each.since, each.until) for each in story.dns] + [(each.since, each.until) for each in story.refusals]
    yield from (day for span in spans for day in span if day < story.days)
    for each in story.dns:  # an outage is followed closely, until it has lasted for as long as a gap between looks
        yield from (each.since + hours / 24 for hours in range(1, 4))
    yield from story.enabled


def _looked(story: Story, turns: list[datetime], *, dense: bool) -> Iterator[Told]:
    before, after = AROUND
    last, next_turn = START - 100 * DAY, 0
    for at, number, state in checks(story):
        while next_turn < len(turns) and turns[next_turn] + after < at:
            next_turn += 1
        near = next_turn < len(turns) and turns[next_turn] - before <= at
        if dense or near or at - last >= SELDOM:
            last = at
            yield Told(at, "check", (looks(state, at, number),))
