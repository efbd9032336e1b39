"""One check: what DNS says of a list or domain, gathered through a resolver and judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.dmarc.policy import author_findings
from monitor.dns.answer import Resolver
from monitor.dns.heard import Heard, denied_names
from monitor.dns.memory import Overlay
from monitor.dns.ptr import reverse
from monitor.errors import DnsUnavailable
from monitor.model.dns import Identity, IpAddress, SpfOutcome, SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.order import status_of, worst_first
from monitor.spf.absence import beside, meant_record, no_record
from monitor.spf.advice import advice, cost, syntax_findings
from monitor.spf.alias import with_places
from monitor.spf.check_host import check_host
from monitor.spf.denied import denied_findings
from monitor.spf.exchangers import exchanger_findings
from monitor.spf.facts import SpfFacts
from monitor.spf.findings import spf_findings
from monitor.spf.fix import proposals
from monitor.spf.limits import LOOKUP_LIMIT, VOID_LIMIT
from monitor.spf.run_together import seam_findings, with_spaces
from monitor.spf.tree import Node, build_tree, outline

ENDED_BY_SUGGESTION: Final = frozenset(
    {
        "spf.none",
        "spf.multiple",
        "spf.syntax",
        "spf.lookup-limit",
        "spf.mx-limit",
        "spf.void-limit",
        "spf.void-over-ipv6-only",
        "spf.include-without-record",
        "spf.loop",
        "spf.address-not-authorised",
        "spf.ipv6-not-covered",
        "spf.family-divergence",
        "spf.verifier-disagreement",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom to check: a list, or a bare domain with the addresses that its mail would come from."""

    list_id: str | None
    domain: str  # of the mailfrom identity
    reverse_path: str
    helo: str
    outbound: tuple[IpAddress, ...]
    author_domains: tuple[str, ...] = ()
    observed: tuple[IpAddress, ...] = ()  # seen by the receiver; those that are not declared are checked too


def check(subject: Subject, resolver: Resolver, *, now: datetime, slot: int = 0) -> CheckOutcome:
    """Ask DNS and judge. DNS trouble is in the outcome as unknown; nothing is raised for it."""
    dns = Heard(resolver)
    clients = tuple(dict.fromkeys((*subject.outbound, *subject.observed)))
    results = tuple(
        _evaluated(subject, client, identity, dns, now=now)
        for client in clients
        for identity in Identity  # RFC 7208 sections 2.3 and 2.4
    )
    ptrs = tuple(reverse(dns, client) for client in clients)
    tree = existing(dns, build_tree(dns, subject.domain))
    facts = SpfFacts(
        domain=subject.domain,
        records=tree.records,
        trouble=tree.trouble,
        void4=tree.void4,
        type99=abandoned(dns, subject.domain),
        results=results,
        ptrs=ptrs,
        declared=subject.outbound,
        observed=subject.observed,
    )
    suggested = suggested_record(facts, tree, subject, dns, now=now)
    absent = () if tree.records != () else (no_record(tree),)
    causes = (*syntax_findings(tree), *seam_findings(tree), *exchanger_findings(tree), *advice(tree), *beside(tree))
    found = (*absent, *with_causes(spf_findings(facts), causes), *denied_findings(dns.heard))
    found = with_places(with_suggestion(found, facts, suggested), dns)
    findings = worst_first((*found, *author_findings(resolver, subject.author_domains)))
    return CheckOutcome(
        domain=subject.domain,
        list_id=subject.list_id,
        slot=slot,
        evaluated_at=now,
        status=status_of(findings),
        record=facts.record,
        cost=cost(tree),
        results=results,
        ptrs=facts.ptrs,
        findings=findings,
        suggested_record=suggested,
        tree=outline(tree),
    )


def existing(dns: Heard, tree: Node) -> Node:
    """The tree, its domain missing only where DNS denies it for other types as well (RFC 4074 section 4.2)."""
    if tree.exists:
        return tree
    try:
        said = {dns.lookup(tree.domain, rrtype).rcode for rrtype in ("A", "AAAA", "MX")}
    except DnsUnavailable:
        return replace(tree, exists=True)  # not known
    there = said != {"NXDOMAIN"} or any(each.name == tree.domain for each in denied_names(dns.heard))
    return replace(tree, exists=there)


