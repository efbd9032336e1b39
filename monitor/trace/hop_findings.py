"""What is wrong on a message's way, each with what to do."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import can_be_named
from monitor.trace.authentication import AuthenticationResult
from monitor.trace.boundary import Path, admd_name

# How bad an SPF result at the border is, and what it says; pass says nothing (RFC 7208 section 8).
_SPF: Final = {
    "fail": (Severity.CRITICAL, "section 8.4"),
    "permerror": (Severity.CRITICAL, "section 8.7"),
    "softfail": (Severity.WARNING, "section 8.5"),
    "neutral": (Severity.WARNING, "section 8.2"),
    "none": (Severity.WARNING, "section 8.1"),
}
_TEMPERROR: Final = frozenset({"temperror", "error"})  # "error" is what RFC 4408 called it
_NOT_PASS: Final = frozenset(_SPF) | _TEMPERROR | {"hardfail", "policy"}


def hop_findings(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    """What the way of a message shows.

    Only what the recipient's domain wrote itself is believed (RFC 8601 section 1.2).
    """
    yield from _spf_at_the_boundary(path, results)
    yield from _spf_inside(path, results)
    yield from _ipv4_to_ipv6_inside(path)
    yield from _other_methods(results)
    yield from _strangers(path, results)


def _spf_at_the_boundary(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    seen = set()
    for each in results:
        if each.method != "spf" or each.where != "boundary" or not _believed(each) or each.result in seen:
            continue
        seen.add(each.result)
        evidence = _evidence(each)
        if each.result in _TEMPERROR:
            yield Finding(
                code="hop.spf-temperror",
                severity=Severity.UNKNOWN,
                message=f"{_who(path)} could not finish its SPF check: DNS did not answer in time. "
                "That says nothing about the record. See that all name servers of the domain answer over IPv4 and IPv6.",
                evidence=evidence,
                reference="RFC 7208 section 8.6 and appendix G.4",
            )
        elif each.result in _SPF:
            severity, section = _SPF[each.result]
            address = f" for {each.client_ip}" if each.client_ip is not None else ""
            owner = each.domain or "the reverse-path's domain"
            advice = (
                f"Publish an SPF record at {owner} that names every address the list's mail leaves from."
                if each.result == "none"
                else f"If that address sends the list's mail, authorise it in the SPF record of {owner}."
            )
            yield Finding(
                code="hop.spf-fail",
                severity=severity,
                message=f"{_who(path)} checked SPF at its border and got {each.result}{address}. {advice}",
                evidence=evidence,
                fix=_authorise(each),
                reference=f"RFC 7208 {section}",
            )


def _authorise(result: AuthenticationResult) -> Fix | None:
    """What to change at the reverse-path's domain: a message does not tell what else its record has to say."""
    if result.client_ip is None or not can_be_named(result.client_ip):
        return None
    domain = result.domain or "the reverse-path's domain"
    return Fix(
        action=FixAction.CHANGE,
        name=f"the SPF record of {domain}",
        type="",
        value=f"If {result.client_ip} sends the list's mail, name it there: `staysub check` says how.",
    )


