"""How to gain time at the list manager until a fault is mended, by the manager's own settings. Pure."""

from collections.abc import Mapping
from typing import Final

from monitor.managers.kind import ManagerKind
from monitor.managers.machine import AnyMachine
from monitor.risk.relief import Relief
from monitor.risk.whatif import THRESHOLD
from monitor.wording.days import Days

# How bounce processing of one list is turned off: setting and value, by the names that list managers give it.
HOLD: Final[Mapping[str, str]] = {
    "process_bounces": "No",
    "bounce_processing": "No",
    "bounce.enabled": "false",
    "bouncers_level2.action": "none",
}


def gain_time(relief: Relief | None, kind: ManagerKind, machine: AnyMachine, *, days: Days) -> str:
    """What to set tonight, and until when nobody is expected to be disabled then, where that can be reckoned."""
    hold = _hold(machine)
    if relief is None:
        return f"{hold}{_or_raise(kind, machine)}"
    if relief.change == THRESHOLD:
        set_to = f"Set {relief.setting} to {relief.value:.10g}"
        if relief.disabled_from is None:
            return f"{set_to}: then nobody is expected to be disabled within a year. Or {hold[:1].lower()}{hold[1:]}"
        until = days.day(relief.disabled_from)
        return f"{set_to}: then nobody is expected to be disabled before {until}. Or {hold[:1].lower()}{hold[1:]}"
    if relief.disabled_from is None:
        return f"{hold}{_or_raise(kind, machine)}"
    until = days.day(relief.disabled_from)
    return f"{hold} Held for a week, nobody is expected to be disabled before {until}.{_or_raise(kind, machine)}"


def _hold(machine: AnyMachine) -> str:
    setting = next((name for name in HOLD if name in machine.keys), None)
    if setting is None:
        return "Hold the list's bounce processing until this is over."
    return f"Hold the list's bounce processing until this is over: set {setting} to {HOLD[setting]}."


def _or_raise(kind: ManagerKind, machine: AnyMachine) -> str:
    """To what; twice nothing is nothing."""
    if kind.lever is None:
        return ""
    if machine.setting(kind.lever):
        return f" Or raise {kind.lever}, to twice what it is at least."
    return f" Or raise {kind.lever}, to {kind.machine().setting(kind.lever):.10g}, its default."
