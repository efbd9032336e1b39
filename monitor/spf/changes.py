"""What changed in DNS between two checks: old record, new record, which include, and between when and when. Pure."""

import contextlib
from datetime import datetime

from monitor.dns.memory import Replay
from monitor.errors import DnsUnavailable
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
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
    what = f"The SPF record of {name}{', which yours leads to,' if included else ''}"
    did = "was published" if not old else "has gone" if not new else "was changed"
    return Finding(
        code="spf.changed",
        severity=Severity.INFO,
        message=f"{what} {did} between {since:%Y-%m-%d %H:%M} and {current.evaluated_at:%Y-%m-%d %H:%M} UTC.",
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


def _terms(records_there: tuple[str, ...]) -> list[str]:
    return [term for record in records_there for term in record.split(" ")[1:] if term]
