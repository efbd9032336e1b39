"""Which list managers there are. To add one: a folder with a `KIND`, and its line in `MANAGERS`.

A kind's folder is imported when the kind is asked for, so that naming managers costs nothing.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from monitor.errors import ConfigError
from monitor.managers.calendar import UTC_CALENDAR, Calendar
from monitor.managers.kind import ManagerKind
from monitor.managers.machine import AnyMachine

MANAGERS = {  # id → folder
    "mailman2": "monitor.managers.mailman2",
    "mailman3": "monitor.managers.mailman3",
    "sympa": "monitor.managers.sympa",
    "mlmmj": "monitor.managers.mlmmj",
    "ezmlm": "monitor.managers.ezmlm",
    "listserv": "monitor.managers.listserv",
    "listmonk": "monitor.managers.listmonk",
    "discourse": "monitor.managers.discourse",
    "custom": "monitor.managers.custom",
    "none": "monitor.managers.none",
}
DEFAULT_MANAGER = "mailman3"


def all_kinds() -> Iterator[ManagerKind]:
    """Every kind, in the catalogue's order."""
    return map(_kind, MANAGERS)


def kind_named(name: str) -> ManagerKind:
    """The kind of that id, or of that other name. Raises ConfigError."""
    plain = name.lower()
    if plain in MANAGERS:
        return _kind(plain)
    found = next((kind for kind in all_kinds() if plain in kind.aliases), None)
    if found is None:
        raise ConfigError("list manager", [(name, f"is not known; known are {', '.join(MANAGERS)}")])
    return found


def policy_for(
    manager: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    version: str | None = None,
    calendar: Calendar = UTC_CALENDAR,
) -> AnyMachine:
    """The machine of the manager of that name: `ManagerKind.machine_for`. Raises ConfigError."""
    return kind_named(manager).machine_for(overrides, version=version, calendar=calendar)


def _kind(name: str) -> ManagerKind:
    kind: ManagerKind = import_module(MANAGERS[name]).KIND
    return kind
