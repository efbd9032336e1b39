"""Discourse (mailing-list mode): a score that bounces raise and sent mail wears down; above the threshold mail stops.

Read in lib/email/receiver.rb, config/site_settings.yml, app/models/user_stat.rb, app/models/email_bounce_score.rb,
app/jobs/regular/user_email.rb and app/jobs/scheduled/ensure_db_consistency.rb. Nobody is removed; mail resumes by
itself 30 days after the last bounce.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from monitor.managers.calendar import DAY_S, Calendar
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import days, keys_of, period, points, setting, version_tuple

DIGITS = 6  # scores are sums of tenths; rounding keeps 3.9 from being 3.9000000000000004
LEDGER_SINCE = (2026,)  # per-address ledger: wears down to 0; before, what one mail wears off stayed as the last rest


class Member(NamedTuple):
    """bounce_score and reset_bounce_score_after."""

    score: float = 0.0
    reset_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of config/site_settings.yml."""

    threshold: float = setting(4, points, "bounce_score_threshold")
    soft: float = setting(1, points, "soft_bounce_score")
    hard: float = setting(2, points, "hard_bounce_score")
    erode: float = setting(0.1, points, "bounce_score_erode_on_send")
    reset_days: int = setting(30, days, "reset_bounce_score_after_days")
    resets: bool = True  # no setting: off where mail wears every score down before its time is up
    sweep: float = setting(12 * 3600, period, "sweep_interval")  # Jobs::EnsureDbConsistency, every 12 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Discourse(Machine[Member]):
    """Discourse."""

    title = "Discourse"
    member = Member
    keys = keys_of(Policy)
    timeless = True
    removes = False
    counts_delays = True  # whatever comes to a VERP address is a bounce
    policy: Policy = Policy()
    version: tuple[int, ...] = LEDGER_SINCE

    @classmethod
    def of_version(cls, version: str | None, calendar: Calendar) -> Self:
        """Whether a score is worn down to 0."""
        return cls(version=version_tuple(version), calendar=calendar)

    def by_post(self) -> Self:
        """With two mails a day a score below the threshold is worn down long before 30 days are over."""
        return replace(self, policy=replace(self.policy, resets=False))

    def post(self, state: Member, at: float) -> Step[Member]:
        """A mail is sent, unless the score is at the threshold; each one sent wears the score down."""
        rest = (
            0 if self.version >= LEDGER_SINCE else self.policy.erode
        )  # Jobs::UserEmail: only a score above it is worn
        if state.score >= self.policy.threshold or state.score <= rest:
            return state, ()
        return state._replace(score=max(0.0, round(state.score - self.policy.erode, DIGITS))), ()

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """update_bounce_score: soft where a status begins with 4, else hard."""
        policy = self.policy
        score = round(state.score + (policy.hard if bounce.permanent else policy.soft), DIGITS)
        crossed = state.score < policy.threshold <= score
        reset_after = at + policy.reset_days * DAY_S if policy.resets else None
        return Member(score, reset_after), (Effect.DISABLED,) if crossed else ()

    def enable(self, state: Member, at: float) -> Step[Member]:
        """Staff reset the score."""
        return Member(), ()

    def tick(self, state: Member, at: float) -> Step[Member]:
        """reset_bounce_scores: mail resumes by itself."""
        return (Member() if state.reset_after is not None and state.reset_after < at else state), ()

    def next_tick(self, state: Member, since: float) -> float | None:
        """The first sweep after the score's time is up."""
        if state.reset_after is None:
            return None
        step = self.policy.sweep
        run = math.ceil(max(since, state.reset_after) / step) * step
        return run if run > state.reset_after else run + step

    def score(self, state: Member) -> float:
        """bounce_score."""
        return state.score

    def rebased(self, state: Member, by: float) -> Member:
        """The time of the reset moved; a score of 0 needs none."""
        if state.reset_after is None or state.score == 0 or not self.policy.resets:
            return Member(state.score)
        return state._replace(reset_after=self.about(state.reset_after - by))
