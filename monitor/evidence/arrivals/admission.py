"""What receivers would have said of a message that came to us, by what was seen of it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

from monitor.admission.rules import RuleSet, admit
from monitor.evidence.checks.admission import facts_for_rules
from monitor.evidence.observation import Observation, observed
from monitor.model.dns import Identity
from monitor.model.evidence import Arrival, AuthResult, CanaryKind, DkimSignature, Seen

S = TypeVar("S", bound=Seen)


def travelling(mail: Iterable[S]) -> tuple[S, ...]:
    """Those that show how the list's mail travels, newest first: posts, and probes by its MTA; nothing else."""
    kinds = {CanaryKind.POST}
    found = [each for each in mail if not each.direct and (each.canary is None or each.canary.kind in kinds)]
    return tuple(sorted(found, key=attrgetter("received_at"), reverse=True))


def observations_of(arrivals: Iterable[Arrival], rules: RuleSet, *, source: str) -> Iterator[Observation]:
    """One a message and receiver, by the rules of the day it came."""
    for arrival in arrivals:
        mailfrom = next((result for result in arrival.spf if result.identity is Identity.MAILFROM), None)
        if mailfrom is None:
            continue
        facts = facts_for_rules(mailfrom, arrival.ptr, best_dkim(arrival.dkim), tls=arrival.tls_version is not None)
        for admission in admit(rules, facts, on=arrival.received_at.date()):
            yield observed(admission, at=arrival.received_at, source=source)


def best_dkim(signatures: Sequence[DkimSignature]) -> AuthResult:
    """One passing signature is enough (RFC 6376 section 6.1); DNS trouble with the only one is no failure."""
    results = {signature.result for signature in signatures}
    for best in (AuthResult.PASS, AuthResult.TEMPERROR):
        if best in results:
            return best
    return AuthResult.FAIL if results else AuthResult.NONE
