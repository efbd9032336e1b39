"""What every list manager's machine can be asked: the one interface of replay and forecast.

A machine is frozen and pure: it holds a policy and a calendar. A member's state is a hashable value that the machine
hands out and takes back. Times are seconds after the calendar's start, and never go backwards.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from monitor.managers.calendar import DAY_S, UTC_CALENDAR, Calendar
from monitor.managers.policy import Key, read_policy


class Effect(StrEnum):
    """What a machine did to the member."""

    DISABLED = "disabled"
    WARNING = "warning"
    REMOVED = "removed"
    PROBE = "probe"


class Bounce(NamedTuple):
    """One bounce as the manager receives it."""

    hard: bool = True
    status_code: str | None = None  # RFC 3463, where the notification has one

    @property
    def permanent(self) -> bool:
        """Whether a program that reads the status code takes it for permanent; where there is none, its class."""
        return self.hard if self.status_code is None else not self.status_code.startswith("4")


class Posts(NamedTuple):
    """A constant share of a steady stream of posts that bounces. Day 1 is the first failing day."""

    per_day: float
    bounce: float  # P(a post bounces)
    first_day: int  # bounces begin so many days later
    soft: bool
    notices: int = 1  # bounces that come of one post: a notice of delay and one of failure are two


State = TypeVar("State", bound=tuple[Any, ...])
Step = tuple[State, tuple[Effect, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(ABC, Generic[State]):
    """One list manager under one policy. Methods return the next state and the effects, in order."""

    title: ClassVar[str]  # for people
    keys: ClassVar[Mapping[str, Key]]  # its settings, by the names of its own configuration
    member: ClassVar[Callable[[], Any]]  # makes the state of a member in good standing
    warnings_bounce: ClassVar[bool] = False  # whether bounces of its warnings mean anything to it
    timeless: ClassVar[bool] = False  # whether it counts bounces one by one and knows no dates
    removes: ClassVar[bool] = True  # else it only stops mail
    times_of_day: ClassVar[int] = 1  # how many times of a day make a difference to it; 1: it looks at dates alone
    compares_times: ClassVar[bool] = False  # whether it holds the times of posts or bounces together, to the second
    reports_only: ClassVar[bool] = False  # whether it reads nothing but multipart/report (RFC 3464)
    counts_delays: ClassVar[bool] = False  # whether a notice of delay counts as a bounce

    policy: Any = None  # a frozen dataclass of the machine's own; its defaults are the manager's
    calendar: Calendar = UTC_CALENDAR

    @classmethod
    def of_version(cls, version: str | None, calendar: Calendar) -> Self:
        """The machine with the defaults and quirks of that version; None is the version that was read."""
        return cls(calendar=calendar)

    @property
    def counts_each(self) -> bool:
        """Whether several bounces on one date count for more than one."""
        return self.timeless

    def by_post(self) -> Self:
        """The same machine without what only matters where posts are days apart; for those that are timeless."""
        return self

    def coarse(self) -> Self:
        """The same machine with timers no finer than a forecast by days can tell apart."""
        return self

    @property
    def probe_life_s(self) -> float:
        """A probe or warning that bounces later than this changes nothing."""
        return float("inf")

    def about(self, at: float) -> float:
        """The middle of the time of the day that `at` falls in, for `rebased`."""
        length = DAY_S / self.times_of_day
        return (at // length + 0.5) * length

    def start(self) -> State:
        """A member in good standing."""
        state: State = type(self).member()
        return state

    @abstractmethod
    def bounce(self, state: State, at: float, bounce: Bounce) -> Step[State]:
        """A bounce of list mail is received."""

    def probe_bounce(self, state: State, at: float, *, sent_at: float | None, what: Effect | None) -> Step[State]:
        """The manager's own probe, or warning (`what`), comes back; `sent_at` and `what` are None where not told."""
        return state, ()

    def comes_back(self, effect: Effect) -> bool:
        """Whether this is sent to the member, so that its bounce means something."""
        return effect is Effect.PROBE or (effect is Effect.WARNING and self.warnings_bounce)

    def post(self, state: State, at: float) -> Step[State]:
        """The list sends a post to the member."""
        return state, ()

    def delivered(self, state: State, at: float) -> Step[State]:
        """A post is known to have arrived; most managers never learn that."""
        return state, ()

    def enable(self, state: State, at: float) -> Step[State]:
        """The member, or an administrator, turns delivery on again."""
        return state, ()

    def disable_by_user(self, state: State, at: float) -> Step[State]:
        """The member turns delivery off."""
        return state, ()

    def tick(self, state: State, at: float) -> Step[State]:
        """The manager's timer runs."""
        return state, ()

    def next_tick(self, state: State, since: float) -> float | None:
        """The first time at or after `since` at which the timer would change anything; None: not in this state."""
        return None

    def score(self, state: State) -> float | None:
        """The manager's own score, None where it keeps none."""
        return None

    @abstractmethod
    def rebased(self, state: State, by: float) -> State:
        """The same state seen from a start that is `by` seconds later: whole days, unless the machine is timeless.

        What can no longer matter is forgotten, and the hour of a bounce is told by `about`, so that there are few
        different states. Needs a UTC calendar that starts at midnight.
        """

    def begun(self, days: int) -> Self:
        """The same machine whose weekly timers have run for so many days."""
        return self

    def removed_by_day(self, posts: "Posts", *, horizon: int, state: State | None = None) -> tuple[float, ...] | None:
        """P(removed by the end of day d), from day 0 on, where the machine can tell it without being walked through.

        `state` is the member's at the midnight before day 1; None: in good standing.
        """
        return None

    def with_policy(self, overrides: Mapping[str, Any]) -> Self:
        """The same manager after its configuration was changed; members keep their states. Raises ConfigError."""
        return replace(self, policy=read_policy(self.policy, self.keys, self.plain(overrides), self.title))

    def setting(self, name: str) -> Any:
        """What that setting is now, by a name of `keys`."""
        return getattr(self.policy, self.keys[name].field)

    @staticmethod
    def plain(overrides: Mapping[str, Any]) -> Mapping[str, Any]:
        """The overrides by the names of `keys`, where a configuration may write several settings as one text."""
        return overrides


AnyMachine = Machine[Any]
