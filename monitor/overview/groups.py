"""Lists that belong together, each group as one line: by cause, domain, host or list manager. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from monitor.incident.cause import Cause
from monitor.model.findings import Fix
from monitor.model.order import LEVELS_URGENT_FIRST
from monitor.model.risk import RiskLevel
from monitor.overview.rows import Row, counts
from monitor.overview.standing import Standing
from monitor.wording.vocabulary import in_danger

NOT_KNOWN: Final = "?"  # the key of lists whose settings cannot be read, where it is these that they stand together by
FEW: Final = 20  # lists that are looked through at a glance: about a screen of them

_RANK: Final = {level: rank for rank, level in enumerate(LEVELS_URGENT_FIRST)}


class By(StrEnum):
    """What lists stand together by."""

    CAUSE = "cause"
    DOMAIN = "domain"
    HOST = "host"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lists that stand together."""

    by: By
    key: str  # the same for as long as there is such a group; names it in an address
    cause: Cause | None  # of a group by cause
    host: str  # the one that all have; "" where they have several
    counts: Mapping[RiskLevel, int]  # of its lists, every level named
    also: int  # lists that have its cause as well, but stand under a worse one, or one that more have
    subscribers: int  # in danger, where they were counted
    uncounted: int  # lists in danger whose subscribers nobody counted
    act_by: datetime | None  # the earliest
    fix: Fix | None  # what ends it for all of them that are not well; None where that differs, or there is none
    causes: Mapping[Cause, int]  # what its lists that are not well stand under, what most have first
    rows: tuple[Row, ...]  # the most urgent first

    @property
    def level(self) -> RiskLevel:
        """The worst of them, as lists are sorted."""
        return next(level for level in LEVELS_URGENT_FIRST if self.counts[level])

    @property
    def size(self) -> int:
        """How many lists."""
        return len(self.rows)

    @property
    def unwell(self) -> int:
        """How many of them are not known to be well."""
        return self.size - self.counts[RiskLevel.OK]

    @property
    def in_danger(self) -> int:
        """How many of them are in danger."""
        return sum(number for level, number in self.counts.items() if in_danger(level))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where each list stands, worked out from all lists: a search leaves it there."""

    by: By
    keys: Mapping[str, str]  # list id → key of its group
    under: Mapping[str, Standing]  # list id → the cause that it stands under
    having: Mapping[Cause, set[str]]  # the lists that are not well and have a cause, wherever they stand

    def group(self, rows: Iterable[Row]) -> tuple[Group, ...]:
        """These lists in their groups, what hurts most first; each list stands in one."""
        found: dict[str, list[Row]] = defaultdict(list)
        for each in rows:
            found[self.keys[each.id]].append(each)
        there = {each.id for several in found.values() for each in several}
        return tuple(sorted((self._made(key, of_it, there) for key, of_it in found.items()), key=_weight))

    def of(self, key: str, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Those of the rows that stand in that group."""
        return tuple(each for each in rows if self.keys[each.id] == key)

    def _made(self, key: str, rows: Sequence[Row], there: set[str]) -> Group:
        cause = self.under[rows[0].id].cause if self.by is By.CAUSE else None
        also = 0 if cause is None or cause not in self.having else len(self.having[cause] & there) - len(rows)
        hosts = {each.host for each in rows}
        hit = [each.summary.subscribers for each in rows if in_danger(each.level)]
        unwell = [self.under[each.id] for each in rows if each.level is not RiskLevel.OK]
        fixes = {each.fix for each in unwell}
        return Group(
            by=self.by,
            key=key,
            cause=cause,
            host=hosts.pop() if len(hosts) == 1 else "",
            counts=counts(rows),
            also=also,
            subscribers=sum(filter(None, hit)),
            uncounted=hit.count(None),
            act_by=min((each.summary.act_by for each in rows if each.summary.act_by is not None), default=None),
            fix=fixes.pop() if len(fixes) == 1 else None,
            causes=dict(Counter(each.cause for each in unwell).most_common()),
            rows=tuple(rows),
        )


def places(rows: Sequence[Row], by: By) -> Places:
    """Where these lists stand."""
    having: dict[Cause, set[str]] = defaultdict(set)
    for each in rows:
        if each.level is not RiskLevel.OK:  # nearly all are well, as a rule
            for cause in each.summary.under.all:
                having[cause].add(each.id)
    number = Counter({cause: len(ids) for cause, ids in having.items()})
    under = {each.id: _stands(each, number) for each in rows}
    return Places(
        by=by,
        keys={each.id: _key(each, under[each.id], by) for each in rows},
        under=under,
        having=having,
    )


def folds(rows: Sequence[Row], *, least: int) -> bool:
    """Whether lists are better shown by cause, unless somebody wants another view.

    There are more than few, and one cause, or one reason why nothing is known, is under `least` of them (0: never so).
    """
    if not least or len(rows) <= FEW:
        return False
    number = Counter(one.cause for each in rows if each.level is not RiskLevel.OK for one in each.summary.under.worst)
    return max(number.values(), default=0) >= least


def _stands(each: Row, number: Counter[Cause]) -> Standing:
    """Of its worst causes the one that most lists have; of those alike the first that was found."""
    worst = each.summary.under.worst
    return worst[0] if len(worst) == 1 else max(worst, key=lambda one: number[one.cause])


def _key(each: Row, under: Standing, by: By) -> str:
    if by is By.CAUSE:
        return " ".join(filter(None, under.cause))
    return {By.DOMAIN: each.domain, By.HOST: each.host, By.MANAGER: each.manager}[by] or NOT_KNOWN


def _weight(one: Group) -> tuple[int, int, int, date, str]:
    """The worst level first; of those alike where most lists are in danger, where most are not well, the earliest."""
    day = date.max if one.act_by is None else one.act_by.astimezone(UTC).date()
    return _RANK[one.level], -one.in_danger, -one.unwell, day, one.key
