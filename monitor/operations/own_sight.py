"""Whether we ourselves can see: where our resolver or network fails, no list is at fault."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.resolver import SystemResolver
from monitor.dns.witness import USUAL, WITHIN_S
from monitor.errors import DnsUnavailable
from monitor.evidence.checks.admission import unseen_by
from monitor.evidence.checks.sporadic import troubled, unanswered_name
from monitor.model.dns import PtrResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import say

# rcodes of a name server that did its work (RFC 2308 section 2): whoever gives one shows that our resolver can see.
ANSWERS: Final = frozenset({"NOERROR", "NXDOMAIN"})
CONTROLS: Final = 3  # domains that have nothing to do with the list; most of them decide
SILENT: Final = say(
    "Our own resolver or network does not answer: no question of this check was answered, and none about others."
)
PASSED: Final = say(
    "Our own resolver or network did not answer for a while: questions of this check failed together with those about "
    "unrelated domains."
)
NOT_KNOWN_WHOSE: Final = say(
    "Questions of this check were not answered and are by now, and nobody else was answered meanwhile: it is not known "
    "whether that was our own resolver or network."
)


def trouble_of_ours(resolver: Resolver) -> str | None:
    """Why we cannot see, where most of the late questions about unrelated domains failed: no list is at fault then."""
    return resolver.trouble() if isinstance(resolver, SystemResolver) else None


def saw(outcome: CheckOutcome) -> bool:
    """Whether any name server answered us: our own eyes are open."""
    answered = any(question.rcode in ANSWERS for result in outcome.results for question in result.trace)
    return answered or any(ptr.result is not PtrResult.TEMPERROR for ptr in outcome.ptrs)


def sees(outcome: CheckOutcome, resolver: Resolver) -> bool:
    """Whether this check shows that our resolver works."""
    if outcome.ours is not None:
        return False
    return bool(unseen_by(outcome)) or (saw(outcome) and not trouble_of_ours(resolver))


def fault_of_ours(
    outcome: CheckOutcome, resolver: Resolver, subscribers: Mapping[str, int], *, now: datetime, since: float
) -> str | None:
    """Why this check could not see, where that is our own fault; None where it saw, or where the list's DNS fails.

    A list whose names and reverse names all lie on the same dead servers looks as if nobody answered: so others are
    asked for before it is believed. A check in which our own outage began or ended had some answers: there the outage
    is ours where unrelated domains failed together with the list's, and either that is over by now or nobody answers;
    and nobody's where no unrelated domain was answered just then to show that we saw, and it is over by now.
    `since` is the second of the monotonic clock at which the check began.
    """
    if not outcome.results or not unseen_by(outcome):
        return None
    suspected = trouble_of_ours(resolver) or (None if saw(outcome) else SILENT)
    if suspected is None:
        unseen = _unseen_names(outcome)
        if not isinstance(resolver, SystemResolver):
            return None
        if resolver.failed_beside(unseen, since):
            suspected = PASSED
        elif resolver.answered_beside(unseen, since):
            return None
        else:
            suspected = NOT_KNOWN_WHOSE
        if any(_answers(resolver, name) for name in unseen):
            return suspected
    return None if _others_answer(outcome.domain, resolver, subscribers, now=now) else suspected


def blind_finding(why: str) -> Finding:
    """What a check says that could not see."""
    return Finding(
        code="resolver.blind",
        severity=Severity.UNKNOWN,
        message=why,
        reference="RFC 7208 section 2.6.6",
    )


def _others_answer(domain: str, resolver: Resolver, subscribers: Mapping[str, int], *, now: datetime) -> bool:
    """Whether most of a few unrelated domains answer, by names that no cache can hold: new ones each minute."""
    biggest = sorted((each for each in subscribers if "." in each), key=lambda each: (-subscribers[each], each))
    unrelated = (each for each in dict.fromkeys((*biggest, *USUAL)) if _whose(each) != _whose(domain))
    label = f"staysub-{int(now.timestamp()) // 60:x}"
    answered = failed = 0
    for other in islice(unrelated, CONTROLS):
        try:
            resolver.lookup(f"{label}.{other}", "A", timeout_s=WITHIN_S)
            answered += 1
        except DnsUnavailable:
            failed += 1
        if max(answered, failed) * 2 > CONTROLS:
            break
    return answered > failed


def _unseen_names(outcome: CheckOutcome) -> tuple[str, ...]:
    """The names that DNS trouble kept from this check, each once."""
    names = [unanswered_name(each) or each.domain for each in outcome.results if troubled(each)]
    names += [each.client_ip.reverse_pointer for each in outcome.ptrs if each.result is PtrResult.TEMPERROR]
    return tuple(dict.fromkeys(names))


def _answers(resolver: SystemResolver, name: str) -> bool:
    """Whether a name that did not answer does by now."""
    return resolver.answers_by_now(name, "PTR" if name.endswith(".arpa") else "TXT", timeout_s=WITHIN_S)


def _whose(name: str) -> str:
    return ".".join(name.lower().rstrip(".").split(".")[-2:])
