"""Sympa 6.2: a score from how many posts bounced since the first bounce; above 75 the weekly task removes.

Read in src/lib/Sympa/Spindle/ProcessTask.pm (_get_score, do_eval_bouncers, do_expire_bounce, do_process_bouncers),
ProcessBounce.pm, Tracking.pm and Config/Schema.pm of 6.2.80. Bouncing members are notified or removed, never suspended.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import Bounce, Effect, Machine, Posts, Step
from monitor.managers.policy import Key, keys_of
from monitor.managers.sympa.removal import Record, sympa_removal
from monitor.managers.sympa.score import DEFAULTS, Policy, bounce_score

STATUS = re.compile(r"\d+\.\d+\.\d+")  # RFC 3463; what does not begin with 4 or 5 tells of no failure


class Member(NamedTuple):
    """The field `bounce` of a subscription ("first last count status"), its score, and the list's posts by day."""

    first: float | None = None  # None: no bounce is on record
    last: float = 0.0
    bounces: int = 0
    soft: bool = False  # whether the last status was 4.x.x
    score: int = 0
    traffic: tuple[tuple[int, int], ...] = ()  # (UTC day since the epoch, posts), as in the file msg_count


def _weekly(value: Any) -> float:
    if value != "weekly":
        raise ValueError("must be weekly, the only model that Sympa ships; say another by process_bouncers_interval")
    return 7 * DAY_S


KEYS = keys_of(
    Policy,
    "bounce_halt_rate",
    "bounce_warn_rate",
    "eval_bouncers_task",
    "expire_bounce_task",
    "purge_orphan_bounces_task",
    "bouncers_level1.notification",
    "bouncers_level2.notification",
    "bounce.warn_rate",
    "bounce.halt_rate",
    "verp_rate",
    "warn_rate",
) | {"process_bouncers_task": Key("process_interval", _weekly)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sympa(Machine[Member]):
    """Sympa 6.2."""

    title = "Sympa"
    member = Member
    keys = KEYS
    reports_only = True
    counts_delays = True  # the field Action is not looked at
    policy: Policy = DEFAULTS

    def post(self, state: Member, at: float) -> Step[Member]:
        """A post is counted for its day."""
        day = self.calendar.utc_day(at)
        traffic = state.traffic
        if traffic and traffic[-1][0] == day:
            return state._replace(traffic=(*traffic[:-1], (day, traffic[-1][1] + 1))), ()
        if state.first is None:
            traffic = traffic[-1:]  # nothing older than the first bounce is ever asked for
        return state._replace(traffic=(*traffic, (day, 1))), ()

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """_update_subscriber_bounce_history: every notification with a status 4 or 5 counts, whatever its action."""
        status = None if bounce.status_code is None else STATUS.search(bounce.status_code)
        if bounce.status_code is not None and (status is None or status[0][0] not in "45"):
            return state, ()
        first = at if state.first is None else state.first
        return state._replace(first=first, last=at, bounces=state.bounces + 1, soft=not bounce.permanent), ()

    def probe_bounce(self, state: Member, at: float, *, sent_at: float | None, what: Effect | None) -> Step[Member]:
        """A bounced welcome or reminder removes at once."""
        return state, (Effect.REMOVED,)

    def tick(self, state: Member, at: float) -> Step[Member]:
        """The daily tasks, then the weekly one, where both fall on one moment."""
        policy = self.policy
        if (at - policy.daily_offset) % DAY_S == 0:
            state = self._evaluated(self._expired(state))
        if (at - policy.process_offset) % policy.process_interval or at < policy.process_offset or state.first is None:
            return state, ()
        for rate, action in ((policy.level2_rate, policy.level2_action), (policy.level1_rate, policy.level1_action)):
            if state.score >= rate:
                effects = {"remove_bouncers": (Effect.REMOVED,), "notify_bouncers": (Effect.WARNING,)}
                return state, effects.get(action, ())
        return state, ()

    def next_tick(self, state: Member, since: float) -> float | None:
        """The next daily or weekly task."""
        if state.first is None:
            return None
        policy = self.policy
        daily = math.ceil((since - policy.daily_offset) / DAY_S) * DAY_S + policy.daily_offset
        weekly = max(0, math.ceil((since - policy.process_offset) / policy.process_interval))
        return min(daily, weekly * policy.process_interval + policy.process_offset)

    def score(self, state: Member) -> float:
        """bounce_score as last evaluated."""
        return state.score

    def coarse(self) -> Self:
        """Members are removed at most once a day."""
        return replace(self, policy=replace(self.policy, process_interval=max(self.policy.process_interval, DAY_S)))

    def begun(self, days: int) -> Self:
        """The weekly task, and whatever else it was set to, as seen from that day."""
        policy = self.policy
        offset = (policy.process_offset - days * DAY_S) % max(policy.process_interval, DAY_S)
        return replace(self, policy=replace(policy, process_offset=offset))

    def rebased(self, state: Member, by: float) -> Member:
        """All times moved, by dates. A walk would meet too many states: `removed_by_day` knows a shorter way."""
        if state.first is None:
            return Member()
        moved = int(by // DAY_S)
        first, last = (self.about(at - by) for at in (state.first, state.last))
        traffic = tuple((day - moved, posts) for day, posts in state.traffic)
        return state._replace(first=first, last=last, traffic=traffic)

    def removed_by_day(self, posts: Posts, *, horizon: int, state: Member | None = None) -> tuple[float, ...]:
        """By counting bounces between two weekly tasks."""
        if state is None or state.first is None:
            return sympa_removal(self.policy, posts, horizon=horizon)
        since = int(state.first // DAY_S)
        record = Record(since, state.bounces, sum(count for _, count in state.traffic), state.score)
        return sympa_removal(self.policy, posts, horizon=horizon, record=record)

    def _expired(self, state: Member) -> Member:
        """do_expire_bounce compares with the day of the list's last post, not with today; the score stays."""
        if state.first is None or not state.traffic:
            return state
        horizon = (state.traffic[-1][0] - self.policy.expire) * DAY_S - self.calendar.start.timestamp()
        return state if state.last >= horizon else Member(traffic=state.traffic[-1:], score=state.score)

    def _evaluated(self, state: Member) -> Member:
        if state.first is None:
            return state
        start = self.calendar.start.timestamp()
        value = bounce_score(
            self.policy,
            first=start + state.first,
            last=start + state.last,
            bounces=state.bounces,
            soft=state.soft,
            traffic=state.traffic,
        )
        return state._replace(score=value)
