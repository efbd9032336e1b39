"""mlmmj: one bounce starts probing; who bounces every probe for five and a half days is unsubscribed.

Read in src/mlmmj-bounce.c, src/mlmmj-maintd.c and include/mlmmj.h of 1.3, and run there.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import duration, keys_of, period, setting

FINEST_S = 1200
BOUNCELIFE_S = 432_000  # mlmmj.h BOUNCELIFE; control/bouncelife of 0 means this


class Member(NamedTuple):
    """The files bounce/ADDR and bounce/ADDR-probe."""

    first: float | None = None
    probe: float | None = None


def _bouncelife(value: Any) -> float:
    return duration(value) or BOUNCELIFE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of mlmmj.h."""

    bouncelife: float = setting(BOUNCELIFE_S, _bouncelife, "bouncelife")
    waitprobe: float = setting(43_200, duration, "waitprobe")  # WAITPROBE
    interval: float = setting(7_200, period, "maintd_interval", "maintd_sleep")  # MAINTD_SLEEP; from cron, its period
    offset: float = setting(0, duration, "maintd_offset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mlmmj(Machine[Member]):
    """mlmmj 1.3."""

    title = "mlmmj"
    member = Member
    times_of_day = 3  # of ten hours in twenty-four the fifth day after is not too short
    keys = keys_of(Policy)
    counts_delays = True
    policy: Policy = Policy()

    def coarse(self) -> Self:
        """A run each twenty minutes probes no less surely than one each second."""
        return replace(self, policy=replace(self.policy, interval=max(self.policy.interval, FINEST_S)))

    @property
    def probe_life_s(self) -> float:
        """A probe that takes longer to bounce has been forgiven by the run after the wait."""
        return self.policy.waitprobe + self.policy.interval

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """Every message to the bounce address counts, a delivery status notification or not, delayed or not."""
        return (state if state.first is not None else state._replace(first=at)), ()

    def probe_bounce(self, state: Member, at: float, *, sent_at: float | None, what: Effect | None) -> Step[Member]:
        """The file ADDR-probe is removed, whichever probe it was, so that the next run probes again."""
        return state._replace(probe=None), ()

    def tick(self, state: Member, at: float) -> Step[Member]:
        """mlmmj-maintd: forgive who survived the probe, unsubscribe, probe; in this order."""
        if state.probe is not None and at - state.probe > self.policy.waitprobe:
            state = Member()
        if state.first is None or state.probe is not None:
            return state, ()
        if at - state.first >= self.policy.bouncelife + self.policy.waitprobe:
            return state, (Effect.REMOVED,)
        return state._replace(probe=at), (Effect.PROBE,)

    def next_tick(self, state: Member, since: float) -> float | None:
        """The next run of mlmmj-maintd that finds something to do: none does while a probe is out."""
        if state.first is None:
            return None
        step, offset = self.policy.interval, self.policy.offset
        survived = since if state.probe is None else state.probe + self.policy.waitprobe
        run = max(0, math.ceil((max(since, survived) - offset) / step)) * step + offset
        return run + step if run == survived and state.probe is not None else run

    def rebased(self, state: Member, by: float) -> Member:
        """All times moved."""
        first = None if state.first is None else self.about(state.first - by)
        return Member(first, None if state.probe is None else state.probe - by)