def abandoned(resolver: Resolver, domain: str) -> tuple[str, ...]:
    """Records of type SPF, which nobody asks for any more (RFC 7208 section 3.1); none where DNS did not answer."""
    try:
        answer = resolver.lookup(domain, "SPF")
    except DnsUnavailable:
        return ()
    return tuple(text.decode("ascii", "backslashreplace") for text in answer.texts)


def _evaluated(
    subject: Subject, client: IpAddress, identity: Identity, resolver: Resolver, *, now: datetime
) -> SpfOutcome:
    return check_host(
        resolver,
        client_ip=client,
        reverse_path=subject.reverse_path,
        helo=subject.helo,
        identity=identity,
        now=now,
    )


def suggested_record(facts: SpfFacts, tree: Node, subject: Subject, resolver: Resolver, *, now: datetime) -> str | None:
    """The smallest change that was evaluated for every declared and observed address, and passed strictly.

    It also keeps within ten lookups and two void lookups over either family (RFC 7208 section 4.6.4). None where
    nothing is to be mended, where DNS does not answer, or where no proposal passes.
    """
    clients = tuple(dict.fromkeys((*subject.outbound, *subject.observed)))
    if facts.records is None or not tree.exists or not clients or (not facts.refused and sound(tree)):
        return None

    def passing(records: Sequence[str]) -> tuple[Resolver, list[IpAddress]]:
        """What DNS would say with these records, and the addresses that would then not pass."""
        changed = Overlay(resolver, {(subject.domain, "TXT"): records})
        verdicts = (_evaluated(subject, each, Identity.MAILFROM, changed, now=now) for each in clients)
        return changed, [each.client_ip for each in verdicts if each.result is not SpfResult.PASS]

    records, missing = facts.records, facts.refused
    meant = with_spaces(tree) or meant_record(tree)
    if meant is not None:
        records = (meant,)
        changed, refused = passing(records)
        tree, missing = build_tree(changed, subject.domain), tuple(refused)
    for proposed in proposals(records, tree, missing):
        changed, refused = passing([proposed])
        if not refused and sound(build_tree(changed, subject.domain)):
            return proposed
    return None


def sound(tree: Node) -> bool:
    """Whether a record can be used by every client: readable, whole, within the limits over either family."""
    return (
        tree.record is not None
        and not any(line.fault for line in outline(tree))
        and tree.lookups <= LOOKUP_LIMIT
        and max(tree.void4, tree.void6) <= VOID_LIMIT
    )


def with_causes(verdicts: Sequence[Finding], causes: Sequence[Finding]) -> tuple[Finding, ...]:
    """Both, but each fault once: a permanent error whose cause is known by its place needs no second telling."""
    known = {each.code for each in causes if each.severity is Severity.CRITICAL}
    repeated = known | ({"spf.syntax"} if known else set())
    return (*(each for each in verdicts if each.code not in repeated), *causes)


def with_suggestion(found: Sequence[Finding], facts: SpfFacts, suggested: str | None) -> tuple[Finding, ...]:
    """The findings that the suggested record ends, with it as their fix: one change for all, which was tried."""
    if suggested is None:
        return tuple(found)
    miss = any("near_miss" in each.evidence for each in found if each.code == "spf.none")
    action = FixAction.CHANGE if facts.records or miss else FixAction.PUBLISH
    fix = Fix(action=action, name=facts.domain, type="TXT", value=suggested)
    return tuple(replace(one, fix=fix) if one.code in ENDED_BY_SUGGESTION else one for one in found)


def with_findings(outcome: CheckOutcome, more: Iterable[Finding]) -> CheckOutcome:
    """The outcome with more findings, and the status that follows from all."""
    findings = worst_first((*outcome.findings, *more))
    return replace(outcome, findings=findings, status=status_of(findings))
