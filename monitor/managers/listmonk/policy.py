"""listmonk: so many bounces of a class, ever, and the subscriber is blocklisted, unsubscribed or deleted.

Read in queries/bounces.sql, schema.sql, internal/migrations/ and internal/bounce/mailbox/pop.go. listmonk ships with
bounce processing off (`bounce.enabled`); a list whose subscribers are at risk has it on, so it is on here unless told
otherwise.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

from monitor.managers.calendar import Calendar
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import keys_of, one_of, positive, setting, switch, version_tuple

EFFECTS = {
    "blocklist": (Effect.DISABLED,),  # status blocklisted: no mail of any list, until an administrator lifts it
    "unsubscribe": (Effect.REMOVED,),
    "delete": (Effect.REMOVED,),
    "none": (),
}
CLASSES_SINCE = (2, 5)  # migrations/v2.5.0.go: before, one count and one action for bounces of any class
ONE_HARD_SINCE = (3,)  # before, two hard bounces were needed


class Member(NamedTuple):
    """Stored bounces by class (all hard where there are no classes), and whether the subscriber is blocklisted."""

    hard: int = 0
    soft: int = 0
    blocked: bool = False


def _names(kind: str, name: str) -> tuple[str, ...]:
    """What a setting is called; `bounce.…`, which until 2.4 was for any class, is later taken for hard bounces."""
    names = f"{kind}.{name}", f"bounce.actions.{kind}.{name}", f"actions.{kind}.{name}", f"{kind}_{name}"
    return (*names, f"bounce.{name}") if kind == "hard" else names


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of schema.sql: `bounce.actions`."""

    enabled: bool = setting(True, switch, "enabled", "bounce.enabled")
    hard_count: int = setting(1, positive, *_names("hard", "count"))
    hard_action: str = setting("blocklist", one_of(*EFFECTS), *_names("hard", "action"))
    soft_count: int = setting(2, positive, *_names("soft", "count"))
    soft_action: str = setting("none", one_of(*EFFECTS), *_names("soft", "action"))
    classes: bool = True  # whether they are told apart


VERSION_2_5 = Policy(hard_count=2)
VERSION_2 = Policy(hard_count=2, classes=False)

WITHOUT_EFFECT = (
    *(f"{prefix}complaint.{name}" for prefix in ("", "actions.", "bounce.actions.") for name in ("count", "action")),
    "scan_interval",
    "bounce.webhooks_enabled",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listmonk(Machine[Member]):
    """listmonk."""

    title = "listmonk"
    member = Member
    keys = keys_of(Policy, *WITHOUT_EFFECT)
    timeless = True
    policy: Policy = Policy()

    @classmethod
    def of_version(cls, version: str | None, calendar: Calendar) -> Self:
        """How many hard bounces are needed, and whether classes are told apart."""
        numbers = version_tuple(version)
        if numbers < CLASSES_SINCE:
            return cls(policy=VERSION_2, calendar=calendar)
        return cls(policy=VERSION_2_5 if numbers < ONE_HARD_SINCE else Policy(), calendar=calendar)

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        """record-bounce: the count has no window and no decay; nothing is stored for the blocklisted."""
        policy = self.policy
        if not policy.enabled:
            return state, ()
        hard = bounce.permanent or not policy.classes
        count, action = (policy.hard_count, policy.hard_action) if hard else (policy.soft_count, policy.soft_action)
        number = (state.hard if hard else state.soft) + 1  # this one included
        reached = number >= count
        if state.blocked:
            return state, EFFECTS[
                "delete"
            ] if reached and action == "delete" else ()  # the one action that asks no more
        if number <= count:  # nobody stores more than the count asks for
            state = state._replace(hard=number) if hard else state._replace(soft=number)
        if not reached:
            return state, ()
        return state._replace(blocked=action == "blocklist"), EFFECTS[action]

    def enable(self, state: Member, at: float) -> Step[Member]:
        """An administrator lifts the blocklist; stored bounces stay."""
        return state._replace(blocked=False), ()

    def score(self, state: Member) -> float:
        """Stored bounces; none is stored beyond the counts that matter."""
        return state.hard + state.soft

    def rebased(self, state: Member, by: float) -> Member:
        """Nothing has a date."""
        return state
