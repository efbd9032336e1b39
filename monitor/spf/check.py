"""One check: what DNS says of a list or domain, gathered through a resolver and judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.dmarc.policy import author_findings
from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.heard import Heard, denied_names
from monitor.dns.left_out import left_out_findings
from monitor.dns.ptr import leads_to, reverse
from monitor.errors import DnsUnavailable
from monitor.managers.remedies import GENERAL, Remedies
from monitor.model.dns import Identity, IpAddress, PtrOutcome, PtrResult, SpfOutcome, SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.model.order import status_of, worst_first
from monitor.model.special_addresses import can_be_named
from monitor.phrase.phrase import say
from monitor.spf.absence import beside, no_record, with_record
from monitor.spf.advice import advice, cost
from monitor.spf.alias import replaced, with_places
from monitor.spf.check_host import check_host
from monitor.spf.denied import denied_findings
from monitor.spf.exchangers import exchanger_findings
from monitor.spf.facts import SpfFacts
from monitor.spf.faults import syntax_findings
from monitor.spf.findings import spf_findings
from monitor.spf.gate import Gate, distinct, usable_host
from monitor.spf.repairs import repaired
from monitor.spf.reverse_findings import Host, reverse_findings
from monitor.spf.run_together import seam_findings
from monitor.spf.tree import Node, build_tree, outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom to check: a list, or a bare domain with the addresses that its mail would come from."""

    list_id: str | None
    domain: str  # of the mailfrom identity
    reverse_path: str
    helo: str
    outbound: tuple[IpAddress, ...]
    author_domains: tuple[str, ...] = ()
    posts_to: str | None = None  # domain of the list's own address, where that is another one
    names: tuple[str, ...] = ()  # further hosts that its mail passes: the one where it is submitted
    remedies: Remedies = GENERAL  # of the list's manager
    observed: tuple[IpAddress, ...] = ()  # seen by the receiver; those that are not declared are checked too
    others: tuple[
        IpAddress, ...
    ] = ()  # what else sends in the domain's name: not checked, but the record is theirs too
    hosts: tuple[
        str, ...
    ] = ()  # names that may stand at the addresses, where what the server says in EHLO is not known
    unanswered: str | None = None  # the name that kept us from knowing all addresses of its mail servers


def check(subject: Subject, resolver: Resolver, *, now: datetime, slot: int = 0) -> CheckOutcome:
    """Ask DNS and judge. DNS trouble is in the outcome as unknown; nothing is raised for it."""
    # A receiver that sees an address which no receiver can see has seen a gateway of its own.
    observed = tuple(each for each in subject.observed if can_be_named(each))
    dns = Heard(resolver)
    clients = tuple(dict.fromkeys((*subject.outbound, *observed)))
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
        denied=tuple(each.name for each in denied_names(dns.heard)),
        type99=abandoned(dns, subject.domain),
        results=results,
        ptrs=ptrs,
        declared=subject.outbound,
        observed=observed,
    )
    absent = _absent(tree, dns) if tree.records == () else ()
    causes = (*syntax_findings(tree), *seam_findings(tree), *exchanger_findings(tree), *advice(tree), *beside(tree))
    reverse_dns = reverse_findings(
        ptrs, _hosts(subject, ptrs, resolver), nameless=not subject.hosts and usable_host(subject.helo) is None
    )
    unknown = () if tree.records is None else _unknown_servers(subject)
    found = (*absent, *with_causes(spf_findings(facts), causes), *unknown, *denied_findings(dns.heard), *reverse_dns)
    found = tuple(_of_sender(one, subject.domain) for one in found)
    repairs = repaired(found, facts, tree, _gate(subject, clients, resolver, now=now))
    placed = with_places(repairs.findings, dns)
    authors = author_findings(resolver, subject.author_domains, remedies=subject.remedies)
    findings = worst_first((*placed, *authors, *left_out_findings(dns.heard)))
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
        suggested_record=None if replaced(placed) else repairs.suggested,
        tree=outline(tree),
    )


