"""What DNS says of a list or a domain now, and what each receiver would answer. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.dns.authority import Authorities
from monitor.dns.resolver import Resolver
from monitor.evidence.checks.admission import admission_of_check
from monitor.model.dns import IpAddress
from monitor.model.evidence import AuthResult, CheckOutcome
from monitor.operations.mail_hosts import mail_hosts
from monitor.spf.changes import change_findings
from monitor.spf.check import Subject, check, with_findings
from monitor.spf.comparison import Comparison, compare
from monitor.spf.name_servers import with_servers

# rcodes of a name server that did its work (RFC 2308 section 2): whoever gives one shows that our resolver can see.
ANSWERS: Final = frozenset({"NOERROR", "NXDOMAIN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is recorded of a list and bears on a check of it; nothing of a bare domain, or where the store is away."""

    dkim: AuthResult | None = None  # what the newest mail of the list's said of its signatures, while that speaks
    observed: tuple[IpAddress, ...] = ()  # where the list's mail was seen to come from lately
    previous: CheckOutcome | None = None  # the newest check, to tell what changed since
    subscribers: Mapping[str, int] = field(default_factory=dict)  # by domain; empty: not known


def examine(
    subject: Subject,
    known: Known,
    resolver: Resolver,
    authorities: Authorities | None,
    rules: RuleSet,
    *,
    now: datetime,
    slot: int = 0,
) -> tuple[CheckOutcome, Comparison]:
    """One check of the subject, and what a second verifier made of it: its findings are among the outcome's.

    Without `authorities` the zones' name servers are not asked one by one. DNS trouble is in the outcome as unknown;
    nothing is raised for it.
    """
    outcome = check(subject, resolver, now=now, slot=slot)
    if authorities is not None:
        outcome = with_servers(outcome, authorities)
    changes = () if known.previous is None else change_findings(known.previous, outcome)
    comparison = compare(known.previous, outcome)
    outcome = replace(
        with_findings(outcome, (*changes, *comparison.findings)),
        admission=admission_of_check(outcome, rules, dkim=known.dkim, on=now.date()),
        mail_hosts=mail_hosts(resolver, known.subscribers) if saw(outcome) else {},
    )
    return outcome, comparison


def saw(outcome: CheckOutcome) -> bool:
    """Whether any name server answered us: our own eyes are open."""
    return any(question.rcode in ANSWERS for result in outcome.results for question in result.trace)
