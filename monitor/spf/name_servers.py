"""The name servers behind a check: each of those that hold the record and what it includes, asked directly."""

from monitor.dns.authority import Authorities
from monitor.dns.findings import zone_findings
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Severity
from monitor.spf.check import with_findings

SERVERS_OF_NAMES = 12  # names whose servers are asked: more than ten lookups are a permanent error anyway
OF_A_NAME = ("dns.servers-disagree", "dns.tcp-refused")  # all others are said once for a zone


def with_servers(outcome: CheckOutcome, authorities: Authorities) -> CheckOutcome:
    """The outcome with what is wrong with the name servers behind the record and its includes, each asked directly.

    Where nothing could be found out about them nothing is said: what matters of it is in the verdicts already.
    """
    asked = (line.name for result in outcome.results for line in result.trace if line.rrtype == "TXT")
    names = dict.fromkeys((outcome.domain, *(line.domain for line in outcome.tree), *asked))
    reports = authorities.examine(list(names)[:SERVERS_OF_NAMES])
    found = {
        (finding.code, report.name if finding.code in OF_A_NAME else report.zone): finding
        for report in reversed(reports)
        if report.unknown is None
        for finding in zone_findings(report)
        if finding.severity is not Severity.UNKNOWN
    }
    return with_findings(outcome, found.values())
