"""What the house knows of one kind of list manager.

What a kind can do, it has: a capability is a field that is not None.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from monitor.managers.calendar import UTC_CALENDAR, Calendar
from monitor.managers.machine import AnyMachine
from monitor.managers.remedies import GENERAL, Remedies
from monitor.model.evidence import Roster


class RosterSource(Protocol):
    """A list manager that answers."""

    def roster(self, list_id: str, address: str, *, now: datetime, before: Roster | None = None) -> Roster:
        """What it tells of the list with that posting address; `before` is what was kept of it.

        Raises UsageError with one sentence where it cannot be had.
        """


class BounceScore(Protocol):
    """A manager's score of what it has on record of a member's bounces, under the policy of its machine."""

    def __call__(
        self, policy: Any, *, first: float, last: float, bounces: int, soft: bool, traffic: Iterable[tuple[int, int]]
    ) -> int:
        """Times in seconds since the epoch; `traffic` is (day since the epoch, posts) in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a kind is asked over HTTP: where and as whom unless told otherwise, in its own words."""

    name: str  # as people call it
    url: str
    url_help: str
    user: str
    user_help: str
    credential_help: str
    credential_variable: str  # of the environment
    connect: Callable[[str, str, str], RosterSource]  # URL, user, password


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a manager calls the addresses of a list unless it is told otherwise; `{}` is the part before the @."""

    bounces: str = "{}-bounces"  # the reverse-path of its posts, VERP taken away
    owner: str = "{}-owner"  # reaches the list's owners


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerKind:
    """One kind of list manager. Its folder's `KIND` is the only place that says so."""

    id: str
    machine: type[AnyMachine]  # its bounce processing, with its name for people and its settings
    aliases: tuple[str, ...] = ()
    lever: str | None = None  # the setting that keeps subscribers the longer, the larger it is
    score: BounceScore | None = None  # of a bounce record by itself
    asking: Asking | None = None
    habits: Habits = Habits()
    remedies: Remedies = GENERAL  # its settings that keep receivers from refusing posts

    def machine_for(
        self,
        overrides: Mapping[str, Any] | None = None,
        *,
        version: str | None = None,
        calendar: Calendar = UTC_CALENDAR,
    ) -> AnyMachine:
        """The machine under the kind's defaults and these overrides, by the names of the manager's own configuration.

        A `version`, also among the overrides (`{"version": "3.3.8"}`), says whose defaults and quirks apply. Raises
        ConfigError naming every fault.
        """
        settings = dict(overrides or {})
        named = settings.pop("version", None)
        machine = self.machine.of_version(version or (None if named is None else str(named)), calendar)
        return machine.with_policy(settings) if settings else machine
