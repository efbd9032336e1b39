"""What changed in DNS between two checks: old record, new record, which include, and between when and when. Pure."""

import contextlib
from datetime import datetime

from monitor.dns.memory import Replay
from monitor.errors import DnsUnavailable
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import Phrase, When, say
from monitor.spf.record import spf_texts


def change_findings(previous: CheckOutcome, current: CheckOutcome) -> tuple[Finding, ...]:
    """`spf.changed` for each name whose SPF record is another than at the check before.

    Only names that both checks got an answer for are compared: DNS trouble is no change.
    """
    before, after = records(previous), records(current)
    return tuple(
        _finding(name, before[name], after[name], previous.evaluated_at, current)
        for name in after
        if name in before and before[name] != after[name]
    )


def records(outcome: CheckOutcome) -> dict[str, tuple[str, ...]]:
    """The SPF records seen at each name of the include tree: sorted, none for a name without; by the stored traces."""
    found: dict[str, tuple[str, ...]] = {}
    for result in outcome.results:
        replay = Replay(result.trace)
        for line in result.trace:
            if line.rrtype == "TXT":
                with contextlib.suppress(DnsUnavailable):  # nor does a damaged line say anything
                    found[line.name] = tuple(sorted(spf_texts(replay.lookup(line.name, "TXT").texts)))
    return found


def _finding(name: str, old: tuple[str, ...], new: tuple[str, ...], since: datetime, current: CheckOutcome) -> Finding:
    included = name != current.domain
    return Finding(
        code="spf.changed",
        severity=Severity.INFO,
        message=_said(name, old, new, included=included, since=since, until=current.evaluated_at),
        evidence={
            "name": name,
            "included": included,
            "old": " | ".join(old) or None,
            "new": " | ".join(new) or None,
            "removed_terms": [term for term in _terms(old) if term not in _terms(new)],
            "added_terms": [term for term in _terms(new) if term not in _terms(old)],
            "since": since.isoformat(),
            "until": current.evaluated_at.isoformat(),
        },
        reference="RFC 7208 section 4.5",
    )


def _said(
    name: str, old: tuple[str, ...], new: tuple[str, ...], *, included: bool, since: datetime, until: datetime
) -> Phrase:
    parts = {"name": name, "since": When(since, "moment"), "until": When(until, "moment")}
    if not old and included:
        return say(
            "The SPF record of {name}, which yours leads to, was published between {since} and {until}.", **parts
        )
    if not old:
        return say("The SPF record of {name} was published between {since} and {until}.", **parts)
    if not new and included:
        return say("The SPF record of {name}, which yours leads to, has gone between {since} and {until}.", **parts)
    if not new:
        return say("The SPF record of {name} has gone between {since} and {until}.", **parts)
    if included:
        return say("The SPF record of {name}, which yours leads to, was changed between {since} and {until}.", **parts)
    return say("The SPF record of {name} was changed between {since} and {until}.", **parts)


def _terms(records_there: tuple[str, ...]) -> list[str]:
    return [term for record in records_there for term in record.split(" ")[1:] if term]
