"""LISTSERV: errors on so many days, or so many errors, delete; a quiet stretch forgives.

From L-Soft's manual 17.5 (keyword Auto-Delete), "LISTSERV at Work" 2020 issue 2, and the wording of its daily error
report. The manual does not say whether a permanent error is dealt with at once under Delay(4): that is a setting here,
off by default.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from monitor.managers.calendar import DAY_S, Calendar
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import count, days, keys_of, setting, switch


class Member(NamedTuple):
    """What LISTSERV remembers of a failing address. Days are local dates."""

    first: int | None = None
    last: int | None = None
    errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults: Delay(4), Max(100), and monitoring that ceases after 5 days without errors."""

    enabled: bool = setting(True, switch, "enabled")
    manual: bool = setting(False, switch, "manual")  # Manual: errors are reported, nobody is deleted
    delay: int = setting(4, days, "delay", "delay_days")
    most: int = setting(100, count, "max", "max_errors")
    quiet: int = setting(5, days, "quiet_days")
    hard_at_once: bool = setting(False, switch, "hard_at_once")


LITE = Policy(delay=0, most=1)  # LISTSERV Lite: `Yes` is Semi-Auto,Delay(0),Max(1)

KEYWORD = "auto-delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listserv(Machine[Member]):
    """LISTSERV."""

    title = "LISTSERV"
    member = Member
    keys = keys_of(Policy)
    policy: Policy = Policy()

    @classmethod
    def of_version(cls, version: str | None, calendar: Calendar) -> Self:
        """The Lite edition, or the full one."""
        lite = version is not None and "lite" in version.lower()
        return cls(policy=LITE if lite else Policy(), calendar=calendar)

    @property
    def counts_each(self) -> bool:
        """Max counts errors, not dates."""
        return True

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """One delivery error."""
        policy, today = self.policy, self.calendar.day(at)
        if not policy.enabled:
            return state, ()
        if state.last is not None and today - state.last > policy.quiet:
            state = Member()
        first = today if state.first is None else state.first
        state = Member(first=first, last=today, errors=state.errors + 1)
        over = state.errors > policy.most or today - first >= policy.delay
        if (over or (policy.hard_at_once and bounce.permanent)) and not policy.manual:
            return state, (Effect.REMOVED,)
        return state, ()

    def score(self, state: Member) -> float:
        """How many errors are remembered."""
        return state.errors

    def rebased(self, state: Member, by: float) -> Member:
        """Dates moved; what a quiet stretch forgives is forgotten."""
        moved = int(by // DAY_S)
        if state.first is None or state.last is None or -(state.last - moved) > self.policy.quiet:
            return Member()
        return Member(max(state.first - moved, -self.policy.delay), state.last - moved, state.errors)

    @staticmethod
    def plain(overrides: Mapping[str, Any]) -> Mapping[str, Any]:
        """`Auto-Delete` is read as the list header writes it."""
        settings: dict[str, Any] = {}
        for name, value in overrides.items():
            if name.replace("_", "-").lower() == KEYWORD:
                settings |= _keyword(str(value))
            else:
                settings[name] = value
        return settings


def _keyword(text: str) -> dict[str, Any]:
    """`Yes,Semi-Auto,Delay(4),Max(100)` as settings."""
    words = [word.strip().lower() for word in text.split(",")]
    settings: dict[str, Any] = {"enabled": words[0] != "no", "manual": "manual" in words}
    for word in words:
        if match := re.fullmatch(r"(delay|max)\((\d{1,6})\)", word):
            settings[match[1]] = int(match[2])
    return settings
