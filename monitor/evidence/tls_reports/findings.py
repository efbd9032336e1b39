"""What senders report of the TLS of those who take a list's posts. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from monitor.evidence.report_age import each_once
from monitor.evidence.source import ListEvidence
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.receiver_reports import TlsOfList
from monitor.phrase.phrase import listed, number, percent, plural, say

TOLD_FOR: Final = timedelta(days=7)  # after a report's end
WARNS_FROM: Final = 0.05  # of the sessions: less is a fault of single senders or lines
FINDINGS_MOST: Final = 5
REPORTERS_NAMED: Final = 3

REASONS: Final[Mapping[str, str]] = {  # RFC 8460 section 4.3
    "starttls-not-supported": say("the server did not offer STARTTLS"),
    "certificate-host-mismatch": say("the certificate does not name the server"),
    "certificate-expired": say("the certificate has expired"),
    "certificate-not-trusted": say("the certificate is signed by nobody that is trusted"),
    "validation-failure": say("the certificate or the handshake failed in another way"),
    "tlsa-invalid": say("the TLSA record is wrong, or the certificate does not fit it"),
    "dnssec-invalid": say("DNSSEC does not validate"),
    "dane-required": say("the sender demands DANE, and no server has it"),
    "sts-policy-fetch-error": say("the MTA-STS policy could not be fetched"),
    "sts-policy-invalid": say("the MTA-STS policy cannot be read"),
    "sts-webpki-invalid": say("the certificate of the MTA-STS policy's host is not valid"),
}


def tls_findings(reports: Sequence[TlsOfList], evidence: ListEvidence) -> Iterator[Finding]:
    """One for each server and kind of failure that proven reports of late tell of, those of most sessions first."""
    told = each_once(each for each in reports if each.proven and evidence.now - each.end <= TOLD_FOR)
    failed: Counter[tuple[str, str, str]] = Counter()
    reporters: dict[tuple[str, str, str], set[str]] = {}
    sessions: Counter[str] = Counter()
    for report in told:
        sessions[report.domain] += report.ok + report.failed
        for row in report.rows:
            key = (report.domain, row.mx, row.result_type)
            failed[key] += row.count
            reporters.setdefault(key, set()).add(report.by or report.reporter)
    for key, count in failed.most_common(FINDINGS_MOST):
        total = max(sessions[key[0]], count)
        if count:
            yield _finding(*key, failed=count, total=total, reporters=sorted(reporters[key]))


def _finding(domain: str, mx: str, result_type: str, *, failed: int, total: int, reporters: Sequence[str]) -> Finding:
    share = failed / total
    return Finding(
        code="report.tls-fails",
        severity=Severity.WARNING if share >= WARNS_FROM else Severity.INFO,
        message=say(
            "{failed} of {sessions} with mail for {domain} failed over TLS at {server} ({share}), as {reporters} reports: "
            "{reason}.",
            failed=number(failed),
            sessions=plural("{n} session", "{n} sessions", total),
            domain=domain,
            server=mx or say("its mail servers"),
            share=percent(share),
            reporters=listed(reporters[:REPORTERS_NAMED]),
            reason=REASONS.get(result_type, result_type),
        ),
        evidence={
            "domain": domain,
            "mx": mx or None,
            "result_type": result_type,
            "failed": failed,
            "sessions": total,
            "reporters": list(reporters),
        },
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the server that takes the list's posts"),
            type="",
            value=say("Mend what is named: senders that demand TLS (MTA-STS, DANE) hold their posts back until then."),
        ),
        reference="RFC 8460 section 4.3",
    )
