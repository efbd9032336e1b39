"""How to gain time at the list manager until a fault is mended, by the manager's own settings. Pure."""

from collections.abc import Mapping
from typing import Final

from monitor.managers.kind import ManagerKind
from monitor.managers.machine import AnyMachine
from monitor.phrase.phrase import Phrase, joined, say
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


def gain_time(relief: Relief | None, kind: ManagerKind, machine: AnyMachine, *, days: Days) -> Phrase:
    """What to set tonight, and until when nobody is expected to be disabled then, where that can be reckoned."""
    until = None if relief is None or relief.disabled_from is None else days.day(relief.disabled_from)
    if relief is not None and relief.change == THRESHOLD:
        set_to = {"setting": relief.setting, "value": f"{relief.value:.10g}"}
        gained = (
            say("Set {setting} to {value}: then nobody is expected to be disabled within a year.", **set_to)
            if until is None
            else say(
                "Set {setting} to {value}: then nobody is expected to be disabled before {day}.", day=until, **set_to
            )
        )
        return joined(" ", (gained, _or_hold(machine)))
    held = "" if until is None else say("Held for a week, nobody is expected to be disabled before {day}.", day=until)
    return joined(" ", (_hold(machine), held, _or_raise(kind, machine)))


def _setting(machine: AnyMachine) -> str | None:
    return next((name for name in HOLD if name in machine.keys), None)


def _hold(machine: AnyMachine) -> Phrase:
    setting = _setting(machine)
    if setting is None:
        return say("Hold the list's bounce processing until this is over.")
    return say(
        "Hold the list's bounce processing until this is over: set {setting} to {value}.",
        setting=setting,
        value=HOLD[setting],
    )


def _or_hold(machine: AnyMachine) -> Phrase:
    """The same behind something else that can be done."""
    setting = _setting(machine)
    if setting is None:
        return say("Or hold the list's bounce processing until this is over.")
    return say(
        "Or hold the list's bounce processing until this is over: set {setting} to {value}.",
        setting=setting,
        value=HOLD[setting],
    )


def _or_raise(kind: ManagerKind, machine: AnyMachine) -> str:
    """To what; twice nothing is nothing."""
    if kind.lever is None:
        return ""
    if machine.setting(kind.lever):
        return say("Or raise {setting}, to twice what it is at least.", setting=kind.lever)
    return say(
        "Or raise {setting}, to {value}, its default.",
        setting=kind.lever,
        value=f"{kind.machine().setting(kind.lever):.10g}",
    )
