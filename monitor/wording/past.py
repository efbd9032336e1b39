"""An incident at its end, in words: what was wrong, for how long, who was probably lost, and what to reset. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.incident.lifecycle import reason_in
from monitor.managers.kind import ManagerKind
from monitor.model.incidents import ChangeKind, Incident
from monitor.model.risk import ReceiverForecast, SeenRefusals
from monitor.phrase.phrase import joined, say
from monitor.risk.seen_findings import counted, named
from monitor.wording.days import Days
from monitor.wording.receiver import seen_words

DISABLED: Final = re.compile(
    r"By [^“”]{1,80}? rules [^“”]{1,80}? (?:was|were) disabled on (?:\w{3} )?\d{1,2} \w{3,9} \d{4}"
)
OF_REPLIES: Final = "replies."  # begins the codes of what receivers were seen to refuse
BEFORE: Final = timedelta(days=7)  # refusals begin before the incident that they cause
NO_BOUNCE: Final = "No bounce was seen, so nobody is known to have been lost."
NOBODY_LOST: Final = "Posts were refused, but by the list manager's rules nobody was disabled for it."
LONG: Final = (
    (timedelta(days=1), "{} day", "{} days"),
    (timedelta(hours=1), "{} hour", "{} hours"),
    (timedelta(minutes=1), "{} minute", "{} minutes"),
)


def past(
    incident: Incident, forecasts: Sequence[ReceiverForecast], rules: RuleSet, *, kind: ManagerKind, days: Days
) -> dict[str, str]:
    """`wrong`, `lasted`, `lost`, and `reset`: what to set right at this list manager, in its own words."""
    end = incident.resolved_at or incident.changed_at
    found = _of(incident, forecasts)
    begun = min([incident.opened_at, *(seen.first for _, seen in found)])
    return {
        "wrong": _wrong(incident, found, rules),
        "lasted": _lasted(begun, end, days),
        "lost": _lost(incident, found, rules, days),
        "reset": kind.remedies.restore,
    }


def _wrong(incident: Incident, found: Sequence[tuple[ReceiverForecast, SeenRefusals]], rules: RuleSet) -> str:
    """Why it was raised, and what receivers were seen to do; that alone where it was raised for nothing else."""
    raised = next((reason_in(each.cause) for each in incident.history if each.kind is ChangeKind.RAISED), "")
    seen = [
        say(
            "{receiver} {seen}.", receiver=named(each, rules.receiver_name), seen=seen_words(refusals, each.subscribers)
        )
        for each, refusals in found
    ]
    by_replies = bool(incident.reasons) and all(code.startswith(OF_REPLIES) for code in incident.reasons)
    return joined(" ", seen if by_replies and seen else (raised, *seen))


def _of(incident: Incident, forecasts: Sequence[ReceiverForecast]) -> tuple[tuple[ReceiverForecast, SeenRefusals], ...]:
    """The refusals that the incident is about, as far as they were seen."""
    since = incident.opened_at - BEFORE
    return tuple(
        (each, each.seen)
        for each in forecasts
        if each.seen is not None
        and (each.seen.last >= since or (each.seen.disabled_at is not None and each.seen.disabled_at >= since))
    )


def _lost(
    incident: Incident, found: Sequence[tuple[ReceiverForecast, SeenRefusals]], rules: RuleSet, days: Days
) -> str:
    lost = [(each, seen) for each, seen in found if seen.disabled]
    if lost:
        said = "; ".join(_gone(named(each, rules.receiver_name), seen, days) for each, seen in lost)
        return f"By the list manager's rules {said}."
    if told := _told(incident, days):
        return told
    return NOBODY_LOST if found else NO_BOUNCE


def _told(incident: Incident, days: Days) -> str:
    """Who was told to be disabled while the incident went on, where its evidence has aged out since; "" for nobody."""
    for each in reversed(incident.history):
        if (said := DISABLED.search(each.cause)) is not None:
            return f"As told on {days.day(each.at)}: {said[0]}."
    return ""


def _gone(name: str, seen: SeenRefusals, days: Days) -> str:
    people = "1 subscriber" if seen.disabled == 1 else f"{counted(seen.disabled)} subscribers"
    were = "was" if seen.disabled == 1 else "were"
    on = "" if seen.disabled_at is None else f" on {days.day(seen.disabled_at)}"
    at = f" ({', '.join(seen.domains)})" if seen.domains else ""
    return f"{people} at {name} {were} disabled{on}{at}"


def _lasted(begun: datetime, end: datetime, days: Days) -> str:
    if days.day(begun) == days.day(end):
        return f"It lasted {_long(end - begun)}, on {days.day(begun)}."
    return f"It lasted {_long(end - begun)}, from {days.day(begun)} to {days.day(end)}."


def _long(length: timedelta) -> str:
    """In its largest sensible unit."""
    for size, one, several in LONG:
        count = round(length / size)
        if count >= 1:
            return (one if count == 1 else several).format(count)
    return "less than a minute"
