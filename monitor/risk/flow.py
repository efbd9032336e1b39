"""A chain with its probabilities, followed day by day: the shares of members who are disabled, and removed, by then."""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from monitor.managers.machine import AnyMachine
from monitor.risk.chain import Graph, Position, Setting, graph
from monitor.risk.curve import NEVER, Curve

SETTLED = 1e-10  # relative change of the daily hazard below which the chain has forgotten how it began
SETTLED_FOR = 15  # days that it must stay so: twice the longest memory by default, a week, and one more
GONE = 1e-13  # survival below which nobody is left
FORK = 2  # where a post leads to more positions than these, others are likely to lead there too
BUDGET = 200_000  # steps of the chain, so that no policy keeps a page waiting
Shares = tuple[tuple[int, float], ...]


class Row(NamedTuple):
    """What a day brings to those who begin it in one position, as shares of them."""

    to: Shares  # where they are then
    ends: float  # disabled, or removed, for the first time
    removed: Shares  # (days until it happens, share)


class Flow(NamedTuple):
    """A graph with its probabilities.

    Many positions share where a bounce leads, by the time of the day: that is told once, as a fork, numbered after the
    positions.
    """

    rows: tuple[Row, ...]
    forks: tuple[Shares, ...]
    lags: frozenset[int]  # days that a removal can take from the day that settles it

    @property
    def in_step(self) -> bool:
        """Whether removal follows disabling, if at all, after the same time always."""
        return not self.lags or (len(self.lags) == 1 and all(row.ends or not row.removed for row in self.rows))


@lru_cache(maxsize=16)
def flow(
    machine: AnyMachine,
    setting: Setting,
    chance: tuple[float, float, float],
    probe: float,
    start: Position | None = None,
) -> Flow:
    """The chain of that machine.

    `chance` is of no post, one that arrives, and one that bounces; `probe` of a bounce of the machine's own probes.
    """
    return _filled(graph(machine, setting, start), chance, probe)


def _filled(chain: Graph, chance: Sequence[float], probe: float) -> Flow:
    rows: list[Row] = []
    forks: dict[Shares, int] = {}
    for courses in chain.courses:
        to: tuple[dict[int, float], ...] = ({}, {}, {})  # by what becomes of the day's post
        gone: dict[int, float] = {}
        ends = 0.0
        for course in courses:
            part = course.share * probe**course.probes_bounced * (1.0 - probe) ** course.probes_arrived
            share = chance[course.posts] * part
            if share <= 0:
                continue
            if course.target is not None:
                to[course.posts][course.target] = to[course.posts].get(course.target, 0.0) + part
            if course.ends:
                ends += share
            if course.lag is not None:
                gone[course.lag] = gone.get(course.lag, 0.0) + share
        leads: dict[int, float] = {}
        for posts, targets in enumerate(to):
            shares = tuple(targets.items())
            if len(shares) > FORK:
                shares = ((len(chain.courses) + forks.setdefault(shares, len(forks)), 1.0),)
            for target, part in shares:
                leads[target] = leads.get(target, 0.0) + chance[posts] * part
        rows.append(Row(tuple(leads.items()), ends, tuple(gone.items())))
    return Flow(tuple(rows), tuple(forks), frozenset(lag for row in rows for lag, _ in row.removed))


