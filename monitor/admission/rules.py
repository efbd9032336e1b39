"""What each receiver would answer to given evidence on a given day: pure, from dated data."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.admission.data import Demand, Receiver, RuleSet, load_rules
from monitor.model import Admission, AdmissionAction, AuthResult, IpAddress, PtrResult, SpfResult

__all__ = ["Evidence", "RuleSet", "admit", "load_rules"]

# An address inside a documented reply: ours is put in its place.
_LINE_START: Final = re.compile(r"(?:^|(?<=\s))[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}\s|(?=\S))")
_QUOTED_ADDRESS: Final = re.compile(r"\[[0-9a-fA-F:.]+(?:\s+\d+)?\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a receiver can look at. None is unknown, which no rule takes for a failure.

    `dkim` NONE is a message known to be unsigned. `ptr` is with forward confirmation (RFC 8601 section 2.7.3).
    """

    client_ip: IpAddress
    spf: SpfResult | None
    dkim: AuthResult | None
    ptr: PtrResult | None
    dmarc: AuthResult | None = None
    tls: bool | None = None


def admit(rules: RuleSet, evidence: Evidence, *, on: date) -> tuple[Admission, ...]:
    """One admission a receiver, from the demands in force on that day.

    The first demand that is known not to be met decides; else one that cannot be decided makes it unknown; else the mail
    is accepted.
    """
    return tuple(_admission(receiver, evidence, on=on) for receiver in rules.receivers)


def _admission(receiver: Receiver, evidence: Evidence, *, on: date) -> Admission:
    asked = [each for each in receiver.demands if on in each.span and evidence.client_ip.version in each.family]
    answers = [(demand, met(demand, evidence)) for demand in asked]
    because = _because(asked, evidence)
    failed = next((demand for demand, answer in answers if answer is False), None)
    if failed is not None:
        soft = failed.rule.permanence == "soft"
        return Admission(
            receiver=receiver.id,
            client_ip=evidence.client_ip,
            action=AdmissionAction.DEFER if soft else AdmissionAction.REJECT,
            reply=reply(failed, evidence.client_ip),
            rule=failed.rule.id,
            because=because,
        )
    undecided = any(answer is None for _, answer in answers)
    return Admission(
        receiver=receiver.id,
        client_ip=evidence.client_ip,
        action=AdmissionAction.UNKNOWN if undecided else AdmissionAction.ACCEPT,
        because=because,
    )


def met(demand: Demand, evidence: Evidence) -> bool | None:
    """Whether the evidence meets the demand; None where that is not known."""
    spf = _known(evidence.spf, SpfResult.PASS, SpfResult.TEMPERROR)
    dkim = _known(evidence.dkim, AuthResult.PASS, AuthResult.TEMPERROR)
    if demand.needs == "ptr":
        return _known(evidence.ptr, PtrResult.PASS, PtrResult.TEMPERROR)
    if demand.needs == "spf":
        return spf
    if demand.needs == "dkim":
        return dkim
    return True if spf or dkim else None if spf is None or dkim is None else False


def reply(demand: Demand, client_ip: IpAddress) -> str:
    """The documented reply with our address in it, its lines joined to one (RFC 5321 section 4.2.1)."""
    first, *more = _LINE_START.split(_QUOTED_ADDRESS.sub(f"[{client_ip}]", demand.rule.example.strip()))
    start = _LINE_START.match(demand.rule.example)
    text = " ".join(part.strip() for part in [first, *more] if part.strip())
    return f"{start.group().strip().replace('-', ' ', 1)} {text}" if start else text


def _known(result: object, good: object, trouble: object) -> bool | None:
    """Whether a result is the good one; DNS trouble is not known (RFC 7208 section 2.6.6)."""
    return None if result is None or result == trouble else result == good


def _because(asked: list[Demand], evidence: Evidence) -> tuple[str, ...]:
    """The facts that the demands looked at, in words: `spf=fail`, `dkim=unknown`, `ptr=missing`."""
    words = {
        "spf": f"spf={evidence.spf or 'unknown'}",
        "dkim": f"dkim={evidence.dkim or 'unknown'}",
        "ptr": f"ptr={evidence.ptr or 'unknown'}",
    }
    looked = {fact for demand in asked for fact in words if fact in demand.needs}
    return tuple(word for fact, word in words.items() if fact in looked)
