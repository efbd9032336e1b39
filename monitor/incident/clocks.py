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

CLOCK: Final = "clock"  # the kind of these conditions
LASTS: Final = timedelta(minutes=5)  # NTP (RFC 5905) has put right by then what it finds at a start
A_MACHINE: Final = "a machine of ours"
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
            title=f"The clock of {one.host} is wrong, or Redis' is",
        )


def away_sentence(one: MachineClock) -> str:
    """What it means and what to do."""
    which = "ahead of" if one.ahead > timedelta() else "behind"
    return (
        f"The clock of {one.host} is {_length(one.ahead)} {which} that of Redis, by which Staysub goes. "
        "Set both right, and let NTP keep them."
    )


def jump_sentence(jump: Jump) -> str:
    """What happened and what it means."""
    whose = f"The clock of {jump.host}" if jump.host else "The clock of Redis"
    to = "forward" if jump.by > timedelta() else "back"
    return (
        f"{whose} went {to} by {_length(jump.by)} at {jump.at:%Y-%m-%d %H:%M} UTC, or it slept. "
        "Times of around then may be wrong."
    )


def told_now(machines: Iterable[MachineClock], jump: Jump | None, now: datetime) -> tuple[str, ...]:
    """What pages and programs are told: clocks that are away, and a jump of lately. Empty where all is well."""
    lately = (jump,) if jump is not None and abs(now - jump.at) <= TOLD_FOR else ()
    return (*map(away_sentence, away(machines, now)), *map(jump_sentence, lately))


def told_to_all(machines: Iterable[MachineClock], jump: Jump | None, now: datetime) -> tuple[str, ...]:
    """The same without the names of our machines, which are nobody's business; what is said twice is said once."""
    unnamed = None if jump is None or not jump.host else replace(jump, host=A_MACHINE)
    return tuple(dict.fromkeys(told_now((replace(one, host=A_MACHINE) for one in machines), unnamed or jump, now)))


def _length(of: timedelta) -> str:
    """`1 d 2 h`, `3 min`, `12 s`: two units at most."""
    left, said = round(abs(of) / timedelta(seconds=1)), []
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if left >= seconds:
            said.append(f"{left // seconds} {unit}")
            left %= seconds
    return " ".join(said[:2]) or "0 s"
