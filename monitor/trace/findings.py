"""What is wrong on a message's way, or what a bounce says, each with what to do."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.model import Finding, Fix, FixAction, Severity
from monitor.trace.authentication import AuthenticationResult
from monitor.trace.boundary import Path, admd_name
from monitor.trace.diagnosis import BounceClass, Diagnosis, is_lack_of_ipv6

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

_CLASS_SENTENCES: Final[dict[BounceClass, str]] = {
    "policy": "The refusal is about how the mail was sent, not about the subscriber's mailbox.",
    "address": "The address does not exist there (any more). Let the list remove it, or ask the subscriber for a new one.",
    "mailbox": "The mailbox exists but took nothing: full, disabled or too small. Wait; the list may count this.",
    "transient": "The receiver was not ready. Nothing is to be done unless it lasts.",
    "other": "The bounce does not say whose fault it is. Read its text.",
}


def hop_findings(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    """What the way of a message shows. Only what the recipient's domain wrote itself is believed (RFC 8601 section 1.2)."""
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
    if result.client_ip is None:
        return None
    return Fix(
        action=FixAction.CHANGE,
        name=result.domain or "the reverse-path's domain",
        type="TXT",
        value=f"ip{result.client_ip.version}:{result.client_ip}",
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
        if each.result in {"pass", "none", "bestguesspass", "neutral"} or each.method in seen:
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


def bounce_findings(diagnoses: Sequence[Diagnosis]) -> Iterator[Finding]:
    """What a bounce says: one finding a class and rule, the worst first."""
    groups: dict[tuple[str, str | None], list[Diagnosis]] = {}
    for each in diagnoses:
        if each.failure.action in {"failed", "delayed"}:
            groups.setdefault((each.kind, each.rule.id if each.rule else None), []).append(each)
    for members in groups.values():
        yield _about(members)
    wrongly = [each for each in diagnoses if each.counted_wrongly]
    if wrongly:
        yield Finding(
            code="bounce.counted-against-subscriber",
            severity=Severity.WARNING,
            message="List software will count this bounce against the subscriber, who can do nothing about it. "
            "Do not let it: reset the bounce score, or raise the threshold until the cause is mended.",
            evidence={"recipients": len(wrongly), "domains": _domains(wrongly)},
            reference="RFC 7372 section 4",
        )
    expired = [each for each in diagnoses if each.failure.action == "failed" and each.soft]
    if expired:
        yield Finding(
            code="bounce.soft-expired",
            severity=Severity.INFO,
            message="The receiver only asked to try again later; the mail server gave up when its queue time had run out. "
            "This is no dead address.",
            evidence={"recipients": len(expired), "domains": _domains(expired)},
            reference="RFC 5321 section 4.2.1 and 4.5.4.1",
        )


def _about(members: Sequence[Diagnosis]) -> Finding:
    first = members[0]
    delayed = all(each.failure.action == "delayed" for each in members)
    evidence: dict[str, str | int | float | bool | list[str] | None] = {
        "recipients": len(members),
        "domains": _domains(members),
        "status_code": first.failure.status_code,
        "reply": first.reply,
        "receiver": first.receiver,
        "rule": first.rule.id if first.rule is not None else None,
    }
    message, fix, reference = _CLASS_SENTENCES[first.kind], None, "RFC 3463 section 3"
    if first.kind == "policy" and first.rule is None:
        message = f"{message} {_advice(first)}"
    if first.rule is not None:
        topic = first.rule.topic
        message = f"{topic.about} {message}" if first.kind == "policy" else topic.about
        message = f"{message} {topic.remedy}"
        reference = "; ".join(first.rule.standards)
        evidence["about"] = first.rule.about
        owner = {"list": "the list", "author": "the author's domain", "receiver": "the receiver"}[first.rule.about]
        fix = Fix(
            action=FixAction.ASK if first.rule.about == "receiver" else FixAction.CHANGE,
            name=owner,
            type="",
            value=topic.remedy,
        )
    severity = {
        "policy": Severity.WARNING if delayed else Severity.CRITICAL,
        "address": Severity.WARNING,
        "mailbox": Severity.INFO,
        "transient": Severity.INFO,
        "other": Severity.UNKNOWN,
    }[first.kind]
    return Finding(
        code=f"bounce.{first.kind}", severity=severity, message=message, evidence=evidence, fix=fix, reference=reference
    )


def _advice(diagnosis: Diagnosis) -> str:
    if is_lack_of_ipv6(diagnosis.failure.diagnostic_code or ""):
        return "The receiver can only be reached over IPv6, which the list's mail server does not use. Give it IPv6."
    return "The reply follows no rule that we know: its text says what the receiver asks for."


def _domains(members: Sequence[Diagnosis]) -> list[str]:
    return sorted({each.failure.recipient_domain for each in members if each.failure.recipient_domain})


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