def followed(flow: Flow, horizon: int, *, settles: bool) -> tuple[Curve, Curve]:
    """(disabled, removed) for those who begin in position 0.

    The walk ends early when nobody is left, or, if it `settles`, when each day takes the same share as the last: for
    members in good standing, since what is on record may make many days alike before it is forgotten.
    """
    rows, forks, lags = flow
    in_step = flow.in_step
    settles = settles and in_step
    left, at = 1.0, {0: 1.0}
    disabled, removed = [0.0], [0.0] * (horizon + 1)
    hazard, settled, steps = 0.0, 0, 0
    while at and len(disabled) <= horizon and steps < BUDGET and settled < SETTLED_FOR:
        day = len(disabled)
        following: dict[int, float] = {}
        so_far = following.get
        taken = 0.0
        for place, mass in at.items():
            to, ends, gone = rows[place]
            taken += mass * ends
            if not in_step:
                for after, share in gone:
                    if day + after <= horizon:
                        removed[day + after] += mass * share
            for target, share in to:
                following[target] = so_far(target, 0.0) + mass * share
        for number, fork in enumerate(forks, start=len(rows)):
            if mass := following.pop(number, 0.0):
                for target, share in fork:
                    following[target] = so_far(target, 0.0) + mass * share
        steps += len(at)
        before = hazard
        hazard = taken / left if left > GONE else 0.0
        settled = settled + 1 if settles and hazard and abs(hazard - before) <= SETTLED * hazard else 0
        left -= taken
        disabled.append(min(1.0, disabled[-1] + taken))
        at = following if left > GONE or (not in_step and sum(following.values()) > GONE) else {}
    curve = Curve(tuple(disabled), hazard)
    if in_step:
        return curve, _behind(curve, lags)
    return curve, Curve(tuple(accumulate(removed)), hazard)


class Table(NamedTuple):
    """By day from day 0 on, then by position: P(disabled by then), P(removed by then)."""

    disabled: tuple["array[float]", ...]
    removed: tuple["array[float]", ...]  # empty where removal follows disabling in step


def affordable(flow: Flow, horizon: int) -> bool:
    """Whether a table for all positions is worth its time; else each is followed by itself."""
    return len(flow.rows) * horizon <= BUDGET


@lru_cache(maxsize=16)
def table(
    machine: AnyMachine, setting: Setting, chance: tuple[float, float, float], probe: float, horizon: int
) -> Table:
    """What becomes of members in every position of the chain, reckoned by how many days are left: all at once."""
    chain = flow(machine, setting, chance, probe)
    disabled = _back(chain, [row.ends for row in chain.rows], (), horizon)
    if chain.in_step:
        return Table(disabled, ())
    return Table(disabled, _back(chain, [0.0] * len(chain.rows), [row.removed for row in chain.rows], horizon))


def _back(chain: Flow, at_once: list[float], delayed: Sequence[Shares], horizon: int) -> tuple["array[float]", ...]:
    """Shares by day: those of the first day, at once or after a delay, and those whom it leads to others' shares."""
    days = [array("d", [0.0]) * len(chain.rows)]
    for day in range(1, horizon + 1):
        before: list[float] = list(days[-1])
        before += [sum([share * before[target] for target, share in fork]) for fork in chain.forks]
        first = at_once if not delayed else [sum([s for lag, s in row if lag < day]) for row in delayed]
        days.append(
            array(
                "d",
                [
                    min(1.0, now + sum([share * before[target] for target, share in row.to]))
                    for now, row in zip(first, chain.rows, strict=True)
                ],
            )
        )
    return tuple(days)


def looked_up(tables: Table, place: int, lags: frozenset[int]) -> tuple[Curve, Curve]:
    """(disabled, removed) for those who begin in that position."""
    disabled = _settled([day[place] for day in tables.disabled])
    if not tables.removed:
        return disabled, _behind(disabled, lags)
    return disabled, Curve(tuple(day[place] for day in tables.removed), disabled.hazard)


def _settled(shares: Sequence[float]) -> Curve:
    """A curve that ends where each further day takes the same share as the last that is known."""
    left = [1.0 - share for share in shares]
    hazards = [1.0 - after / before if before > GONE else 0.0 for before, after in pairwise(left)]
    last = len(hazards)
    while last > 1 and abs(hazards[last - 2] - hazards[-1]) <= SETTLED * hazards[-1]:
        last -= 1
    return Curve(tuple(shares[: last + 1]), hazards[-1])


def _behind(disabled: Curve, lags: frozenset[int]) -> Curve:
    """The removals that follow, in step."""
    return disabled.later(next(iter(lags))) if lags else NEVER
