"""Which list managers there are, and how one is set up with a list's own overrides."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from monitor.errors import ConfigError
from monitor.managers.calendar import UTC_CALENDAR, Calendar
from monitor.managers.machine import Machine
from monitor.managers.mailman3 import Mailman3
from monitor.managers.policy import version_tuple

AnyMachine = Machine[Any]
Maker = Callable[[str | None, Calendar], AnyMachine]


def _mailman3(version: str | None, calendar: Calendar) -> AnyMachine:
    calendar = Calendar(start=calendar.start, zone=UTC)  # core's clock is UTC whatever the host's zone
    return Mailman3(version=version_tuple(version, Mailman3().version), calendar=calendar)


MANAGERS: Mapping[str, Maker] = {
    "mailman3": _mailman3,
}


def policy_for(
    manager: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    version: str | None = None,
    calendar: Calendar | None = None,
) -> AnyMachine:
    """The machine of a list manager under its defaults and these overrides.

    `overrides` uses the names of the manager's own configuration; a `version` among them (`{"version": "3.3.8"}`)
    says whose defaults and quirks apply. Raises ConfigError naming every fault.
    """
    maker = MANAGERS.get(manager)
    if maker is None:
        raise ConfigError("list manager", [(manager, f"is not known; known are {', '.join(MANAGERS)}")])
    settings = dict(overrides or {})
    version = version or (str(settings["version"]) if settings.get("version") is not None else None)
    settings.pop("version", None)
    machine = maker(version, calendar or UTC_CALENDAR)
    return machine.with_policy(settings) if settings else machine
