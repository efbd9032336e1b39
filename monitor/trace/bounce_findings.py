"""What a bounce says, each with what to do."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.trace.diagnosis import BounceClass, Diagnosis, is_lack_of_ipv6

_CLASS_SENTENCES: Final[dict[BounceClass, str]] = {
    "policy": "The refusal is about how the mail was sent, not about the subscriber's mailbox.",
    "address": "The address does not exist there (any more). Let the list remove it, or ask the subscriber for a new one.",
    "mailbox": "The mailbox exists but took nothing: full, disabled or too small. Wait; the list may count this.",
    "transient": "The receiver was not ready. Nothing is to be done unless it lasts.",
    "other": "The bounce does not say whose fault it is. Read its text.",
}


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
