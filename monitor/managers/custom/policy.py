"""A list manager described by its owner.

The rule is the one that most managers share: points for bounces, at most so many a day, forgotten after a quiet time;
at the threshold delivery stops; after so many warnings the member is removed.
"""

from dataclasses import dataclass
from typing import NamedTuple

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import count, duration, keys_of, one_of, points, setting, switch
from monitor.phrase.phrase import say


class Member(NamedTuple):
    """A score and where the member is on the way out."""

    score: float = 0.0
    last: float | None = None
    today: float = 0.0  # points already given on the date of `last`
    disabled: bool = False
    warned: int = 0
    warned_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A plain policy; `enabled` off is a manager that never drops anybody."""

    enabled: bool = setting(True, switch, "enabled")
    threshold: float = setting(5.0, points, "threshold")
    hard: float = setting(1.0, points, "hard")
    soft: float = setting(1.0, points, "soft")
    per_day: float = setting(1.0, points, "points_per_day")  # at most; 0: no limit
    stale_after: float = setting(7 * DAY_S, duration, "stale_after")  # 0: never
    warnings: int = setting(3, count, "warnings")
    interval: float = setting(7 * DAY_S, duration, "warnings_interval")
    action: str = setting("disable", one_of("disable", "remove"), "action")  # at the threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom(Machine[Member]):
    """A manager as its owner describes it."""

    title = say("a manager of your own description")
    member = Member
    times_of_day = 3
    compares_times = True  # to tell whether the last one is stale
    keys = keys_of(Policy)
    policy: Policy = Policy()

    @property
    def counts_each(self) -> bool:
        """Where points a day have no limit, or more than one bounce's worth of it."""
        return self.policy.per_day == 0 or self.policy.per_day > max(self.policy.hard, self.policy.soft)

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """Points for a bounce, then the threshold."""
        policy = self.policy
        if not policy.enabled or state.disabled:
            return state, ()
        if policy.stale_after and state.last is not None and state.last < at - policy.stale_after:
            state = Member()
        same = state.last is not None and self.calendar.day(state.last) == self.calendar.day(at)
        given = state.today if same else 0.0
        gain = policy.hard if bounce.permanent else policy.soft
        gain = min(gain, max(0.0, policy.per_day - given)) if policy.per_day else gain
        state = state._replace(score=state.score + gain, last=at, today=given + gain)
        if state.score < policy.threshold:
            return state, ()
        if policy.action == "remove":
            return state, (Effect.REMOVED,)
        state, effects = self.tick(state._replace(disabled=True, warned=0, warned_at=None), at)
        return state, (Effect.DISABLED, *effects)

    def enable(self, state: Member, at: float) -> Step[Member]:
        """Delivery on again, and the count from nothing."""
        return Member(), ()

    def tick(self, state: Member, at: float) -> Step[Member]:
        """Warn who is due; remove who has had all warnings."""
        if not state.disabled or (state.warned_at is not None and state.warned_at + self.policy.interval > at):
            return state, ()
        if state.warned >= self.policy.warnings:
            return state, (Effect.REMOVED,)
        return state._replace(warned=state.warned + 1, warned_at=at), (Effect.WARNING,)

    def next_tick(self, state: Member, since: float) -> float | None:
        """When the next warning, or the removal, is due."""
        if not state.disabled:
            return None
        return since if state.warned_at is None else max(since, state.warned_at + self.policy.interval)

    def score(self, state: Member) -> float:
        """The points."""
        return state.score

    def rebased(self, state: Member, by: float) -> Member:
        """All times moved; a last bounce too old to count is forgotten."""
        last = None if state.last is None else state.last - by
        if not state.disabled and last is not None and self.policy.stale_after and last < -self.policy.stale_after:
            return Member()
        if last is not None:
            last = self.about(last) if self.policy.stale_after else max(last, -DAY_S)
        warned_at = None if state.warned_at is None else state.warned_at - by
        return state._replace(last=last, today=0.0, warned_at=warned_at)
