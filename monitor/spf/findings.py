"""What is wrong with a list's SPF, in words that need no knowledge of SPF. Pure.

One cause gives one finding: an address that fails because the record is void in another way is not named twice.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.model.dns import DnsQuestion, Identity, SpfLimit, SpfOutcome, SpfResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, joined, plural, say, sentence
from monitor.spf.facts import SpfFacts
from monitor.spf.host_findings import addresses, given_up_findings, helo_findings, outbound_findings, texts
from monitor.spf.limits import VOID_LIMIT
from monitor.spf.void import only_without_ipv6, void_evidence, void_questions, why_void

NOT_AUTHORISED: Final = frozenset({SpfResult.FAIL, SpfResult.SOFTFAIL, SpfResult.NEUTRAL})

_COUNTED: Final = {
    SpfLimit.LOOKUPS: say("DNS lookups"),
    SpfLimit.VOID: say("fruitless DNS lookups"),
    SpfLimit.NAMES: say("MX hosts"),
}


def spf_findings(facts: SpfFacts) -> tuple[Finding, ...]:
    """The findings about these facts; those that a suggested record would end have no fix of their own."""
    return (*_record(facts), *helo_findings(facts), *outbound_findings(facts), *given_up_findings(facts))


def _record(facts: SpfFacts) -> Iterator[Finding]:
    if facts.records is None:
        yield Finding(
            code="dns.temperror",
            severity=Severity.UNKNOWN,
            message=say(
                "DNS gave no usable answer for {domain}, so whether it has an SPF record is not known now.",
                domain=facts.domain,
            ),
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
            message=say(
                "{domain} has {n} SPF records where only one may be. "
                "Receivers then use none of them: every message fails with a permanent error.",
                domain=facts.domain,
                n=len(facts.records),
            ),
            evidence={"domain": facts.domain, "records": list(facts.records)},
            fix=Fix(
                action=FixAction.ASK,
                name=say("who publishes {domain}", domain=facts.domain),
                type="",
                value=say(
                    "Which of the SPF records is right? It has to name every address, and the others have to go."
                ),
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
            message=say(
                "DNS did not answer while the SPF record of {domain} was followed for {addresses}. "
                "A receiver that meets the same puts the mail off or counts it as unauthenticated.",
                domain=facts.domain,
                addresses=addresses(unknown),
            ),
            evidence={
                "identity": Identity.MAILFROM.value,
                "addresses": texts(unknown),
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
        message=joined(
            " ",
            (
                say(
                    "Receivers do not agree on {addresses}: those that count {counted} strictly say {strict}, "
                    "those that do not say {lenient}.",
                    addresses=addresses(differing),
                    counted=counted,
                    strict=first.result.value,
                    lenient=first.lenient_result.value,
                ),
                sentence(first.problem or ""),
            ),
        ),
        evidence={
            "addresses": texts(differing),
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
    parts = {
        "four": addresses(four),
        "result4": four[0].result.value,
        "by4": four[0].mechanism or four[0].problem or say("no term"),
        "six": addresses(six),
        "result6": six[0].result.value,
        "by6": six[0].mechanism or six[0].problem or say("no term"),
    }
    return Finding(
        code="spf.family-divergence",
        severity=Severity.WARNING,
        message=say(
            "The same mail fares differently by address family: from {four} SPF gives {result4} (by {by4}), "
            "from {six} it passes (by {by6}).",
            **parts,
        )
        if results[1] == {SpfResult.PASS}
        else say(
            "The same mail fares differently by address family: from {four} SPF gives {result4} (by {by4}), "
            "from {six} it gives {result6} (by {by6}).",
            **parts,
        ),
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
        message = _void(facts, broken, why_void(lines, facts.denied), only6=only6, passing4=passing4)
    elif first.limit is SpfLimit.LOOKUPS:
        spent = {"lookups": first.lookups}
        code = "spf.lookup-limit"
        message = say(
            "The SPF record of {domain} costs more than ten DNS lookups. Receivers end the check there "
            "with a permanent error.",
            domain=facts.domain,
        )
    else:
        code, section = "spf.syntax", "4.6"
        message = say(
            "The SPF record of {domain} cannot be used, so that every message fails: {problem}.",
            domain=facts.domain,
            problem=first.problem,
        )
    return Finding(
        code=code,
        severity=Severity.CRITICAL,
        message=message,
        evidence={"record": facts.record, "addresses": texts(broken), "problem": first.problem, **spent},
        reference=f"RFC 7208 section {section}",
    )


def _void(facts: SpfFacts, broken: Sequence[SpfOutcome], why: str, *, only6: bool, passing4: bool) -> Phrase:
    """That too many lookups found nothing, and whether that costs mail over IPv6 alone."""
    parts = {"addresses": addresses(broken), "domain": facts.domain, "why": why}
    if not only6:
        return say(
            "Mail from {addresses} fails SPF with a permanent error: of what the SPF record of {domain} asks for, {why}. "
            "More than two such fruitless lookups end the check.",
            **parts,
        )
    if passing4:
        return say(
            "Mail from {addresses} fails SPF with a permanent error, though mail over IPv4 passes: of what the SPF record "
            "of {domain} asks for, {why}. More than two such fruitless lookups end the check.",
            **parts,
        )
    return say(
        "Mail from {addresses} fails SPF with a permanent error, though a client of IPv4 would meet no such fault: of what "
        "the SPF record of {domain} asks for, {why}. More than two such fruitless lookups end the check.",
        **parts,
    )


def _not_authorised(facts: SpfFacts, outside: Sequence[SpfOutcome], mailfrom: Sequence[SpfOutcome]) -> Finding:
    parts = {"addresses": addresses(outside), "domain": facts.domain}
    if _only_over_ipv6(outside, mailfrom):
        code = "spf.ipv6-not-covered"
        message = plural(
            "Mail from {addresses} does not pass SPF: the record of {domain} covers its IPv4 addresses but not this one. "
            "Receivers that take mail over IPv6 refuse it or put it off.",
            "Mail from {addresses} does not pass SPF: the record of {domain} covers its IPv4 addresses but not these. "
            "Receivers that take mail over IPv6 refuse it or put it off.",
            len(outside),
            **parts,
        )
    else:
        code = "spf.address-not-authorised"
        message = plural(
            "Mail from {addresses} does not pass SPF ({result}): the record of {domain} does not name it.",
            "Mail from {addresses} does not pass SPF ({result}): the record of {domain} does not name them.",
            len(outside),
            result=outside[0].result.value,
            **parts,
        )
    return Finding(
        code=code,
        severity=Severity.CRITICAL,
        message=message,
        evidence={
            "record": facts.record,
            "addresses": texts(outside),
            "results": [each.result.value for each in outside],
            "mechanism": outside[0].mechanism,
        },
        reference="RFC 7208 section 5.6",
    )
