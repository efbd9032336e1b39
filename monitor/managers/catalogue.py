"""Which list managers there are, and how one is set up with its version's defaults and a list's own overrides."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from monitor.errors import ConfigError
from monitor.managers.calendar import UTC_CALENDAR, Calendar
from monitor.managers.custom.policy import Custom, Nobody
from monitor.managers.discourse.policy import Discourse
from monitor.managers.ezmlm import policy as ezmlm
from monitor.managers.ezmlm.policy import Ezmlm
from monitor.managers.listmonk import policy as listmonk
from monitor.managers.listmonk.policy import Listmonk
from monitor.managers.listserv import policy as listserv
from monitor.managers.listserv.policy import Listserv
from monitor.managers.machine import Machine
from monitor.managers.mailman2.policy import Mailman2
from monitor.managers.mailman3.policy import Mailman3
from monitor.managers.mlmmj.policy import Mlmmj
from monitor.managers.policy import version_tuple
from monitor.managers.sympa.policy import Sympa

AnyMachine = Machine[Any]
Maker = Callable[[str | None, Calendar], AnyMachine]
CURRENT = (9999,)  # stands for the version read, where none is named


def _mailman3(version: str | None, calendar: Calendar) -> AnyMachine:
    calendar = Calendar(start=calendar.start, zone=UTC)  # core's clock is UTC whatever the host's zone
    return Mailman3(version=version_tuple(version, CURRENT), calendar=calendar)


def _ezmlm(version: str | None, calendar: Calendar) -> AnyMachine:
    if version_tuple(version, CURRENT) < ezmlm.NEW_TIMEOUT_SINCE:
        return Ezmlm(policy=ezmlm.Policy(timeout=ezmlm.OLD_TIMEOUT_S), calendar=calendar)
    return Ezmlm(calendar=calendar)


def _listserv(version: str | None, calendar: Calendar) -> AnyMachine:
    lite = version is not None and "lite" in version.lower()
    return Listserv(policy=listserv.LITE if lite else listserv.Policy(), calendar=calendar)


def _listmonk(version: str | None, calendar: Calendar) -> AnyMachine:
    numbers = version_tuple(version, CURRENT)
    if numbers < listmonk.CLASSES_SINCE:
        return Listmonk(policy=listmonk.VERSION_2, calendar=calendar)
    return Listmonk(
        policy=listmonk.VERSION_2_5 if numbers < listmonk.ONE_HARD_SINCE else listmonk.Policy(), calendar=calendar
    )


def _discourse(version: str | None, calendar: Calendar) -> AnyMachine:
    return Discourse(version=version_tuple(version, CURRENT), calendar=calendar)


def _unversioned(machine: AnyMachine) -> Maker:
    def make(version: str | None, calendar: Calendar) -> AnyMachine:
        del version
        return replace(machine, calendar=calendar)  # type: ignore[type-var] # every machine is a dataclass

    return make


MANAGERS: Mapping[str, Maker] = {
    "mailman2": _unversioned(Mailman2()),
    "mailman3": _mailman3,
    "sympa": _unversioned(Sympa()),
    "mlmmj": _unversioned(Mlmmj()),
    "ezmlm": _ezmlm,
    "listserv": _listserv,
    "listmonk": _listmonk,
    "discourse": _discourse,
    "custom": _unversioned(Custom()),
    "none": _unversioned(Nobody()),
}
ALIASES = {"mailman21": "mailman2", "mailman2.1": "mailman2", "ezmlm-idx": "ezmlm", "mailman": "mailman3"}


def policy_for(
    manager: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    version: str | None = None,
    calendar: Calendar = UTC_CALENDAR,
) -> AnyMachine:
    """The machine of a list manager under its defaults and these overrides.

    `overrides` uses the names of the manager's own configuration; a `version` among them (`{"version": "3.3.8"}`)
    says whose defaults and quirks apply. Raises ConfigError naming every fault.
    """
    name = manager.lower()
    maker = MANAGERS.get(ALIASES.get(name, name))
    if maker is None:
        raise ConfigError("list manager", [(manager, f"is not known; known are {', '.join(MANAGERS)}")])
    settings = dict(overrides or {})
    named = settings.pop("version", None)
    machine = maker(version or (None if named is None else str(named)), calendar)
    return machine.with_policy(settings) if settings else machine
