"""listmonk: so many bounces of a class, ever, and the subscriber is blocklisted, unsubscribed or deleted.

Read in queries/bounces.sql, schema.sql and internal/bounce/mailbox/pop.go. listmonk ships with bounce processing off
(`bounce.enabled`); a list whose subscribers are at risk has it on, so it is on here unless told otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, Self

from monitor.managers.calendar import UTC_CALENDAR, Calendar
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import Key, one_of, positive, read_policy, switch, without_effect

EFFECTS = {
    "blocklist": (Effect.DISABLED,),  # status blocklisted: no mail of any list, until an administrator lifts it
    "unsubscribe": (Effect.REMOVED,),
    "delete": (Effect.REMOVED,),
    "none": (),
}
TWO_CLASSES_SINCE = (3,)  # before, one count for all and always the blocklist


class Member(NamedTuple):
    """Stored bounces by class, and whether the subscriber is blocklisted."""

    hard: int = 0
    soft: int = 0
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of schema.sql: `bounce.actions`."""

    enabled: bool = True
    hard_count: int = 1
    hard_action: str = "blocklist"
    soft_count: int = 2
    soft_action: str = "none"


VERSION_2 = Policy(hard_count=2, soft_count=2, soft_action="blocklist")

_action = one_of(*EFFECTS)
KEYS = {"enabled": Key("enabled", switch), "bounce.enabled": Key("enabled", switch)} | {
    f"{prefix}{kind}{dot}{name}": Key(f"{kind}_{name}", read)
    for prefix, dot in (("", "."), ("bounce.actions.", "."), ("actions.", "."), ("", "_"))
    for kind in ("hard", "soft")
    for name, read in (("count", positive), ("action", _action))
}
KEYS |= without_effect(
    *(f"{prefix}complaint.{name}" for prefix in ("", "actions.", "bounce.actions.") for name in ("count", "action")),
    "scan_interval",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listmonk(Machine[Member]):
    """listmonk."""

    manager: ClassVar[str] = "listmonk"
    title: ClassVar[str] = "listmonk"
    sources: ClassVar[tuple[str, ...]] = (
        "listmonk: queries/bounces.sql",
        "listmonk: schema.sql, bounce.actions",
        "listmonk: internal/bounce/mailbox/pop.go",
    )
    timeless: ClassVar[bool] = True
    policy: Policy = Policy()
    calendar: Calendar = UTC_CALENDAR

    def start(self) -> Member:
        """A subscriber in good standing."""
        return Member()

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """record-bounce: the count has no window and no decay; nothing is stored for the blocklisted."""
        del at
        policy = self.policy
        if not policy.enabled or state.blocked:
            return state, ()
        if bounce.permanent:
            state = state._replace(hard=min(state.hard + 1, policy.hard_count))
            reached, action = state.hard >= policy.hard_count, policy.hard_action
        else:
            state = state._replace(soft=min(state.soft + 1, policy.soft_count))
            reached, action = state.soft >= policy.soft_count, policy.soft_action
        if not reached:
            return state, ()
        return state._replace(blocked=action == "blocklist"), EFFECTS[action]

    def enable(self, state: Member, at: float) -> Step[Member]:
        """An administrator lifts the blocklist; stored bounces stay."""
        del at
        return state._replace(blocked=False), ()

    def score(self, state: Member) -> float:
        """Stored bounces, up to the counts that matter."""
        return state.hard + state.soft

    def rebased(self, state: Member, by: float) -> Member:
        """Nothing has a date."""
        del by
        return state

    def with_policy(self, overrides: Mapping[str, Any]) -> Self:
        """After a change of settings."""
        return replace(self, policy=read_policy(self.policy, KEYS, overrides, self.title))
