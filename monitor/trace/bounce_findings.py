"""What a bounce says, each with what to do."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.model.dns import IpAddress, read_address
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, joined, say
from monitor.trace.bounce_class import BounceClass
from monitor.trace.boundary import admd_name, admd_of_host
from monitor.trace.diagnosis import Diagnosis, is_lack_of_ipv6
from monitor.trace.gateway import gateway_judged, is_internal_address, judges_the_client

_CLASS_SENTENCES: Final[dict[BounceClass, Phrase]] = {
    "policy": say("The refusal is about how the mail was sent, not about the subscriber's mailbox."),
    "address": say(
        "The address does not exist there (any more). Let the list remove it, or ask the subscriber for a new one."
    ),
    "mailbox": say("The mailbox exists but took nothing: full, disabled or too small. Wait; the list may count this."),
    "transient": say("The receiver was not ready. Nothing is to be done unless it lasts."),
    "other": say("The bounce does not say whose fault it is. Read its text."),
}
_OWNERS: Final = {
    "list": say("the list"),
    "author": say("the author's domain"),
    "receiver": say("the receiver"),
}


def bounce_findings(diagnoses: Sequence[Diagnosis]) -> Iterator[Finding]:
    """What a bounce says: one finding a class and rule, the worst first."""
    groups: dict[tuple[str, str | None, IpAddress | None], list[Diagnosis]] = {}
    for each in diagnoses:
        if each.failure.action in {"failed", "delayed"}:
            key = (each.kind, each.rule.id if each.rule else None, _judged_gateway(each))
            groups.setdefault(key, []).append(each)
    for (_, _, gateway), members in groups.items():
        yield _about(members) if gateway is None else _about_gateway(members, gateway)
    wrongly = [each for each in diagnoses if each.counted_wrongly]
    if wrongly:
        yield Finding(
            code="bounce.counted-against-subscriber",
            severity=Severity.WARNING,
            message=say(
                "List software will count this bounce against the subscriber, who can do nothing about it. "
                "Do not let it: reset the bounce score, or raise the threshold until the cause is mended."
            ),
            evidence={"recipients": len(wrongly), "domains": _domains(wrongly)},
            reference="RFC 7372 section 4",
        )
    expired = [each for each in diagnoses if each.failure.action == "failed" and each.soft]
    if expired:
        yield Finding(
            code="bounce.soft-expired",
            severity=Severity.INFO,
            message=say(
                "The receiver only asked to try again later; the mail server gave up when its queue time had run out. "
                "This is no dead address."
            ),
            evidence={"recipients": len(expired), "domains": _domains(expired)},
            reference="RFC 5321 section 4.2.1 and 4.5.4.1",
        )


def _about(members: Sequence[Diagnosis]) -> Finding:
    first = members[0]
    delayed = all(each.failure.action == "delayed" for each in members)
    evidence = _evidence(members)
    message, fix, reference = _CLASS_SENTENCES[first.kind], None, "RFC 3463 section 3"
    if first.kind == "policy" and first.rule is None:
        message = joined(" ", (message, _advice(first)))
    if first.rule is not None:
        topic = first.rule.topic
        message = joined(" ", (topic.about, message if first.kind == "policy" else "", topic.remedy))
        reference = "; ".join(first.rule.standards)
        evidence["about"] = first.rule.about
        fix = Fix(
            action=FixAction.ASK if first.rule.about == "receiver" else FixAction.CHANGE,
            name=_OWNERS[first.rule.about],
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


def _judged_gateway(diagnosis: Diagnosis) -> IpAddress | None:
    """The internal address that the receiver took for the client's; None where it saw the client.

    A host that we reach at an internal address is a relay of our own network, and sees us by ours.
    """
    reply = diagnosis.reply or ""
    by_rule = diagnosis.rule is not None and diagnosis.rule.topic.id.startswith(("spf", "ptr"))
    if diagnosis.kind != "policy" or not (by_rule or judges_the_client(reply)):
        return None
    remote = diagnosis.failure.remote_address or _address_in(diagnosis.failure.remote_mta or "")
    if remote is not None and is_internal_address(remote):
        return None
    return gateway_judged(reply)


def _about_gateway(members: Sequence[Diagnosis], gateway: IpAddress) -> Finding:
    """A refusal for what the receiver's own network does: nothing for the list to mend."""
    host = (members[0].failure.remote_mta or "").partition(" ")[0]
    who = admd_name(admd_of_host(host)) or next(iter(_domains(members)), _OWNERS["receiver"])
    return Finding(
        code="bounce.policy",
        severity=Severity.WARNING,
        message=say(
            "The receiver, {who}, judged {address}, an address inside its own network: a gateway there (address "
            "translation, a container's network or a proxy) hides the address that the mail came from. Neither the "
            "subscriber nor the list can mend that. Show this to the receiver's postmaster.",
            who=who,
            address=gateway,
        ),
        evidence=_evidence(members) | {"client_ip": str(gateway), "about": "receiver"},
        fix=Fix(
            action=FixAction.ASK,
            name=say("postmaster of {domain}", domain=who),
            type="",
            value=say("let the mail server see the client's address; it sees {address}", address=gateway),
        ),
        reference="RFC 7208 section 2.5; RFC 6890",
    )


def _evidence(members: Sequence[Diagnosis]) -> dict[str, str | int | float | bool | list[str] | None]:
    first = members[0]
    return {
        "recipients": len(members),
        "domains": _domains(members),
        "status_code": first.failure.status_code,
        "reply": first.reply,
        "receiver": first.receiver,
        "rule": first.rule.id if first.rule is not None else None,
    }


def _address_in(remote_mta: str) -> IpAddress | None:
    """The address beside a host's name, as in "mx.example.net [192.0.2.1]"."""
    words = (word.strip("[](),").removeprefix("IPv6:") for word in remote_mta.split())
    return next((address for word in words if (address := read_address(word)) is not None), None)


def _advice(diagnosis: Diagnosis) -> Phrase:
    if is_lack_of_ipv6(diagnosis.failure.diagnostic_code or ""):
        return say(
            "The receiver can only be reached over IPv6, which the list's mail server does not use. Give it IPv6."
        )
    return say("The reply follows no rule that we know: its text says what the receiver asks for.")


def _domains(members: Sequence[Diagnosis]) -> list[str]:
    return sorted({each.failure.recipient_domain for each in members if each.failure.recipient_domain})
