"""GNU Mailman 3 core: one point a UTC date, disabled at the threshold, warned, then removed.

Read in mailman/model/bounce.py (BounceProcessor), mailman/runners/bounce.py, mailman/model/member.py and
mailman/styles/base.py of core 3.3.8 and 3.3.10, and confirmed in recorded runs.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Self

from monitor.managers.calendar import DAY_S, Calendar
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import count, duration, keys_of, period, setting, switch, version_tuple

PROBE_LIFE_S = 10 * DAY_S  # mailman/app/bounces.py PENDABLE_LIFETIME = '10d'
SCORE_CLEARED_SINCE = (3, 3, 9)  # before, the score stayed at the threshold, so that a re-enabled member fell at once


class Member(NamedTuple):
    """The columns of a membership that bounce processing reads and writes."""

    score: int = 0
    last: float | None = None  # last_bounce_received
    disabled: bool = False  # delivery_status is by_bounces
    warned: int = 0  # total_warnings_sent
    warned_at: float | None = None  # last_warning_sent; None is "0001-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of mailman/styles/base.py lines 147-162 and config/schema.cfg."""

    process_bounces: bool = setting(True, switch, "process_bounces")
    threshold: int = setting(5, count, "bounce_score_threshold")
    stale_after: float = setting(7 * DAY_S, duration, "bounce_info_stale_after")
    warnings: int = setting(3, count, "bounce_you_are_disabled_warnings")
    interval: float = setting(7 * DAY_S, duration, "bounce_you_are_disabled_warnings_interval")
    verp_probes: bool = setting(False, switch, "verp_probes")
    # runner.bounces sleep_time: 2m; events are also followed by a pass of their own
    tick: float = setting(120, period, "periodic_tick", "sleep_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailman3(Machine[Member]):
    """GNU Mailman 3 core."""

    title = "GNU Mailman 3"
    member = Member
    times_of_day = 3
    compares_times = True  # to tell whether the last one is stale
    keys = keys_of(
        Policy,
        "bounce_notify_owner_on_bounce_increment",
        "bounce_notify_owner_on_disable",
        "bounce_notify_owner_on_removal",
        "forward_unrecognized_bounces_to",
        "dsn_lifetime",
        "register_bounces_every",
        "run_tasks_every",
        "verp_delivery_interval",
        "verp_personalized_deliveries",
    )
    policy: Policy = Policy()
    version: tuple[int, ...] = (3, 3, 10)

    @classmethod
    def of_version(cls, version: str | None, calendar: Calendar) -> Self:
        """Whether a score is cleared. Core's clock is UTC whatever the host's zone."""
        return cls(version=version_tuple(version), calendar=Calendar(start=calendar.start))

    @property
    def probe_life_s(self) -> float:
        """How long a probe's token is known."""
        return PROBE_LIFE_S

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """BounceProcessor.process_event, then the pass that follows each queue file. Every counted bounce weighs 1."""
        if not self.policy.process_bounces:
            return state, ()
        if state.disabled:
            return self.tick(state, at)  # residual: it counts for nothing, but the pass after it looks who is due
        if state.last is not None and self.calendar.day(state.last) == self.calendar.day(at):
            return state._replace(last=at), ()  # no second point, no threshold check, but the date of staleness moves
        fresh = state.last is None or state.last < at - self.policy.stale_after  # strict, to the second
        state = state._replace(score=1 if fresh else state.score + 1, last=at)
        # compared after the increment, so that a threshold of 0 disables at the first bounce
        if state.score < self.policy.threshold:
            return state, ()
        if self.policy.verp_probes:
            return state._replace(score=0), (Effect.PROBE,)
        if self.version >= SCORE_CLEARED_SINCE:
            state = state._replace(score=0)
        return self._disabled(state, at)

    def probe_bounce(self, state: Member, at: float, *, sent_at: float | None, what: Effect | None) -> Step[Member]:
        """A bounced probe disables whatever the score; once its token is forgotten it is a bounce like any other."""
        if not self.policy.process_bounces:
            return state, ()
        if state.disabled:
            return self.tick(state, at)
        if sent_at is not None and at > sent_at + PROBE_LIFE_S:
            return self.bounce(state, at, Bounce())  # ProbeVERP finds no address, but the notification names it
        return self._disabled(state, at)

    def enable(self, state: Member, at: float) -> Step[Member]:
        """Only the status changes: score, last date and warnings stay."""
        return state._replace(disabled=False), ()

    def disable_by_user(self, state: Member, at: float) -> Step[Member]:
        """The status becomes by_user: no more warnings, but bounces count on and override it."""
        return state._replace(disabled=False), ()

    def tick(self, state: Member, at: float) -> Step[Member]:
        """send_warnings_and_remove: warn who is due, then remove who has had all warnings."""
        policy = self.policy
        if not state.disabled or not policy.process_bounces:
            return state, ()
        effects: tuple[Effect, ...] = ()
        if state.warned < policy.warnings and self._due(state) <= at:
            state = state._replace(warned=state.warned + 1, warned_at=at)
            effects = (Effect.WARNING,)
        if state.warned >= policy.warnings and (policy.warnings == 0 or self._due(state) <= at):
            effects = (*effects, Effect.REMOVED)
        return state, effects

    def next_tick(self, state: Member, since: float) -> float | None:
        """The first pass of the bounce runner at which this member is due."""
        if not state.disabled or not self.policy.process_bounces:
            return None
        due = since if self.policy.warnings == 0 else max(since, self._due(state))
        return math.ceil(due / self.policy.tick) * self.policy.tick

    def score(self, state: Member) -> float:
        """bounce_score."""
        return state.score

    def rebased(self, state: Member, by: float) -> Member:
        """All times moved; a last bounce too old to count is forgotten."""
        last = None if state.last is None else state.last - by
        if last is not None and last < -self.policy.stale_after and not state.disabled:
            return Member(last=None, warned=0, warned_at=None)
        warned_at = None if state.warned_at is None else state.warned_at - by
        return state._replace(last=None if last is None else self.about(last), warned_at=warned_at)

    def _due(self, state: Member) -> float:
        return -math.inf if state.warned_at is None else state.warned_at + self.policy.interval

    def _disabled(self, state: Member, at: float) -> Step[Member]:
        state, effects = self.tick(state._replace(disabled=True, warned=0, warned_at=None), at)
        return state, (Effect.DISABLED, *effects)
