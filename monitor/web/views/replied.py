"""What receivers answered to a list's posts, as its page of replies shows it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from monitor.evidence.replies.counted import OF_PERSONS, Row, RowKey, Waiting
from monitor.evidence.replies.document import SHARES, delay_until
from monitor.evidence.replies.rows_of_day import sum_of
from monitor.model.evidence import AdmissionAction

REFUSALS_SHOWN: Final = 100
DAYS_SHOWN: Final = 300  # rows


@dataclass(slots=True)
class Answered:
    """How tries at one receiver over one family went: on one day, or in all."""

    receiver: str
    family: int  # 0 where nothing tells
    taken: int = 0
    put_off: int = 0
    refused: int = 0
    first: datetime | None = None
    last: datetime | None = None
    delays: dict[int, int] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """Transactions that the receiver answered."""
        return self.taken + self.put_off + self.refused

    @property
    def failed(self) -> int:
        """Those of them that did not take the mail."""
        return self.put_off + self.refused

    @property
    def delay(self) -> timedelta | None:
        """Within which half the recipients had their mail, from the queue on."""
        return _span(delay_until(self.delays, SHARES[0]))

    @property
    def longest(self) -> timedelta | None:
        """Likewise, nine tenths of them; None where that is no longer."""
        found = _span(delay_until(self.delays, SHARES[1]))
        return None if found == self.delay else found

    def add(self, key: RowKey, row: Row) -> None:
        """One more row."""
        if key.action is AdmissionAction.ACCEPT:
            self.taken += row.attempts
        elif key.action is AdmissionAction.DEFER:
            self.put_off += row.attempts
        else:
            self.refused += row.attempts
        self.first = row.first if self.first is None else min(self.first, row.first)
        self.last = row.last if self.last is None else max(self.last, row.last)
        for power, number in row.delays.items():
            self.delays[power] = self.delays.get(power, 0) + number


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """All of it: what waits, how each receiver answers, what it said where it did not take mail, day by day."""

    waiting: tuple[Waiting, ...]
    receivers: tuple[Answered, ...]
    refusals: tuple[tuple[RowKey, Row], ...]  # about how the mail was sent, or that it come later; days together
    of_persons: tuple[tuple[RowKey, Row], ...]  # about single addresses, likewise
    days: tuple[Answered, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.waiting or self.receivers)


def replied(rows: Sequence[tuple[RowKey, Row]], waiting: Mapping[str, Iterable[Waiting]]) -> Replied:
    """Of the rows that are kept, and of what waits by log."""
    refusals = _refusals(rows)
    return Replied(
        waiting=tuple(sorted((one for each in waiting.values() for one in each), key=lambda one: one.queued_at)),
        receivers=_worst_first(_answered(rows)),
        refusals=tuple(each for each in refusals if each[0].kind not in OF_PERSONS)[:REFUSALS_SHOWN],
        of_persons=tuple(each for each in refusals if each[0].kind in OF_PERSONS)[:REFUSALS_SHOWN],
        days=tuple(
            each
            for _, of_day in groupby(sorted(rows, key=_day, reverse=True), key=_day)
            for each in _worst_first(_answered(of_day))
        )[:DAYS_SHOWN],
    )


def _answered(rows: Iterable[tuple[RowKey, Row]]) -> tuple[Answered, ...]:
    found: dict[tuple[str, int], Answered] = {}
    for key, row in rows:
        of = key.receiver, key.family
        if of not in found:
            found[of] = Answered(key.receiver, key.family)
        found[of].add(key, row)
    return tuple(found.values())


def _worst_first(answered: Sequence[Answered]) -> tuple[Answered, ...]:
    """The families of a receiver side by side; the one that did not take the most tries first."""
    failed = dict.fromkeys((each.receiver for each in answered), 0)
    for each in answered:
        failed[each.receiver] = max(failed[each.receiver], each.failed)
    key = {id(each): (-failed[each.receiver], each.receiver, -each.tried, each.family) for each in answered}
    return tuple(sorted(answered, key=lambda each: key[id(each)]))


def _refusals(rows: Iterable[tuple[RowKey, Row]]) -> list[tuple[RowKey, Row]]:
    """What was not taken, of all days together: what was told last on the latest day first, of one day the most."""
    together: dict[tuple[object, ...], tuple[RowKey, Row]] = {}
    for key, row in rows:
        if key.action is not AdmissionAction.ACCEPT:
            of = key.receiver, key.family, key.action, key.kind, key.rule, key.code
            known = together.get(of)
            together[of] = (key, row) if known is None else (known[0], sum_of(known[1], row))
    return sorted(together.values(), key=lambda each: (each[1].last.date(), each[1].attempts, each[0]), reverse=True)


def _day(each: tuple[RowKey, Row]) -> date:
    return each[0].day


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
