"""What waits in the mail server's queue: what of it is more than a receiver that is busy, or slow to believe. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.replies.counted import OF_PERSONS, POLICY, Row, RowKey, Waiting
from monitor.evidence.replies.still import waits_still
from monitor.model.ahead import is_ahead, put_back
from monitor.model.evidence import AdmissionAction

PATIENCE: Final = timedelta(days=1)  # after that long what was put off for another reason is told as well
COMES_AND_GOES: Final = timedelta(minutes=15)  # who took mail so shortly before it put some off does not refuse all


def taken_at_of(rows: Iterable[tuple[RowKey, Row]], *, now: datetime) -> dict[tuple[str, int], datetime]:
    """When a receiver last took anything over a family."""
    found: dict[tuple[str, int], datetime] = {}
    for key, row in rows:
        if key.action is AdmissionAction.ACCEPT and not is_ahead(row.last, now):
            of = (key.receiver, key.family)
            found[of] = max(found.get(of, row.last), row.last)
    return found


def stuck_of(
    waiting: Iterable[Waiting], taken_at: Mapping[tuple[str, int], datetime], *, now: datetime
) -> list[Waiting]:
    """What is to be told: for how it was sent at once, where the receiver takes nothing; else after a day.

    What was not tried again for a day is not waiting any more, or its log is not read any more. Times of a clock that
    ran ahead are taken for now.
    """
    of_now = [
        replace(
            each,
            queued_at=put_back(each.queued_at, now),
            since=put_back(each.since, now),
            last=put_back(each.last, now),
        )
        for each in waits_still(waiting, now=now)
        if each.kind not in OF_PERSONS
    ]
    return [each for each in of_now if _is_stuck(each, taken_at, now=now)]


def _is_stuck(waiting: Waiting, taken_at: Mapping[tuple[str, int], datetime], *, now: datetime) -> bool:
    """Whether it is more than a receiver that is busy, or wants to see a sender twice (RFC 6647 greylisting).

    What one try in ten meets is taken at the next. Of servers that are nobody in particular each is busy by itself.
    """
    over = [at for (name, _), at in taken_at.items() if name == waiting.receiver]
    if now - waiting.since >= PATIENCE:
        of_one = waiting.receiver != NOBODY_IN_PARTICULAR or waiting.kind == POLICY
        return of_one or not any(at >= waiting.since for at in over)
    if waiting.kind != POLICY:
        return False
    taken = taken_at.get((waiting.receiver, waiting.family))
    return taken is None or taken < max(waiting.since, waiting.last - COMES_AND_GOES)
