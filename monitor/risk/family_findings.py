"""Where a receiver refuses over one address family more often than over the other, by every try that was made. Pure.

The same mail goes over both: what differs is the address that it comes from, and what the receiver asks there. A mail
server that goes over to the other family hides it from everybody but its own log.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.replies.counted import OF_PERSONS, POLICY, Row, RowKey
from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, When, number, say
from monitor.risk.failure_rate import interval

CODE: Final = "replies.family-difference"
LOOKED_BACK: Final = timedelta(days=28)
REFUSED_LEAST: Final = 3  # tries: one or two are chance
TRIED_LEAST: Final = 5  # over the other family, so that it says anything
WORTH: Final = 0.01  # a smaller share is told as a note: all but a few of these arrive at the next try
QUOTED_MOST: Final = 120  # characters of a reply in a sentence
REFERENCE: Final = "RFC 5321 section 4.2.1"


@dataclass(slots=True)
class _Day:
    """What one receiver answered over one family on one day."""

    tried: int = 0
    refused: int = 0
    put_off: int = 0  # of the refused
    policy: int = 0  # of the refused
    first: datetime | None = None  # of the refused
    newest: tuple[datetime, str] | None = None  # the newest refusal in its words


def family_findings(rows: Iterable[tuple[RowKey, Row]], rules: RuleSet, *, now: datetime) -> Iterator[Finding]:
    """One a receiver whose two families differ by more than chance, by the rows of the last four weeks.

    Receivers that are nobody in particular are left out: they are many, each with its own families.
    """
    days: dict[str, dict[int, dict[int, _Day]]] = {}
    since = (now - LOOKED_BACK).date()
    for key, row in rows:
        if key.day < since or not key.family or key.receiver == NOBODY_IN_PARTICULAR or key.kind in OF_PERSONS:
            continue
        of_family = days.setdefault(key.receiver, {}).setdefault(key.family, {})
        _add(of_family.setdefault(key.day.toordinal(), _Day()), key, row)
    for receiver, families in sorted(days.items()):
        if len(families) == 2:
            for worse, other in ((6, 4), (4, 6)):
                found = _difference(receiver, families[worse], families[other], worse, rules)
                if found is not None:
                    yield found


def _add(day: _Day, key: RowKey, row: Row) -> None:
    day.tried += row.attempts
    if key.action not in REFUSING:
        return
    day.refused += row.attempts
    day.put_off += row.attempts if key.action is AdmissionAction.DEFER else 0
    day.policy += row.attempts if key.kind == POLICY else 0
    day.first = row.first if day.first is None else min(day.first, row.first)
    day.newest = max(day.newest or (row.last, row.sample), (row.last, row.sample))


def _difference(
    receiver: str, worse: dict[int, _Day], other: dict[int, _Day], family: int, rules: RuleSet
) -> Finding | None:
    """What is told of it, counted from the day on which it began; None where it may be chance."""
    begun = _begun(worse)
    if begun is None:
        return None
    bad, good = ([day for on, day in sorted(days.items()) if on >= begun] for days in (worse, other))
    refused, tried = sum(day.refused for day in bad), sum(day.tried for day in bad)
    others_refused, others_tried = sum(day.refused for day in good), sum(day.tried for day in good)
    if refused < REFUSED_LEAST or others_tried < TRIED_LEAST:
        return None
    low, _ = interval(float(refused), float(tried - refused))
    _, high = interval(float(others_refused), float(others_tried - others_refused))
    if low <= high:
        return None
    since = min(day.first for day in bad if day.first is not None)
    _, reply = max(day.newest for day in bad if day.newest is not None)
    put_off, policy = sum(day.put_off for day in bad), sum(day.policy for day in bad)
    counts = {"refused": number(refused), "tried": number(tried)}
    return Finding(
        code=CODE,
        severity=Severity.WARNING if policy * 2 >= refused >= WORTH * tried else Severity.INFO,
        message=_message(
            rules.receiver_name(receiver) or receiver,
            family,
            all_put_off=put_off == refused,
            counts=counts,
            others=(others_refused, others_tried),
            since=since,
            reply=reply,
        ),
        evidence={
            "receiver": receiver,
            "family": f"IPv{family}",
            "tried": tried,
            "refused": refused,
            "put_off": put_off,
            "other_family_tried": others_tried,
            "other_family_refused": others_refused,
            "since": since.isoformat(),
            "reply": reply,
        },
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the mail server"),
            type="",
            value=say(
                "Set in order over IPv{family} what the reply is about (SPF, DKIM, PTR of that address), or let mail to this "
                "receiver leave over IPv{other} meanwhile.",
                family=str(family),
                other=str(10 - family),
            ),
        ),
        reference=REFERENCE,
    )


def _message(
    name: str,
    family: int,
    *,
    all_put_off: bool,
    counts: dict[str, Phrase],
    others: tuple[int, int],
    since: datetime,
    reply: str,
) -> Phrase:
    parts = {
        "receiver": name,
        "family": f"IPv{family}",
        "other": f"IPv{10 - family}",
        "since": When(since, "moment"),
        "reply": shorten(reply, QUOTED_MOST, placeholder=" …").rstrip("."),
        "others_tried": number(others[1]),
        **counts,
    }
    if not others[0] and all_put_off:
        return say(
            "{receiver} put off {refused} of {tried} tries over {family}, none of {others_tried} over {other}, since {since}: "
            "“{reply}”.",
            **parts,
        )
    if not others[0]:
        return say(
            "{receiver} refused {refused} of {tried} tries over {family}, none of {others_tried} over {other}, since {since}: "
            "“{reply}”.",
            **parts,
        )
    parts["others_refused"] = number(others[0])
    if all_put_off:
        return say(
            "{receiver} put off {refused} of {tried} tries over {family}, but {others_refused} of {others_tried} over "
            "{other}, since {since}: “{reply}”.",
            **parts,
        )
    return say(
        "{receiver} refused {refused} of {tried} tries over {family}, but {others_refused} of {others_tried} over {other}, "
        "since {since}: “{reply}”.",
        **parts,
    )


def _begun(days: dict[int, _Day]) -> int | None:
    """The day on which the refusals began that go on: back to when all was taken. None: none lately."""
    begun: int | None = None
    for on, day in sorted(days.items(), reverse=True):
        if day.refused:
            begun = on
        elif day.tried >= TRIED_LEAST and begun is not None:
            break
    return begun