def _spf_inside(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    at_border = next((each for each in results if each.method == "spf" and each.where == "boundary"), None)
    seen = set()
    for each in results:
        if each.method != "spf" or each.where != "inside" or each.result not in _NOT_PASS:
            continue
        if (each.hop, each.result) in seen:
            continue
        seen.add((each.hop, each.result))
        admd = next((placed.admd for placed in path.hops if placed.hop.n == each.hop), path.admd)
        before = f" At the border it was {at_border.result}." if at_border is not None else ""
        yield Finding(
            code="hop.spf-inside-boundary",
            severity=Severity.WARNING,
            message=f"SPF was checked again inside {admd_name(admd) or 'the domain'}, against "
            f"{each.client_ip or 'an inside address'}, which is not the address that the mail came from: the result "
            f"{each.result} is false and says nothing about the list.{before} "
            "Nothing can be mended in DNS; show this to the receiver's postmaster.",
            evidence=_evidence(each) | {"at_boundary": at_border.result if at_border is not None else None},
            fix=Fix(
                action=FixAction.ASK,
                name=f"postmaster of {admd_name(admd)}",
                type="",
                value="check SPF at the border only",
            ),
            reference="RFC 7208 appendix F and section 2.5",
        )


def _ipv4_to_ipv6_inside(path: Path) -> Iterator[Finding]:
    entry = path.entry
    if entry is None or entry.hop.client_ip is None or entry.hop.client_ip.version != 4:
        return
    inside = next(
        (each.hop for each in path.hops if path.is_inside(each.hop.n) and each.hop.client_ip is not None and each.hop.client_ip.version == 6),
        None,
    )  # fmt: skip
    if inside is not None:
        yield Finding(
            code="hop.ipv4-to-ipv6-inside",
            severity=Severity.INFO,
            message=f"The mail entered {admd_name(path.admd)} over IPv4 and went on over IPv6 between its own hosts. "
            "A check made there would see an inside address: only what was written at the border counts.",
            evidence={
                "entered_from": str(entry.hop.client_ip),
                "entered_hop": entry.hop.n,
                "inside_address": str(inside.client_ip),
                "inside_hop": inside.n,
            },
            reference="RFC 7208 appendix F",
        )


def _other_methods(results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    seen = set()
    for each in results:
        if not _believed(each) or each.field.startswith("arc-") or each.method not in {"dkim", "dmarc", "iprev"}:
            continue
        if each.result in {"pass", "none", "bestguesspass", "neutral", "unknown"} or each.method in seen:
            continue
        good = {other.method for other in results if _believed(other) and other.result == "pass"}
        if each.method in good:
            continue  # one passing signature is enough (RFC 6376 section 6.1)
        seen.add(each.method)
        unknown = each.result in {"temperror", "error"}
        yield Finding(
            code=f"hop.{each.method}-{'temperror' if unknown else 'fail'}",
            severity=Severity.UNKNOWN if unknown else Severity.WARNING,
            message=f"The receiver's {each.method.upper()} check gave {each.result}.",
            evidence=_evidence(each),
            reference={
                "dkim": "RFC 6376 section 6.1",
                "dmarc": "RFC 9989 section 5",
                "iprev": "RFC 8601 section 2.7.3",
            }[each.method],
        )


def _strangers(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    forged = [each for each in results if each.forged]
    if forged:
        yield Finding(
            code="hop.authentication-forged",
            severity=Severity.WARNING,
            message=f"The message already carried authentication results in the name of {_who(path)} when it came in. "
            "They are left over or forged, and are not believed.",
            evidence={"authserv_id": forged[0].authserv_id, "results": len(forged)},
            reference="RFC 8601 sections 5 and 7.1",
        )

    unproven = [each for each in results if each.unproven]
    if unproven:
        yield Finding(
            code="hop.authentication-unproven",
            severity=Severity.INFO,
            message=f"Results in the name of {unproven[0].authserv_id} stand directly below its own Received field. Filters at "
            "Postfix write there, but a sender can too. They are true if that server deletes such fields from outside.",
            evidence={"authserv_id": unproven[0].authserv_id, "results": len(unproven)},
            reference="RFC 8601 section 5",
        )


def _believed(result: AuthenticationResult) -> bool:
    """Whether a bad result counts: nobody forges one against himself."""
    return result.trusted or result.unproven


def _who(path: Path) -> str:
    return admd_name(path.admd) or "The receiver"


def _evidence(result: AuthenticationResult) -> dict[str, str | int | float | bool | list[str] | None]:
    return {
        "result": result.result,
        "client_ip": str(result.client_ip) if result.client_ip is not None else None,
        "domain": result.domain,
        "hop": result.hop,
        "authserv_id": result.authserv_id,
        "field": result.field,
    }
