"""A list manager's machine as a Markov chain: the machine is walked through every course that a day can take.

One step is a day with a post (or, for machines that know no dates, the time from one post to the next): at which time
of day it goes out, whether it bounces, the machine's timers, and the bounces of its own probes. The graph depends on
the machine alone and is kept; probabilities are filled in later.

A day is parted into as many equally likely times as the machine tells apart. Of two posts that fall on the same time of
two days either may be the later, so where a machine compares their times, or those of their bounces, both are walked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import AnyMachine, Bounce, Effect, Machine
from monitor.managers.replay import TICK_RESOLUTION_S

REPLY_S = 60  # how soon a rejected message is back: the list's MTA bounces it at once (RFC 5321 section 6.1)
LATER_S = 2.0 * REPLY_S  # by which a post, and its bounce, comes after those at the same time of earlier days
EARLIER_OR_LATER: Final = (0.0, LATER_S)
LATER: Final = (LATER_S,)
EITHER: Final = (0.0,)  # where it makes no difference
MAX_STATES = 5_000  # what lies beyond is left out: nobody gets that far within a year
LAG_LIMIT = 1_000  # steps that the certain course from disabled to removed is followed


Agenda = tuple[tuple[float, bool], ...]  # (when, whether it is the post's bounce)


class Pending(NamedTuple):
    """A probe or warning that will bounce."""

    due: float
    sent_at: float
    what: Effect


class Position(NamedTuple):
    """Where a member stands at the beginning of a day."""

    member: Any
    pending: tuple[Pending, ...] = ()
    disabled: bool = False  # once and for all: a member who is disabled again is not counted again


class Course(NamedTuple):
    """One course that a day can take: what it takes, and where it leads (None: disabled for good, or removed)."""

    posts: int  # 0 no post, 1 a post that arrives, 2 a post that bounces
    probes_bounced: int
    probes_arrived: int
    ends: bool  # the member is disabled, or removed, for the first time
    target: int | None
    lag: int | None  # steps from this one to the removal, 0 is this step; None: never, or not certain yet
    share: float = 1.0  # of the times of the day at which a post leads there


@dataclass(frozen=True, slots=True)
class Graph:
    """Positions are numbered from 0, the one at the start; `courses[i]` are those of a day that begins at i."""

    courses: tuple[tuple[Course, ...], ...]
    numbers: Mapping[Position, int]


class _Walk(NamedTuple):
    clock: float
    position: Position
    agenda: Agenda
    bounced: int = 0
    arrived: int = 0
    ends: bool = False
    removed: bool = False


class Setting(NamedTuple):
    """What a walk needs to know besides the machine."""

    latency_s: float = REPLY_S  # how long the machine's own probes take to bounce
    step_s: float = DAY_S  # one step of the chain: a day, or the time between two posts
    bounces: int = 1  # that come back on a step with any
    bounce: Bounce = Bounce()
    times: int = 1  # equally likely times of the step at which its post goes out
    orders: tuple[float, ...] = EITHER  # by how much a post comes after one at the same time of an earlier day

    def agendas(self) -> Iterator[Agenda]:
        """A post, and its bounces, in the middle of each time; each is as likely as the others."""
        length = self.step_s / self.times
        for number in range(self.times):
            for later in self.orders:
                at = length * (number + 0.5) + later
                yield ((at - min(REPLY_S, length / 4), False), *((at, True) for _ in range(self.bounces)))


PLAIN = Setting()


@lru_cache(maxsize=512)
def graph(machine: AnyMachine, setting: Setting = PLAIN, start: Position | None = None) -> Graph:
    """The chain of a machine, up to MAX_STATES positions from that start; None: the member in good standing."""
    order = [start or Position(machine.start())]
    numbers = {order[0]: 0}
    courses: list[tuple[Course, ...]] = []
    certain: dict[Position, tuple[int | None, bool]] = {}
    by_post = heeds_posts(machine)
    whole = tuple(setting.agendas())
    agendas = (((),), tuple(agenda[:1] for agenda in whole), whole)
    while len(courses) < len(order):
        row: dict[Course, int] = {}  # of the day's agendas, how many lead there
        position = order[len(courses)]
        for posts in (0, 1, 2):
            if posts == 1 and not by_post:
                row |= {course._replace(posts=1): count * len(whole) for course, count in row.items()}
                continue
            for agenda in agendas[posts]:
                for end in _step(machine, position, agenda, setting):
                    course = _course(
                        machine, end, posts, numbers=numbers, order=order, setting=setting, certain=certain
                    )
                    row[course] = row.get(course, 0) + 1
        courses.append(tuple(course._replace(share=n / len(agendas[course.posts])) for course, n in row.items()))
        if len(courses) == MAX_STATES:
            courses += [()] * (len(order) - len(courses))
    return Graph(courses=tuple(courses), numbers=numbers)


def heeds_posts(machine: AnyMachine) -> bool:
    """Most managers only learn of bounces."""
    return type(machine).post is not Machine.post


def _course(
    machine: AnyMachine,
    end: _Walk,
    posts: int,
    *,
    numbers: dict[Position, int],
    order: list[Position],
    setting: Setting,
    certain: dict[Position, tuple[int | None, bool]],
) -> Course:
    target, lag, settled = None, 0 if end.removed else None, end.removed
    if end.ends and not end.removed:
        if end.position not in certain:
            certain[end.position] = certain_lag(machine, end.position, setting)
        lag, settled = certain[end.position]
    if not settled:
        target = numbers.setdefault(end.position, len(numbers))
        if target == len(order):
            order.append(end.position)
    return Course(posts, end.bounced, end.arrived, end.ends, target, lag)


def _step(machine: AnyMachine, position: Position, agenda: Agenda, setting: Setting) -> list[_Walk]:
    open_walks = [_Walk(0.0, position, agenda)]
    ends: list[_Walk] = []
    while open_walks:
        walk = open_walks.pop()
        following = _next(machine, walk, setting)
        if following is None:
            ends.append(walk._replace(position=_moved(machine, walk.position, setting.step_s)))
        else:
            ends.extend(w for w in following if w.removed)
            open_walks.extend(w for w in following if not w.removed)
    return ends


def _moved(machine: AnyMachine, position: Position, by: float) -> Position:
    pending = tuple(Pending(due - by, sent_at - by, what) for due, sent_at, what in position.pending)
    return Position(machine.rebased(position.member, by), pending, position.disabled)


def _next(machine: AnyMachine, walk: _Walk, setting: Setting) -> list[_Walk] | None:
    """The walks after the next thing that happens today; None where nothing does."""
    (member, pending, before), agenda = walk.position, walk.agenda
    tick = machine.next_tick(member, walk.clock)
    event = agenda[0][0] if agenda else setting.step_s
    back = pending[0].due if pending else setting.step_s
    if min(event, back, setting.step_s if tick is None else tick) >= setting.step_s:
        return None
    if back <= event and (tick is None or back <= tick):
        first, pending = pending[0], pending[1:]
        now = clock = max(first.due, walk.clock)
        member, effects = machine.probe_bounce(member, now, sent_at=first.sent_at, what=first.what)
    elif tick is None or event <= tick:
        now = clock = event
        member, effects = machine.bounce(member, now, setting.bounce) if agenda[0][1] else machine.post(member, now)
        agenda = agenda[1:]
    else:
        now = tick
        member, effects = machine.tick(member, now)
        clock = tick + TICK_RESOLUTION_S  # this tick is over
    removed = Effect.REMOVED in effects
    out = removed or Effect.DISABLED in effects
    walks = [
        _Walk(
            clock,
            Position(member, pending, before or out),
            agenda,
            walk.bounced,
            walk.arrived,
            walk.ends or (out and not before),
            removed,
        )
    ]
    for effect in effects:
        if machine.comes_back(effect):
            walks = [branch for w in walks for branch in _sent(w, now, effect, machine, setting)]
    return walks


def _sent(walk: _Walk, now: float, what: Effect, machine: AnyMachine, setting: Setting) -> list[_Walk]:
    latency = setting.latency_s
    if latency > machine.probe_life_s:
        return [walk]  # whether it bounces no longer matters when that is known
    pending = tuple(sorted((*walk.position.pending, Pending(now + latency, now, what))))
    return [
        walk._replace(position=walk.position._replace(pending=pending), bounced=walk.bounced + 1),
        walk._replace(arrived=walk.arrived + 1),
    ]


def certain_lag(machine: AnyMachine, position: Position, setting: Setting) -> tuple[int | None, bool]:
    """Steps from here until removal, where every course leads to the same: (steps or None, is it certain)."""
    if not machine.removes:
        return None, True
    for lag in range(1, LAG_LIMIT):
        ends = {(w.position, w.removed) for w in _step(machine, position, (), setting)}  # nobody writes to the disabled
        if len(ends) != 1:
            return None, False
        before, (position, removed) = position, ends.pop()
        if removed:
            return lag, True
        if position == before:
            return None, True  # nothing ever changes again
    return None, False
