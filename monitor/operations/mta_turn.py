"""Whose turn it is at a list's MTA: few conversations at once, and fewer with one that comes to no end."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.errors import RelayUnavailable, StoreUnavailable
from monitor.model.lists import MailingList
from monitor.model.submission import SlowMta
from monitor.operations.services import Services
from monitor.operations.timing import BUSY_AGAIN, CONVERSATIONS_OF_MTA, FOR_A_PLACE, LEASE, pause_of_slow
from monitor.phrase.phrase import Phrase, When, joined, plural, say
from monitor.smtp.submission import OUT_OF_TIME, parse_relay
from monitor.store.submissions import in_force

LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class PutOff:
    """It is not this list's turn: why, where that is worth telling, and when to try again."""

    again: timedelta
    reply: str = ""


def mta_of(listed: MailingList) -> str:
    """The list's MTA as host and port: what lists that submit there have in common."""
    if listed.submission is None:
        raise ValueError(f"{listed.id} has no submission")
    relay = parse_relay(listed.submission)
    return f"{relay.host.lower()}:{relay.port}"


@contextmanager
def turn_at(services: Services, mta: str) -> Iterator[PutOff | None]:
    """A turn at the MTA for the length of the block: None; or what keeps us from it now, and the block does without."""
    submissions, now = services.store.submissions, services.now()
    known = submissions.slow(mta)
    pause = in_force(known, now=now, most=pause_of_slow(services.settings().schedule.probe_every, 99))
    if pause is not None:
        yield PutOff(_apart(pause.until - now), joined(" ", (sentence(mta, pause), _again(pause))))
        return
    places = CONVERSATIONS_OF_MTA if known is None else 1  # of one that was slow, one finds out whether it still is
    until = time.monotonic() + FOR_A_PLACE.total_seconds()
    while (place := submissions.take_place(mta, places=places, lease=LEASE)) is None and time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
    if place is None:
        yield PutOff(BUSY_AGAIN * (0.5 + random.random()))
        return
    try:
        yield None
    finally:
        with suppress(StoreUnavailable):  # then it is free once its lease is over
            submissions.give_back(mta, place)


def noted(services: Services, mta: str, error: Exception | None = None) -> str:
    """Note how a submission ended, and what to add to its reply: that the MTA is left alone; else nothing."""
    submissions, now = services.store.submissions, services.now()
    if not isinstance(error, RelayUnavailable) or error.reason not in OUT_OF_TIME:
        submissions.note_answer(mta)
        return ""
    before = submissions.slow(mta)
    timeouts = 1 + (0 if before is None else before.timeouts)
    found = SlowMta(timeouts=timeouts, until=now + pause_of_slow(services.settings().schedule.probe_every, timeouts))
    submissions.note_slow(mta, found)
    return joined(" ", (sentence(mta, found), _again(found)))


def sentence(mta: str, found: SlowMta) -> Phrase:
    """What it did."""
    return plural(
        "The last submission to {mta} ran out of time.",
        "The last {n} submissions to {mta} ran out of time, so that it is tried less often.",
        found.timeouts,
        mta=mta,
    )


def _again(found: SlowMta) -> Phrase:
    return say("It is tried again at {moment}.", moment=When(found.until, "moment"))


def _apart(pause: timedelta) -> timedelta:
    """A little after the pause, so that those who share the MTA do not come all at once."""
    return pause + BUSY_AGAIN * random.random()
