"""ezmlm-idx: a bounce, a warning that bounces, a probe that bounces, with a timeout before each; then unsubscribed.

Read in bin/ezmlm-return.c, bin/ezmlm-warn.c and lib/idx.h of 7.2. ezmlm-warn runs with each post, not by a timer.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

from monitor.managers.calendar import DAY_S, Calendar
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import duration, keys_of, setting, switch, version_tuple

DIRECTORY_S = 10_000  # bounces of 10000 seconds share a directory, which is dealt with as a whole
COOKIE_LIFE_S = 3_000_000  # ezmlm-return.c: warnings and probes that bounce later are trash
LOCKOUT_SHARE = 50  # ezmlm-warn.c: a scan at most each timeout/50
OLD_TIMEOUT_S = 1_000_000  # before BOUNCE_TIMEOUT became 10 days (2007-11-22)
NEW_TIMEOUT_SINCE = (7,)


class Member(NamedTuple):
    """What lies in bounce/d and bounce/h for the member. Directories are numbers of DIRECTORY_S since the epoch."""

    first: float | None = None  # when the directory of the d-file is complete
    hashed: bool = False  # whether the list of missed posts exists, so that no new d-file is made
    warned: tuple[float, ...] = ()  # likewise of each w-file: a warning that bounced
    scanned: float | None = None  # bounce/lastd


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of lib/idx.h and bin/ezmlm-warn.c."""

    timeout: float = setting(10 * DAY_S, duration, "bouncetimeout", "timeout")
    lockout: float = setting(0, duration, "lockout")  # 0: a fiftieth of the timeout
    cookie_max: float = setting(COOKIE_LIFE_S, duration, "cookie_max")
    nowarn: bool = setting(False, switch, "nowarn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ezmlm(Machine[Member]):
    """ezmlm-idx."""

    title = "ezmlm-idx"
    member = Member
    compares_times = True  # of the bounce and of the post that finds it due
    keys = keys_of(Policy)
    warnings_bounce = True
    counts_delays = True
    policy: Policy = Policy()

    @classmethod
    def of_version(cls, version: str | None, calendar: Calendar) -> Self:
        """How long the timeout is."""
        old = version_tuple(version) < NEW_TIMEOUT_SINCE
        return cls(policy=Policy(timeout=OLD_TIMEOUT_S) if old else Policy(), calendar=calendar)

    @property
    def probe_life_s(self) -> float:
        """How long the cookie of a warning or probe is taken."""
        return self.policy.cookie_max

    @property
    def lockout(self) -> float:
        """How long after a scan the next one is not made."""
        return self.policy.lockout or self.policy.timeout // LOCKOUT_SHARE

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """ezmlm-return: the first bounce makes a d-file, further ones only lengthen the list of missed posts."""
        if state.hashed:
            return state, ()
        return state._replace(first=self._complete(at), hashed=True), ()

    def probe_bounce(self, state: Member, at: float, *, sent_at: float | None, what: Effect | None) -> Step[Member]:
        """A bounced warning makes a w-file; a bounced probe unsubscribes at once."""
        if sent_at is not None and at - sent_at > self.policy.cookie_max:
            return state, ()
        if what is None:
            return state, ()  # nothing was sent that could come back: no cookie is valid
        if what is Effect.WARNING:
            return state._replace(warned=(*state.warned, self._complete(at))), ()
        return state, (Effect.REMOVED,)

    def post(self, state: Member, at: float) -> Step[Member]:
        """ezmlm-warn, which the list's editor or manager runs: warn for d-files, probe for w-files that are due."""
        policy = self.policy
        if policy.nowarn or (state.scanned is not None and state.scanned + self.lockout > at > state.scanned):
            return state, ()
        state = state._replace(scanned=at)
        effects: tuple[Effect, ...] = ()
        if state.first is not None and at >= state.first + policy.timeout:
            state, effects = state._replace(first=None, hashed=False), (Effect.WARNING,)
        due = tuple(w for w in state.warned if at >= w + policy.timeout)
        if due:
            state = state._replace(warned=tuple(w for w in state.warned if w not in due))
        return state, (*effects, *(Effect.PROBE for _ in due))

    def rebased(self, state: Member, by: float) -> Member:
        """All times moved; a directory long due is no different from later ones.

        A scan whose lockout is over by the next day's post is no different from none.
        """
        timeout = self.policy.timeout
        over = state.scanned is None or state.scanned + self.lockout <= by + self.about(0)
        scanned = None if state.scanned is None or over else self.about(state.scanned - by)
        return state._replace(
            first=None if state.first is None else max(self.about(state.first - by), -timeout),
            warned=tuple(max(self.about(w - by), -timeout) for w in state.warned),
            scanned=scanned,
        )

    def _complete(self, at: float) -> float:
        """When the directory of that moment takes no more files; with a timeout of 0 nobody waits for that."""
        epoch = self.calendar.start.timestamp()
        directory = (epoch + at) // DIRECTORY_S + (1 if self.policy.timeout else 0)
        return directory * DIRECTORY_S - epoch
