"""An incident at its end, in words: what was wrong, for how long, who was probably lost, and what to reset. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.incident.lifecycle import reason_in
from monitor.managers.kind import ManagerKind
from monitor.model.incidents import ChangeKind, Incident
from monitor.model.risk import ReceiverForecast, SeenRefusals
from monitor.phrase.phrase import Phrase, joined, listed, plural, say
from monitor.risk.seen_findings import counted, named
from monitor.wording.days import Days
from monitor.wording.receiver import seen_words

DISABLED: Final = re.compile(
    r"By [^“”]{1,80}? rules [^“”]{1,80}? (?:was|were) disabled on (?:\w{3} )?\d{1,2} \w{3,9} \d{4}\."
)
OF_REPLIES: Final = "replies."  # begins the codes of what receivers were seen to refuse
BEFORE: Final = timedelta(days=7)  # refusals begin before the incident that they cause
NO_BOUNCE: Final = say("No bounce was seen, so nobody is known to have been lost.")
NOBODY_LOST: Final = say("Posts were refused, but by the list manager's rules nobody was disabled for it.")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def past(
    incident: Incident, forecasts: Sequence[ReceiverForecast], rules: RuleSet, *, kind: ManagerKind, days: Days
) -> dict[str, str]:
    """`wrong`, `lasted`, `lost`, and `reset`: what to set right at this list manager, where somebody was lost."""
    end = incident.resolved_at or incident.changed_at
    found = _of(incident, forecasts)
    begun = min([incident.opened_at, *(seen.first for _, seen in found)])
    lost = _lost(incident, found, rules, days)
    return {
        "wrong": _wrong(incident, found, rules),
        "lasted": _lasted(begun, end, days),
        "lost": lost or (NOBODY_LOST if found else NO_BOUNCE),
        "reset": kind.remedies.restore if lost else "",
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
    """Who was probably lost; "" where nobody is known to have been."""
    lost = [(each, seen) for each, seen in found if seen.disabled]
    if not lost:
        return _told(incident, days)
    gone = joined("; ", (_gone(named(each, rules.receiver_name), seen, days) for each, seen in lost))
    return say("By the list manager's rules {gone}.", gone=gone)


def _told(incident: Incident, days: Days) -> str:
    """Who was told to be disabled while the incident went on, where its evidence has aged out since; "" for nobody."""
    for each in reversed(incident.history):
        said = next((one for one in _within(each.cause) if DISABLED.fullmatch(one)), None)
        written = DISABLED.search(each.cause)  # by a version whose sentences did not know what they were made of
        if said is not None or written is not None:
            told = said if said is not None else written and written[0]
            return say("As told on {day}: {told}", day=days.day(each.at), told=told)
    return ""


def _within(sentence: str) -> Iterator[str]:
    """A sentence, and those that it was made of."""
    yield sentence
    if isinstance(sentence, Phrase):
        for each in sentence.parts.values():
            if isinstance(each, str):
                yield from _within(each)


def _gone(name: str, seen: SeenRefusals, days: Days) -> Phrase:
    parts = {"count": counted(seen.disabled), "receiver": name}
    gone = (
        plural(
            "{count} subscriber at {receiver} was disabled",
            "{count} subscribers at {receiver} were disabled",
            seen.disabled,
            **parts,
        )
        if seen.disabled_at is None
        else plural(
            "{count} subscriber at {receiver} was disabled on {day}",
            "{count} subscribers at {receiver} were disabled on {day}",
            seen.disabled,
            day=days.day(seen.disabled_at),
            **parts,
        )
    )
    return say("{gone} ({domains})", gone=gone, domains=listed(seen.domains, "comma")) if seen.domains else gone


def _lasted(begun: datetime, end: datetime, days: Days) -> Phrase:
    first, last, length = days.day(begun), days.day(end), _long(end - begun)
    if begun.astimezone(days.zone).date() == end.astimezone(days.zone).date():
        return say("It lasted {length}, on {day}.", length=length, day=first)
    return say("It lasted {length}, from {first} to {last}.", length=length, first=first, last=last)


def _long(length: timedelta) -> Phrase:
    """In its largest sensible unit."""
    if (count := round(length / DAY)) >= 1:
        return plural("{n} day", "{n} days", count)
    if (count := round(length / HOUR)) >= 1:
        return plural("{n} hour", "{n} hours", count)
    if (count := round(length / MINUTE)) >= 1:
        return plural("{n} minute", "{n} minutes", count)
    return say("less than a minute")
