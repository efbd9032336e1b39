"""Records to publish at names that are aliases: beside a CNAME no other record can stand (RFC 1034 section 3.6.2)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.name import normal
from monitor.errors import DnsUnavailable
from monitor.model.findings import Finding, Fix, FixAction
from monitor.model.organisation import organisation

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
    sentence = "" if name in told else f" {_sentence(finding, name, target, ours=ours)}"
    told.add(name)
    return replace(
        finding,
        message=f"{finding.message}{sentence}",
        evidence={**finding.evidence, "alias_of": target},
        fix=None if fix is None else _moved(finding, fix, name, target, ours=ours),
    )


def _owner_name(finding: Finding) -> str:
    """The name that a finding wants a record at, or says that nothing is at; "" where it is about neither."""
    fix = finding.fix
    if fix is not None and fix.type and fix.action in _PUBLISHED:
        return fix.name
    return str(finding.evidence["domain"]) if finding.code in {"spf.none", "dns.no-such-domain"} else ""


def _sentence(finding: Finding, name: str, target: str, *, ours: bool) -> str:
    alias = f"{name} is an alias (CNAME) of {target}"
    if finding.code == "dns.no-such-domain":
        return f"{alias}, and that name does not exist: correct or remove the CNAME record."
    ask = f"publish it at {target}" if ours else f"ask whoever runs {target} to publish it there"
    return (
        f"{alias}, and nothing else can stand beside a CNAME (RFC 1034 section 3.6.2): {ask}, or replace the CNAME by the "
        f"records that it leads to and publish it at {name}."
    )


def _moved(finding: Finding, fix: Fix, name: str, target: str, *, ours: bool) -> Fix:
    """The same record at the alias's target; asked for where that is somebody else's."""
    if finding.code == "dns.no-such-domain":
        return replace(fix, name=f"whoever publishes {name}", value=f"correct or remove the CNAME record of {name}")
    if fix.name != name:
        return fix
    return replace(fix, name=target) if ours else replace(fix, name=f"whoever runs {target}", action=FixAction.ASK)
