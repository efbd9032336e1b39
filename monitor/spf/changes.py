"""What changed in DNS between two checks: old record, new record, which include, and between when and when. Pure."""

import contextlib
from datetime import datetime

from monitor.dns.text import read
from monitor.errors import Unparsable
from monitor.model.dns import DnsQuestion
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.spf.record import is_spf


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
        for line in result.trace:
            if line.rrtype == "TXT" and line.rcode in ("NOERROR", "NXDOMAIN"):
                with contextlib.suppress(Unparsable):  # a damaged line says nothing
                    found[line.name] = _spf(line)
    return found


def _spf(line: DnsQuestion) -> tuple[str, ...]:
    """The SPF records among a TXT answer. Raises Unparsable."""
    texts = []
    for answer in line.answers:
        text = b"".join(part for part in read(answer, "TXT") if isinstance(part, bytes))
        if is_spf(text):
            texts.append(text.decode("ascii", "backslashreplace"))
    return tuple(sorted(texts))


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
