"""One check: what DNS says of a list or domain, gathered through a resolver and judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.dmarc.policy import author_findings
from monitor.dns.answer import Resolver
from monitor.dns.memory import Overlay
from monitor.dns.ptr import reverse
from monitor.errors import DnsUnavailable
from monitor.model.dns import Identity, IpAddress, SpfOutcome, SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.order import status_of, worst_first
from monitor.spf.advice import advice, cost, syntax_findings
from monitor.spf.check_host import check_host
from monitor.spf.facts import SpfFacts
from monitor.spf.findings import spf_findings
from monitor.spf.fix import proposals
from monitor.spf.limits import LOOKUP_LIMIT, VOID_LIMIT
from monitor.spf.tree import Node, build_tree, outline

ENDED_BY_SUGGESTION: Final = frozenset(
    {
        "spf.none",
        "spf.multiple",
        "spf.syntax",
        "spf.lookup-limit",
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
    clients = tuple(dict.fromkeys((*subject.outbound, *subject.observed)))
    results = tuple(
        _evaluated(subject, client, identity, resolver, now=now)
        for client in clients
        for identity in Identity  # RFC 7208 sections 2.3 and 2.4
    )
    tree = build_tree(resolver, subject.domain)
    facts = SpfFacts(
        domain=subject.domain,
        records=tree.records,
        trouble=tree.trouble,
        type99=abandoned(resolver, subject.domain),
        results=results,
        ptrs=tuple(reverse(resolver, client) for client in clients),
        declared=subject.outbound,
        observed=subject.observed,
    )
    suggested = suggested_record(facts, tree, subject, resolver, now=now)
    found = with_causes(spf_findings(facts), (*syntax_findings(tree), *advice(tree)))
    found = with_suggestion(found, facts, suggested)
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
    if facts.records is None or not clients or (not facts.refused and sound(tree)):
        return None
    for proposed in proposals(facts.records, tree, facts.refused):
        changed = Overlay(resolver, {(subject.domain, "TXT"): [proposed]})
        passing = all(
            _evaluated(subject, client, Identity.MAILFROM, changed, now=now).result is SpfResult.PASS
            for client in clients
        )
        if passing and sound(build_tree(changed, subject.domain)):
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
    action = FixAction.CHANGE if facts.records else FixAction.PUBLISH
    fix = Fix(action=action, name=facts.domain, type="TXT", value=suggested)
    return tuple(replace(one, fix=fix) if one.code in ENDED_BY_SUGGESTION else one for one in found)


def with_findings(outcome: CheckOutcome, more: Iterable[Finding]) -> CheckOutcome:
    """The outcome with more findings, and the status that follows from all."""
    findings = worst_first((*outcome.findings, *more))
    return replace(outcome, findings=findings, status=status_of(findings))
