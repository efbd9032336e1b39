"""What each receiver would answer to given evidence on a given day: pure, from dated data."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from monitor.admission.data import POLICIES, Demand, Receiver, Rule, RuleSet, load_rules
from monitor.admission.replies import read_reply
from monitor.admission.shown import filled
from monitor.model.dns import IpAddress, PtrResult, SpfResult
from monitor.model.evidence import Admission, AdmissionAction, AuthResult
from monitor.phrase.phrase import say

__all__ = ["Evidence", "RuleSet", "admit", "load_rules"]

ANSWERS_KEPT: Final = 1024  # a few kilobytes each: the lists of a busy hour

# Why a receiver's answer is not known, by the fact that it hangs on.
UNDECIDED: Final = {
    "spf": say("it depends on SPF, for which DNS gave no usable answer"),
    "dkim": say("it depends on the DKIM signature of the mail, which DNS cannot tell; a probe can"),
    "dmarc": say("it depends on DMARC of the mail, which DNS alone cannot tell; a probe can"),
    "ptr": say("it depends on reverse DNS (PTR), for which DNS gave no usable answer"),
    "tls": say("it depends on TLS, which DNS cannot tell; a probe can"),
    "bulk": say(
        "it asks this of bulk alone, and how much mail it gets is not known: enter the list's subscribers by domain and "
        "its messages_per_day, and those of other lists that send in its domain's name (some receivers name no number: "
        "there it stays unknown)"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a receiver can look at. None is unknown, which no rule takes for a failure.

    `dkim` NONE is a message known to be unsigned. `ptr` is with forward confirmation (RFC 8601 section 2.7.3). `bulk`
    says whether the author domain sends a receiver so many messages a day that it asks more: (receiver id, yes or no);
    of a receiver that is not named it is not known. `domain`, the reverse-path's, and `helo` are for the words of a
    reply alone; "" is not known.
    """

    client_ip: IpAddress
    spf: SpfResult | None
    dkim: AuthResult | None
    ptr: PtrResult | None
    dmarc: AuthResult | None = None
    author_policy: str | None = None  # DMARC policy of the author domain; None also: no record
    tls: bool | None = None
    bulk: frozenset[tuple[str, bool]] = frozenset()
    one_click: bool | None = None  # RFC 8058
    from_form: bool | None = None  # RFC 5322 section 3.6.2
    domain: str = ""
    helo: str = ""

    def bulk_at(self, receiver: str) -> bool | None:
        """Whether the list's mail is bulk there; None where that is not known."""
        return dict(self.bulk).get(receiver)


@lru_cache(maxsize=ANSWERS_KEPT)
def admit(rules: RuleSet, evidence: Evidence, *, on: date) -> tuple[Admission, ...]:
    """One admission for each receiver that asks for anything on that day, in the order of the data.

    The first demand that is known not to be met decides; else one that cannot be decided makes it unknown; else the
    mail is accepted. The same is asked again and again, of each check and each arrival, so answers are kept.
    """
    return tuple(
        _admission(receiver, demands, evidence)
        for receiver in rules.receivers
        if (demands := [each for each in receiver.demands if on in each.span])
    )


def _admission(receiver: Receiver, demands: list[Demand], evidence: Evidence) -> Admission:
    family = evidence.client_ip.version
    bulk = evidence.bulk_at(receiver.id)
    asked = [
        each
        for each in demands
        if family in each.family
        and not (each.bulk and bulk is False)
        and (each.needs not in POLICIES or evidence.author_policy in POLICIES[each.needs])
    ]
    answers = [(demand, _answer(demand, evidence, bulk=bulk)) for demand in asked]
    failed = next((demand.rule for demand, answer in answers if answer is False), None)
    if failed is not None:
        action = AdmissionAction.DEFER if failed.permanence == "soft" else AdmissionAction.REJECT
    elif any(answer is None for _, answer in answers):
        action = AdmissionAction.UNKNOWN
    else:
        action = AdmissionAction.ACCEPT
    return Admission(
        receiver=receiver.id,
        client_ip=evidence.client_ip,
        action=action,
        reply=None if failed is None else reply(failed, evidence),
        rule=None if failed is None else failed.id,
        because=(*_because(asked, evidence), *_bulk_in_words(demands, family, bulk=bulk)),
        undecided=_undecided(answers, evidence, bulk=bulk) if action is AdmissionAction.UNKNOWN else (),
    )


