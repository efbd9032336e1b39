"""What is wrong with a list's SPF, in words that need no knowledge of SPF. Pure.

One cause gives one finding: an address that fails because the record is void in another way is not named twice.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Network
from typing import Final

from monitor.model.dns import DnsQuestion, Identity, IpAddress, SpfLimit, SpfOutcome, SpfResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import can_be_named
from monitor.spf.facts import SpfFacts
from monitor.spf.limits import VOID_LIMIT
from monitor.spf.void import only_without_ipv6, void_evidence, void_questions, why_void

PREFIX_OF_A_HOST: Final = 64  # bits; one link, so one host or its neighbours (RFC 4291 section 2.5.4)
NOT_AUTHORISED: Final = frozenset({SpfResult.FAIL, SpfResult.SOFTFAIL, SpfResult.NEUTRAL})

_COUNTED: Final = {
    SpfLimit.LOOKUPS: "DNS lookups",
    SpfLimit.VOID: "fruitless DNS lookups",
    SpfLimit.NAMES: "MX hosts",
}


def spf_findings(facts: SpfFacts) -> tuple[Finding, ...]:
    """The findings about these facts; those that a suggested record would end have no fix of their own."""
    return (*_record(facts), *_helo(facts), *_outbound(facts), *_type99(facts))


def _record(facts: SpfFacts) -> Iterator[Finding]:
    if facts.records is None:
        yield Finding(
            code="dns.temperror",
            severity=Severity.UNKNOWN,
            message=f"DNS gave no usable answer for {facts.domain}, so whether it has an SPF record is not known now.",
            evidence={"identity": Identity.MAILFROM.value, "domain": facts.domain, "trouble": facts.trouble},
            reference="RFC 7208 section 4.4",
        )
        return
    if not facts.records:
        return  # why there is none is told by its place
    if len(facts.records) > 1:
        yield Finding(
            code="spf.multiple",
            severity=Severity.CRITICAL,
            message=f"{facts.domain} has {len(facts.records)} SPF records where only one may be. "
            "Receivers then use none of them: every message fails with a permanent error.",
            evidence={"domain": facts.domain, "records": list(facts.records)},
            fix=Fix(
                action=FixAction.ASK,
                name=f"who publishes {facts.domain}",
                type="",
                value="Which of the SPF records is right? It has to name every address, and the others have to go.",
            ),
            reference="RFC 7208 section 4.5",
        )
        return
    yield from _evaluations(facts)


def _evaluations(facts: SpfFacts) -> Iterator[Finding]:
    mailfrom = facts.of(Identity.MAILFROM)
    broken = [each for each in mailfrom if each.result is SpfResult.PERMERROR]
    outside = [each for each in mailfrom if each.result in NOT_AUTHORISED]
    unknown = [each for each in mailfrom if each.result is SpfResult.TEMPERROR]
    if broken:
        yield _permerror(facts, broken, mailfrom)
    if outside:
        yield _not_authorised(facts, outside, mailfrom)
    if (divergence := _divergence(facts, mailfrom)) is not None:
        yield divergence
    if unknown:
        yield Finding(
            code="dns.temperror",
            severity=Severity.UNKNOWN,
            message=f"DNS did not answer while the SPF record of {facts.domain} was followed for {_list(unknown)}. "
            "A receiver that meets the same puts the mail off or counts it as unauthenticated.",
            evidence={
                "identity": Identity.MAILFROM.value,
                "addresses": _texts(unknown),
                "problem": unknown[0].problem,
            },
            reference="RFC 7208 section 8.6",
        )
    differing = [each for each in mailfrom if each.result is not each.lenient_result]
    if differing:
        yield _disagreement(differing)


def _disagreement(differing: Sequence[SpfOutcome]) -> Finding:
    """Strict and lenient verdicts that differ: which limit makes the difference, and at which term."""
    first = differing[0]
    counted = _COUNTED[first.limit or SpfLimit.LOOKUPS]
    return Finding(
        code="spf.verifier-disagreement",
        severity=Severity.WARNING,
        message=f"Receivers do not agree on {_list(differing)}: those that count {counted} strictly say {first.result}, "
        f"those that do not say {first.lenient_result}. {first.problem}.",
        evidence={
            "addresses": _texts(differing),
            "lookups": max(each.lookups for each in differing),
            "void_lookups": max(each.void for each in differing),
            "problem": first.problem,
        },
        reference="RFC 7208 section 4.6.4",
    )


def _divergence(facts: SpfFacts, mailfrom: Sequence[SpfOutcome]) -> Finding | None:
    """IPv4 worse off than IPv6, or both with different failures; the usual case has findings of its own."""
    known = [each for each in mailfrom if each.result is not SpfResult.TEMPERROR]
    four, six = ([each for each in known if each.family == family] for family in (4, 6))
    results = {each.result for each in four}, {each.result for each in six}
    if not four or not six or results[0] == results[1] or results[0] == {SpfResult.PASS}:
        return None
    other = "passes" if results[1] == {SpfResult.PASS} else f"gives {six[0].result}"
    return Finding(
        code="spf.family-divergence",
        severity=Severity.WARNING,
        message=f"The same mail fares differently by address family: from {_list(four)} SPF gives {four[0].result} "
        f"(by {four[0].mechanism or four[0].problem or 'no term'}), from {_list(six)} it {other} "
        f"(by {six[0].mechanism or six[0].problem or 'no term'}).",
        evidence={"record": facts.record, "ipv4": four[0].result.value, "ipv6": six[0].result.value},
        reference="RFC 7208 section 5",
    )


def _only_over_ipv6(outcomes: Sequence[SpfOutcome], mailfrom: Sequence[SpfOutcome]) -> bool:
    """Whether these are all of IPv6, while mail over IPv4 passes."""
    passing4 = any(each.family == 4 and each.result is SpfResult.PASS for each in mailfrom)
    return passing4 and all(each.family == 6 for each in outcomes)


def _costs_only_ipv6(
    facts: SpfFacts, broken: Sequence[SpfOutcome], lines: Sequence[DnsQuestion], *, passing4: bool
) -> bool:
    """Whether the same record does for every client of IPv4; that some pass by an early term does not show it."""
    return (
        facts.void4 <= VOID_LIMIT
        and all(each.family == 6 for each in broken)
        and (passing4 or only_without_ipv6(lines, facts.denied))
    )


def _permerror(facts: SpfFacts, broken: Sequence[SpfOutcome], mailfrom: Sequence[SpfOutcome]) -> Finding:
    """By which limit, or by what else, the record cannot be used."""
    first, section = broken[0], "4.6.4"
    spent: dict[str, int | list[str]] = {}
    if first.limit is SpfLimit.VOID:
        lines = void_questions(broken)
        spent = {"void_lookups": first.void, "void": void_evidence(lines)}
        passing4 = _only_over_ipv6(broken, mailfrom)
        only6 = _costs_only_ipv6(facts, broken, lines, passing4=passing4)
        code = "spf.void-over-ipv6-only" if only6 else "spf.void-limit"
        over4 = "mail over IPv4 passes" if passing4 else "a client of IPv4 would meet no such fault"
        message = (
            f"Mail from {_list(broken)} fails SPF with a permanent error"
            + (f", though {over4}" if only6 else "")
            + f": of what the SPF record of {facts.domain} asks for, {why_void(lines, facts.denied)}. More than two such fruitless "
            "lookups end the check."
        )
    elif first.limit is SpfLimit.LOOKUPS:
        spent = {"lookups": first.lookups}
        code = "spf.lookup-limit"
        message = (
            f"The SPF record of {facts.domain} costs more than ten DNS lookups. Receivers end the check there "
            "with a permanent error."
        )
    else:
        code, section = "spf.syntax", "4.6"
        message = f"The SPF record of {facts.domain} cannot be used, so that every message fails: {first.problem}."
    return Finding(
        code=code,
        severity=Severity.CRITICAL,
        message=message,
        evidence={"record": facts.record, "addresses": _texts(broken), "problem": first.problem, **spent},
        reference=f"RFC 7208 section {section}",
    )


def _not_authorised(facts: SpfFacts, outside: Sequence[SpfOutcome], mailfrom: Sequence[SpfOutcome]) -> Finding:
    alone = len(outside) == 1
    if _only_over_ipv6(outside, mailfrom):
        code = "spf.ipv6-not-covered"
        message = (
            f"Mail from {_list(outside)} does not pass SPF: the record of {facts.domain} covers its IPv4 addresses "
            f"but not {'this one' if alone else 'these'}. Receivers that take mail over IPv6 refuse it or put it off."
        )
    else:
        code = "spf.address-not-authorised"
        message = (
            f"Mail from {_list(outside)} does not pass SPF ({outside[0].result}): the record of {facts.domain} does "
            f"not name {'it' if alone else 'them'}."
        )
    return Finding(
        code=code,
        severity=Severity.CRITICAL,
        message=message,
        evidence={
            "record": facts.record,
            "addresses": _texts(outside),
            "results": [each.result.value for each in outside],
            "mechanism": outside[0].mechanism,
        },
        reference="RFC 7208 section 5.6",
    )


def _helo(facts: SpfFacts) -> Iterator[Finding]:
    """HELO names whose own SPF record refuses the host that says them; without a record there is nothing to say."""
    others = [each for each in facts.of(Identity.HELO) if each.domain != facts.domain]  # that was said above
    unknown = [each for each in others if each.result is SpfResult.TEMPERROR]
    if unknown:
        yield Finding(
            code="dns.temperror",
            severity=Severity.UNKNOWN,
            message=f"DNS did not answer while the SPF record of {unknown[0].domain}, the name in EHLO, was followed for "
            f"{_list(unknown)}. A receiver that meets the same may put the mail off.",
            evidence={"helo": unknown[0].domain, "addresses": _texts(unknown), "problem": unknown[0].problem},
            reference="RFC 7208 section 2.3",
        )
    broken = [each for each in others if each.result is SpfResult.PERMERROR]
    refused = [each for each in others if each.result is SpfResult.FAIL]
    if broken:
        why = f"whose own SPF record cannot be used: {(broken[0].problem or '').removesuffix('.')}."
        yield _helo_refused(broken, why, "Mend the SPF record of that name.")
    if refused:
        why = f"but that name's own SPF record does not let {_list(refused)} use it."
        named = [each for each in refused if can_be_named(each.client_ip)]
        what = f"Name {_list(named)} in the SPF record of that name." if named else None
        yield _helo_refused(refused, why, what)


def _helo_refused(outcomes: Sequence[SpfOutcome], why: str, what: str | None) -> Finding:
    helo = outcomes[0].domain
    return Finding(
        code="helo.not-authorised",
        severity=Severity.WARNING,
        message=f"The server greets as {helo}, {why} Bounces, which have no sender, are checked by it.",
        evidence={"helo": helo, "addresses": _texts(outcomes), "result": outcomes[0].result.value},
        fix=None if what is None else Fix(action=FixAction.ASK, name=f"who publishes {helo}", type="", value=what),
        reference="RFC 7208 section 2.3",
    )


def _outbound(facts: SpfFacts) -> Iterator[Finding]:
    """Where the addresses that the receiver saw are not those that the configuration declares."""
    networks = {
        IPv6Network((int(each), PREFIX_OF_A_HOST), strict=False): each for each in facts.declared if each.version == 6
    }
    for address in facts.observed:
        if address in facts.declared:
            continue
        kin = next((each for network, each in networks.items() if address in network), None)
        yield Finding(
            code="outbound.undeclared",
            severity=Severity.WARNING,
            message=f"The list's mail also leaves from {address}, which is not among its declared addresses. "
            + (
                f"It lies in the same /64 as {kin}: the server changes its address. Give it a fixed one for mail."
                if kin
                else "Declare it, so that it is checked, or find out who sends there."
            ),
            evidence={"client_ip": str(address), "same_network_as": None if kin is None else str(kin)},
            fix=_declare(address, kin),
            reference="RFC 8981 section 3" if kin else "RFC 7208 section 2.5",
        )
    unused = [each for each in facts.declared if each.version == 6 and each not in facts.observed]
    if facts.observed and unused:
        yield Finding(
            code="outbound.unused",
            severity=Severity.INFO,
            message=f"No probe left from {', '.join(map(str, unused))} lately, though the configuration declares it.",
            evidence={"addresses": [str(each) for each in unused]},
            reference="RFC 7208 section 2.5",
        )


def _declare(address: IpAddress, kin: IpAddress | None) -> Fix:
    """A fixed address for a host that changes its own; else the declaration."""
    if kin is not None:
        value = (
            f"Let it send from {kin} always, not from an address that it makes up (a temporary or stable-privacy one)."
        )
        return Fix(action=FixAction.CHANGE, name="the mail server's address", type="", value=value)
    value = f"If {address} sends the list's mail, add it to `outbound`; if not, find out who sends from there."
    return Fix(action=FixAction.CHANGE, name="the list's configuration", type="", value=value)


def _type99(facts: SpfFacts) -> Iterator[Finding]:
    if facts.type99:
        alone = facts.records == ()
        differs = bool(facts.records) and set(facts.type99) != set(facts.records or ())
        yield Finding(
            code="spf.type-99",
            severity=Severity.INFO,
            message=f"{facts.domain} {'publishes its record only' if alone else 'also publishes its record'} under the DNS "
            "type SPF, which was given up and is not asked for"
            + (", and which says something else than the TXT record." if differs else "."),
            evidence={"records": list(facts.type99)},
            fix=Fix(
                action=FixAction.REMOVE,
                name=f"every record of type SPF at {facts.domain}",
                type="",
                value="Keep the TXT record only." if facts.records else "What it says has to stand in a TXT record.",
            ),
            reference="RFC 7208 section 3.1",
        )


def _texts(outcomes: Sequence[SpfOutcome]) -> list[str]:
    return [str(each.client_ip) for each in outcomes]


def _list(outcomes: Sequence[SpfOutcome]) -> str:
    """The addresses in a sentence."""
    texts = _texts(outcomes)
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
