"""Records to publish at names that are aliases: beside a CNAME no other record can stand (RFC 1034 section 3.6.2)."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.memory import Overlay
from monitor.dns.name import normal
from monitor.errors import DnsUnavailable
from monitor.model.findings import Finding, Fix, FixAction
from monitor.model.organisation import organisation
from monitor.phrase.phrase import Phrase, joined, say
from monitor.spf.draft import joined as record_of
from monitor.spf.fix import mechanism
from monitor.spf.gate import sound
from monitor.spf.record import VERSION
from monitor.spf.tree import build_tree

ALIASES_MAX: Final = 16  # CNAME records followed from one name; as far as the resolver follows them
_PUBLISHED: Final = {FixAction.PUBLISH, FixAction.CHANGE, FixAction.REMOVE}


def canonical(resolver: Resolver, name: str) -> str:
    """The name at which the records of a name stand: its own, or that which its CNAME leads to in the end.

    The name itself where the aliases do not end, and where DNS does not answer.
    """
    at, seen = normal(name), {normal(name)}
    while len(seen) <= ALIASES_MAX:
        try:
            target = next(iter(resolver.lookup(at, "CNAME").strings), None)
        except DnsUnavailable:
            return normal(name)
        if target is None:
            return at
        at = normal(target)
        if at in seen:
            break
        seen.add(at)
    return normal(name)


def with_places(findings: Iterable[Finding], resolver: Resolver) -> tuple[Finding, ...]:
    """The findings, with each record to publish at the name where it can stand; why is told once a name."""
    told: set[str] = set()
    return tuple(_placed(each, resolver, told) for each in findings)


def _placed(finding: Finding, resolver: Resolver, told: set[str]) -> Finding:
    fix, name = finding.fix, _owner_name(finding)
    target = canonical(resolver, name) if name else ""
    if not name or target == normal(name):
        return finding
    ours = organisation(target) == organisation(name)
    instead = "" if ours else _instead(finding, resolver, name, target)
    if instead:
        value = say("Replace the CNAME record of {name} by this TXT record: {record}", name=name, record=instead)
        return replace(
            finding,
            evidence={**finding.evidence, "alias_of": target},
            fix=Fix(action=FixAction.ASK, name=say("whoever publishes {domain}", domain=name), type="", value=value),
        )
    sentence = "" if name in told else _sentence(finding, name, target, ours=ours)
    told.add(name)
    return replace(
        finding,
        message=joined(" ", (finding.message, sentence)),
        evidence={**finding.evidence, "alias_of": target},
        fix=None if fix is None else _moved(finding, fix, name, target, ours=ours),
    )


def _instead(finding: Finding, resolver: Resolver, name: str, target: str) -> str:
    """The record that an alias of somebody else's SPF record is to be replaced by; "" where that is not what is wrong.

    It names the list's addresses and includes the record, which stays its owner's to change.
    """
    if finding.code not in {"spf.address-not-authorised", "spf.ipv6-not-covered"}:
        return ""
    addresses = finding.evidence["addresses"]
    terms = [mechanism(ip_address(str(each))) for each in addresses] if isinstance(addresses, list) else []
    text = record_of(VERSION, *terms, f"include:{target}", "-all")
    return text if sound(build_tree(Overlay(resolver, {(name, "TXT"): [text]}), name)) else ""


def replaced(findings: Iterable[Finding]) -> bool:
    """Whether an alias is to be replaced, so that no record may be published where it leads to."""
    return any("alias_of" in one.evidence and one.fix is not None and not one.fix.type for one in findings)


def _owner_name(finding: Finding) -> str:
    """The name that a finding wants a record at, or says that nothing is at; "" where it is about neither."""
    fix = finding.fix
    if fix is not None and fix.type and fix.action in _PUBLISHED:
        return fix.name
    return str(finding.evidence["domain"]) if finding.code in {"spf.none", "dns.no-such-domain"} else ""


def _sentence(finding: Finding, name: str, target: str, *, ours: bool) -> Phrase:
    parts = {"name": name, "target": target}
    if finding.code == "dns.no-such-domain":
        return say(
            "{name} is an alias (CNAME) of {target}, and that name does not exist: correct or remove the CNAME record.",
            **parts,
        )
    if ours:
        return say(
            "{name} is an alias (CNAME) of {target}, and nothing else can stand beside a CNAME (RFC 1034 section 3.6.2): "
            "publish it at {target}, or replace the CNAME by the records that it leads to and publish it at {name}.",
            **parts,
        )
    return say(
        "{name} is an alias (CNAME) of {target}, and nothing else can stand beside a CNAME (RFC 1034 section 3.6.2): ask "
        "whoever runs {target} to publish it there, or replace the CNAME by the records that it leads to and publish it at "
        "{name}.",
        **parts,
    )


def _moved(finding: Finding, fix: Fix, name: str, target: str, *, ours: bool) -> Fix:
    """The same record at the alias's target; asked for where that is somebody else's."""
    if finding.code == "dns.no-such-domain":
        who, what = (
            say("whoever publishes {domain}", domain=name),
            say("correct or remove the CNAME record of {name}", name=name),
        )
        return replace(fix, name=who, value=what)
    if fix.name != name:
        return fix
    if ours:
        return replace(fix, name=target)
    return replace(fix, name=say("whoever runs {host}", host=target), action=FixAction.ASK)
