"""GNU Mailman 2.1: one point a local date, disabled at the threshold, noticed by a daily cron job, then removed.

Read in Mailman/Bouncer.py, Mailman/Queue/BounceRunner.py, Mailman/Pending.py, cron/disabled and Mailman/Defaults.py.in,
and confirmed in recorded runs of 2.1.20.
"""

from dataclasses import dataclass
from typing import NamedTuple

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import count, duration, hour, keys_of, points, setting, switch

PROBE_LIFE_S = 3 * DAY_S  # Defaults.py.in PENDING_REQUEST_LIFE: then the next change of pending.pck forgets the token
WEIGHT = 1.0  # Defaults.py.in speaks of 0.5 for soft bounces, but no caller of registerBounce passes a weight


class Member(NamedTuple):
    """A member's delivery status and _BounceInfo. Days are local dates."""

    status: str = "enabled"  # enabled, by-user, by-bounce
    score: float | None = None  # None: there is no _BounceInfo
    date: int = 0  # of the last bounce that scored
    left: int = 0  # notices left
    noticed: int | None = None  # date of the last notice; None is 1970-01-02
    pended: float | None = None  # when pending.pck was last written, which forgets the tokens that are too old


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of Defaults.py.in and cron/crontab.in.in (`0 9 * * * cron/disabled`)."""

    processing: bool = setting(True, switch, "bounce_processing")
    threshold: float = setting(5.0, points, "bounce_score_threshold")
    stale_after: float = setting(7 * DAY_S, duration, "bounce_info_stale_after")
    warnings: int = setting(3, count, "bounce_you_are_disabled_warnings")
    interval: float = setting(7 * DAY_S, duration, "bounce_you_are_disabled_warnings_interval")
    verp_probes: bool = setting(False, switch, "verp_probes")
    cron_hour: int = setting(9, hour, "cron_disabled_hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailman2(Machine[Member]):
    """GNU Mailman 2.1."""

    title = "GNU Mailman 2.1"
    member = Member
    keys = keys_of(
        Policy,
        "bounce_notify_owner_on_bounce_increment",
        "bounce_notify_owner_on_disable",
        "bounce_notify_owner_on_removal",
        "bounce_unrecognized_goes_to_list_owner",
        "register_bounces_every",
        "verp_delivery_interval",
    )
    policy: Policy = Policy()

    @property
    def probe_life_s(self) -> float:
        """How long a probe's token is surely known."""
        return PROBE_LIFE_S

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """Bouncer.registerBounce, on the local date at which the bounce was queued; every counted bounce weighs 1."""
        if not self.policy.processing:
            return state, ()
        today = self.calendar.day(at)
        if state.score is None:
            state = self._fresh(state, WEIGHT, today)  # whatever the status
        elif state.status != "enabled":
            return state, ()  # residual
        elif state.date != today and self._stale(state, today):
            state = self._fresh(state, WEIGHT, today)
        elif state.date != today:
            state = state._replace(score=self.score(state) + WEIGHT, date=today)
        if state.score is None or state.score < self.policy.threshold:
            return state, ()
        if self.policy.verp_probes:
            return state._replace(score=0.0, noticed=None, pended=at), (Effect.PROBE,)
        return self._disabled(state, at)

    def probe_bounce(self, state: Member, at: float, *, sent_at: float | None, what: Effect | None) -> Step[Member]:
        """BounceRunner._probe_bounce disables whatever the score; without its token it is a bounce like any other."""
        if not self.policy.processing:
            return state, ()
        if sent_at is not None and state.pended is not None and state.pended > sent_at + PROBE_LIFE_S:
            return self.bounce(state, at, Bounce())
        return self._disabled(self._fresh(state, 0.0, self.calendar.day(at)) if state.score is None else state, at)

    def enable(self, state: Member, at: float) -> Step[Member]:
        """setDeliveryStatus(ENABLED) deletes the _BounceInfo: the count begins anew, even on the same date."""
        return Member(pended=state.pended), ()

    def disable_by_user(self, state: Member, at: float) -> Step[Member]:
        """The member turns delivery off; bounce information stays."""
        return state._replace(status="by-user"), ()

    def tick(self, state: Member, at: float) -> Step[Member]:
        """cron/disabled: forget what is stale, disable who is above a lowered threshold, then send notices."""
        today = self.calendar.day(at)
        effects: tuple[Effect, ...] = ()
        if state.score is not None and state.status == "enabled":
            if self._stale(state, today):
                return state._replace(score=None, noticed=None), ()
            if state.score >= self.policy.threshold:
                state, effects = self._disabled(state, at)
        if state.status != "by-bounce" or state.score is None or Effect.REMOVED in effects:
            return state, effects
        state = state._replace(pended=at)  # each run gives every disabled member a new cookie
        # Both midnights are reckoned in standard time (tm_isdst of 0), so that a day is a day across a change of
        # clocks.
        if state.noticed is None or (today - state.noticed) * DAY_S >= self.policy.interval:
            state, more = self._noticed(state, today)
            return state, (*effects, *more)
        return state, effects

    def next_tick(self, state: Member, since: float) -> float | None:
        """The next run of cron/disabled."""
        if state.score is None:
            return None
        today = self.calendar.day(since)
        run = self.calendar.hour(today, self.policy.cron_hour)
        return run if run >= since else self.calendar.hour(today + 1, self.policy.cron_hour)

    def score(self, state: Member) -> float:
        """_BounceInfo.score; 0 where there is none."""
        return state.score or 0.0

    def rebased(self, state: Member, by: float) -> Member:
        """All dates moved.

        What pending.pck forgot is left out: the chain follows no probe for longer than its token lives.
        """
        days = int(by // DAY_S)
        if state.score is None:
            return Member(status=state.status)
        return state._replace(
            date=state.date - days if state.status == "enabled" else 0,
            noticed=None if state.noticed is None else state.noticed - days,
            pended=None,
        )

    def _fresh(self, state: Member, score: float, today: int) -> Member:
        return Member(status=state.status, score=score, date=today, left=self.policy.warnings, pended=state.pended)

    def _stale(self, state: Member, today: int) -> bool:
        """Whole dates are compared, strictly: seven days apart still counts (but for the hour that autumn adds)."""
        return self.calendar.midnight(state.date) + self.policy.stale_after < self.calendar.midnight(today)

    def _disabled(self, state: Member, at: float) -> Step[Member]:
        first = () if state.status == "by-bounce" else (Effect.DISABLED,)
        state, effects = self._noticed(state._replace(status="by-bounce", pended=at), self.calendar.day(at))
        return state, (*first, *effects)

    def _noticed(self, state: Member, today: int) -> Step[Member]:
        """Bouncer.sendNextNotification."""
        if state.left <= 0:
            return state, (Effect.REMOVED,)
        return state._replace(left=state.left - 1, noticed=today), (Effect.WARNING,)