def _answer(demand: Demand, evidence: Evidence, *, bulk: bool | None) -> bool | None:
    """Whether the demand is met; one of bulk is not known to be broken while nobody knows whether it is made."""
    answer = met(demand, evidence)
    return None if demand.bulk and bulk is None and not answer else answer


def met(demand: Demand, evidence: Evidence) -> bool | None:
    """Whether the evidence meets the demand; None where that is not known."""
    spf = _known(evidence.spf, SpfResult.PASS, SpfResult.TEMPERROR)
    dkim = _known(evidence.dkim, AuthResult.PASS, AuthResult.TEMPERROR)
    match demand.needs:
        case "ptr":
            return _known(evidence.ptr, PtrResult.PASS, PtrResult.TEMPERROR)
        case "spf":
            return spf
        case "dkim":
            return dkim
        case "spf-or-dkim":
            return True if spf or dkim else None if spf is None or dkim is None else False
        case "spf-not-fail":
            return None if spf is None else evidence.spf is not SpfResult.FAIL
        case "dmarc" | "dmarc-reject" | "dmarc-quarantine":
            return _known(evidence.dmarc, AuthResult.PASS, AuthResult.TEMPERROR)
        case "dmarc-record":
            return None if evidence.dmarc in (None, AuthResult.TEMPERROR) else evidence.dmarc is not AuthResult.NONE
        case "tls":
            return evidence.tls


def reply(rule: Rule, evidence: Evidence) -> str:
    """The rule's documented reply as the list would get it, its lines joined to one (RFC 5321 section 4.2.1)."""
    return read_reply(filled(rule.example, evidence.client_ip, domain=evidence.domain, helo=evidence.helo)).text


def _known(result: object, good: object, trouble: object) -> bool | None:
    """Whether a result is the good one; DNS trouble is not known (RFC 7208 section 2.6.6)."""
    return None if result is None or result == trouble else result == good


def _because(asked: list[Demand], evidence: Evidence) -> tuple[str, ...]:
    """The facts that the demands looked at, in words: `spf=fail`, `dkim=unknown`, `ptr=missing`."""
    looked = {fact for demand in asked for fact in _facts(demand)}
    return tuple(word for fact, word in _words(evidence).items() if fact in looked)


def _bulk_in_words(demands: list[Demand], family: int, *, bulk: bool | None) -> tuple[str, ...]:
    """Whether the mail is bulk there, where anything is asked of bulk."""
    if not any(each.bulk and family in each.family for each in demands):
        return ()
    return ("bulk=" + {None: "unknown", True: "yes", False: "no"}[bulk],)


def _undecided(answers: list[tuple[Demand, bool | None]], evidence: Evidence, *, bulk: bool | None) -> tuple[str, ...]:
    """The facts that are not known and that some demand hangs on; of bulk's demands first whether they are made."""
    hanging = [demand for demand, answer in answers if answer is None]
    open_ = {fact for demand in hanging if bulk or not demand.bulk for fact in _facts(demand)}
    facts = (fact for fact, word in _words(evidence).items() if word.endswith(("=unknown", "=temperror")))
    unsaid = bulk is None and any(demand.bulk for demand in hanging)
    return (*(fact for fact in facts if fact in open_), *(("bulk",) if unsaid else ()))


def _facts(demand: Demand) -> list[str]:
    """The facts that a demand looks at."""
    return [word for word in demand.needs.split("-") if word in UNDECIDED]


def _words(evidence: Evidence) -> dict[str, str]:
    """Each fact in words."""
    return {
        "spf": f"spf={evidence.spf or 'unknown'}",
        "dkim": f"dkim={evidence.dkim or 'unknown'}",
        "dmarc": f"dmarc={evidence.dmarc or 'unknown'}",
        "ptr": f"ptr={evidence.ptr or 'unknown'}",
        "tls": f"tls={ {None: 'unknown', True: 'pass', False: 'missing'}[evidence.tls] }",
    }
