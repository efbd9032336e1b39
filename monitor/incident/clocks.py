"""Clocks that are set wrong: what is told of them, and when administrators are. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.incident.condition import Condition
from monitor.incident.signs_of_life import silent
from monitor.model.ahead import AWAY
from monitor.model.clocks import Jump, MachineClock
from monitor.model.incidents import IncidentSubject
from monitor.model.risk import RiskLevel
from monitor.phrase.phrase import Phrase, When, joined, say, with_parts

CLOCK: Final = "clock"  # the kind of these conditions
LASTS: Final = timedelta(minutes=5)  # NTP (RFC 5905) has put right by then what it finds at a start
A_MACHINE: Final = say("a machine of ours")
TOLD_FOR: Final = timedelta(days=1)  # after a jump: times of the day before and after it are to be read with care


def away(machines: Iterable[MachineClock], now: datetime) -> tuple[MachineClock, ...]:
    """The machines of ours that live and whose clock is away from the store's."""
    return tuple(one for one in machines if abs(one.ahead) > AWAY and not silent(one.looked_at, now))


def away_for_long(machines: Iterable[MachineClock], now: datetime) -> Iterator[Condition]:
    """What administrators are told: of each host once, when it has lasted."""
    lasting = {one.host: one for one in away(machines, now) if now - one.since >= LASTS}
    for one in lasting.values():
        yield Condition(
            subject=IncidentSubject.condition(CLOCK, one.host),
            level=RiskLevel.AT_RISK,
            reason=away_sentence(one),
            title=say("The clock of {host} is wrong, or Redis' is", host=one.host),
        )


def away_sentence(one: MachineClock) -> Phrase:
    """What it means and what to do."""
    parts = {"host": one.host, "length": _length(one.ahead)}
    if one.ahead > timedelta():
        away = say("The clock of {host} is {length} ahead of that of Redis, by which Staysub goes.", **parts)
    else:
        away = say("The clock of {host} is {length} behind that of Redis, by which Staysub goes.", **parts)
    return joined(" ", (away, say("Set both right, and let NTP keep them.")))


def jump_sentence(jump: Jump) -> Phrase:
    """What happened and what it means."""
    parts = {"host": jump.host or "Redis", "length": _length(jump.by), "moment": When(jump.at, "moment")}
    if jump.by > timedelta():
        went = say("The clock of {host} went forward by {length} at {moment}, or it slept.", **parts)
    else:
        went = say("The clock of {host} went back by {length} at {moment}, or it slept.", **parts)
    return joined(" ", (went, say("Times of around then may be wrong.")))


def told_now(machines: Iterable[MachineClock], jump: Jump | None, now: datetime) -> tuple[str, ...]:
    """What pages and programs are told: clocks that are away, and a jump of lately. Empty where all is well."""
    lately = (jump,) if jump is not None and abs(now - jump.at) <= TOLD_FOR else ()
    return (*map(away_sentence, away(machines, now)), *map(jump_sentence, lately))


def told_to_all(machines: Iterable[MachineClock], jump: Jump | None, now: datetime) -> tuple[str, ...]:
    """The same without the names of our machines, which are nobody's business; what is said twice is said once."""
    unnamed = None if jump is None or not jump.host else replace(jump, host=A_MACHINE)
    return tuple(dict.fromkeys(told_now((replace(one, host=A_MACHINE) for one in machines), unnamed or jump, now)))


_UNITS: Final = (  # of a length of time, as short as they are beside a number
    (86400, say("{n} d", n=0)),
    (3600, say("{n} h", n=0)),
    (60, say("{n} min", n=0)),
    (1, say("{n} s", n=0)),
)


def _length(of: timedelta) -> Phrase:
    """`1 d 2 h`, `3 min`, `12 s`: two units at most."""
    left, said = round(abs(of) / timedelta(seconds=1)), []
    for seconds, unit in _UNITS:
        if left >= seconds:
            said.append(with_parts(unit, n=left // seconds))
            left %= seconds
    return joined(" ", said[:2]) if said else _UNITS[-1][1]
