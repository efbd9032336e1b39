"""A list manager's machine as a Markov chain by days: the machine's own code is walked through every way a day can go.

One day is: the posts of the day (by default one at noon), whether a bounce comes of them, the machine's timers, and the
bounces of its own probes. The graph depends on the machine alone and is kept; probabilities are filled in later.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from monitor.managers import Effect, Machine
from monitor.managers.calendar import DAY_S
from monitor.managers.machine import Bounce

POST_AT_S = 12 * 3600  # when the day's post leaves: noon, UTC
REPLY_S = 60  # how soon a rejected message is back: the list's MTA bounces it at once (RFC 5321 section 6.1)
MAX_STATES = 20_000
LAG_LIMIT = 1_000  # days that a certain way from disabled to removed is followed


class Pending(NamedTuple):
    """A probe or warning that will bounce."""

    due: float
    sent_at: float
    what: Effect


class Position(NamedTuple):
    """Where a member stands at the beginning of a day."""

    member: Any
    pending: tuple[Pending, ...] = ()


class Way(NamedTuple):
    """One way a day can go: what it takes, and where it leads (None: disabled for good, or removed)."""

    posts: int  # 0 no post, 1 a post that arrives, 2 a post that bounces
    probes_bounced: int
    probes_arrived: int
    disabled: bool
    removed: bool
    target: int | None
    lag: int | None  # days from this one to a removal that is now certain; None: never, or not certain


@dataclass(frozen=True, slots=True)
class Graph:
    """Positions are numbered from 0, the member in good standing; `ways[i]` are the ways of a day that begins there."""

    ways: tuple[tuple[Way, ...], ...]


class _Walk(NamedTuple):
    clock: float
    position: Position
    agenda: tuple[tuple[float, bool], ...]  # (when, whether it is the post's bounce)
    bounced: int = 0
    arrived: int = 0
    disabled: bool = False
    removed: bool = False


@lru_cache(maxsize=256)
def graph(machine: Machine[Any], probe_latency_s: float = REPLY_S) -> Graph:
    """The chain of a machine; `probe_latency_s` is how long its own probes take to bounce.

    Raises OverflowError where the machine has more than MAX_STATES positions.
    """
    numbers = {Position(machine.start()): 0}
    order = [Position(machine.start())]
    ways: list[tuple[Way, ...]] = []
    while len(ways) < len(order):
        row: dict[Way, None] = {}
        for posts in (0, 1, 2):
            for end in _day(machine, order[len(ways)], posts, probe_latency_s):
                row[_way(machine, end, posts, numbers=numbers, order=order, latency=probe_latency_s)] = None
        ways.append(tuple(row))
        if len(order) > MAX_STATES:
            raise OverflowError(f"{machine.title} has more than {MAX_STATES} positions under this policy")
    return Graph(ways=tuple(ways))


def _way(
    machine: Machine[Any],
    end: _Walk,
    posts: int,
    *,
    numbers: dict[Position, int],
    order: list[Position],
    latency: float,
) -> Way:
    target, lag = None, 0 if end.removed else None
    certain = False
    if end.disabled and not end.removed:
        lag, certain = _certain_lag(machine, end.position, latency)
    if not end.removed and not certain:
        target = numbers.setdefault(end.position, len(numbers))
        if target == len(order):
            order.append(end.position)
    return Way(posts, end.bounced, end.arrived, end.disabled, end.removed, target, lag)


def _day(machine: Machine[Any], position: Position, posts: int, latency: float) -> list[_Walk]:
    agenda = ((POST_AT_S, False), (POST_AT_S + REPLY_S, True))[:posts]
    open_walks = [_Walk(0.0, position, agenda)]
    ends: list[_Walk] = []
    while open_walks:
        walk = open_walks.pop()
        following = _next(machine, walk, latency)
        if following is None:
            ends.append(walk._replace(position=_next_day(machine, walk.position)))
        else:
            ends.extend(w for w in following if w.removed)
            open_walks.extend(w for w in following if not w.removed)
    return ends


def _next_day(machine: Machine[Any], position: Position) -> Position:
    pending = tuple(p._replace(due=p.due - DAY_S, sent_at=p.sent_at - DAY_S) for p in position.pending)
    return Position(machine.rebased(position.member, DAY_S), pending)


def _next(machine: Machine[Any], walk: _Walk, latency: float) -> list[_Walk] | None:
    """The walks after the next thing that happens today; None where nothing does."""
    member, pending = walk.position
    tick = machine.next_tick(member, walk.clock)
    event = walk.agenda[0][0] if walk.agenda else DAY_S
    back = pending[0].due if pending else DAY_S
    if min(event, back, DAY_S if tick is None else tick) >= DAY_S:
        return None
    if back <= event and (tick is None or back <= tick):
        first, pending = pending[0], pending[1:]
        now = max(first.due, walk.clock)
        member, effects = machine.probe_bounce(member, now, sent_at=first.sent_at, what=first.what)
    elif tick is None or event <= tick:
        now = event
        member, effects = machine.bounce(member, now, Bounce()) if walk.agenda[0][1] else machine.post(member, now)
        walk = walk._replace(agenda=walk.agenda[1:])
    else:
        now = tick
        member, effects = machine.tick(member, now)
    # A tick at this very moment is over: the clock goes on by the smallest step that a float of a day resolves.
    clock = now + 1e-3 if tick is not None and now == tick else now
    walks = [
        walk._replace(
            clock=clock,
            position=Position(member, pending),
            disabled=walk.disabled or Effect.DISABLED in effects,
            removed=Effect.REMOVED in effects,
        )
    ]
    for effect in effects:
        if effect is Effect.PROBE or (effect is Effect.WARNING and machine.warnings_bounce):
            walks = [branch for w in walks for branch in _sent(w, now, effect, latency)]
    return walks


def _sent(walk: _Walk, now: float, what: Effect, latency: float) -> list[_Walk]:
    pending = tuple(sorted((*walk.position.pending, Pending(now + latency, now, what))))
    return [
        walk._replace(position=walk.position._replace(pending=pending), bounced=walk.bounced + 1),
        walk._replace(arrived=walk.arrived + 1),
    ]


def _certain_lag(machine: Machine[Any], position: Position, latency: float) -> tuple[int | None, bool]:
    """Days from here until removal, where every way of every day leads to the same: (days or None, is it certain)."""
    if not machine.removes:
        return None, True
    for lag in range(1, LAG_LIMIT):
        ends = {(w.position, w.removed) for posts in (0, 2) for w in _day(machine, position, posts, latency)}
        if len(ends) != 1:
            return None, False
        (position, removed) = ends.pop()
        if removed:
            return lag, True
    return None, False