def _of_sender(finding: Finding, domain: str) -> Finding:
    """The finding, with whose record it is about where it does not say: lists of one domain share that cause."""
    if finding.evidence.keys() & {"client_ip", "domain", "helo", "name"}:
        return finding
    return replace(finding, evidence={"sender": domain, **finding.evidence})


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


def reachable(resolver: Resolver, domain: str) -> bool:
    """Whether mail to the domain has a host to go to (RFC 5321 section 5.1), as far as is known."""
    try:
        return any(resolver.lookup(domain, rrtype).records for rrtype in ("MX", "A", "AAAA"))
    except DnsUnavailable:
        return True


def _absent(tree: Node, dns: Heard) -> tuple[Finding, ...]:
    """The finding about a domain without a record."""
    return (no_record(tree, reachable=reachable(dns, tree.domain), elsewhere=with_record(dns.heard, tree.domain)),)


def _unknown_servers(subject: Subject) -> tuple[Finding, ...]:
    """The finding about mail servers whose addresses DNS did not give: what was not checked is not in order."""
    if subject.unanswered is None:
        return ()
    return (
        Finding(
            code="dns.temperror",
            severity=Severity.UNKNOWN,
            message=say(
                "DNS gave no usable answer for {name}, so the addresses of the mail servers of {domain} are not all known, "
                "and those were not checked. Name them with --ip, or check again later.",
                name=subject.unanswered,
                domain=subject.domain,
            ),
            evidence={"domain": subject.domain, "name": subject.unanswered},
            reference="RFC 5321 section 5.1",
        ),
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


def _gate(subject: Subject, clients: Sequence[IpAddress], resolver: Resolver, *, now: datetime) -> Gate:
    """What every record that is proposed has to pass: each sender of the domain's, strictly."""

    def evaluate(changed: Resolver, client: IpAddress) -> SpfResult:
        return _evaluated(subject, client, Identity.MAILFROM, changed, now=now).result

    others = (each for each in subject.others if can_be_named(each))  # what is wrong with those is told elsewhere
    return Gate(resolver, subject.domain, tuple(distinct((*clients, *others))), evaluate)


def _hosts(subject: Subject, ptrs: Sequence[PtrOutcome], resolver: Resolver) -> dict[IpAddress, Host]:
    """The host at each address whose reverse DNS is not in order: the one that is configured, or that leads there."""
    found: dict[IpAddress, Host] = {}
    for ptr in ptrs:
        if ptr.result not in {PtrResult.MISSING, PtrResult.MISMATCH}:
            continue
        for name in subject.hosts or (subject.helo,):
            host = usable_host(name)
            leads = None if host is None else _leads_to(resolver, host, ptr.client_ip)
            if host is not None and (leads or not subject.hosts):
                found.setdefault(ptr.client_ip, Host(host, leads))
    return found


def _leads_to(resolver: Resolver, host: str, address: IpAddress) -> bool | None:
    """Whether that host has the address; None where DNS did not say."""
    try:
        return leads_to(resolver, host, address)
    except Unanswered:
        return None


def with_causes(verdicts: Sequence[Finding], causes: Sequence[Finding]) -> tuple[Finding, ...]:
    """Both, but each fault once: a permanent error whose cause is known by its place needs no second telling."""
    known = {each.code for each in causes if each.severity is Severity.CRITICAL}
    repeated = known | ({"spf.syntax"} if known else set())
    if "spf.loop" in known:  # whoever goes in a circle ends at this limit
        repeated.add("spf.lookup-limit")
    return (*(each for each in verdicts if each.code not in repeated), *causes)


def with_findings(outcome: CheckOutcome, more: Iterable[Finding]) -> CheckOutcome:
    """The outcome with more findings, and the status that follows from all."""
    findings = worst_first((*outcome.findings, *more))
    return replace(outcome, findings=findings, status=status_of(findings))
