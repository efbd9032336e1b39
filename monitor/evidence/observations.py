"""From what is recorded of a list to observations, newest first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.admission.rules import RuleSet, admit
from monitor.evidence.checks.admission import admission_of_check, evidence_of
from monitor.evidence.checks.sporadic import troubled
from monitor.evidence.observation import Observation, Source
from monitor.model.dns import Identity, IpAddress, PtrResult
from monitor.model.evidence import (
    Admission,
    AdmissionAction,
    Arrival,
    AuthResult,
    BounceReport,
    CheckOutcome,
    Probe,
    Roster,
)
from monitor.model.risk import Assessment

# How long an arrival's DKIM signatures speak for the list's mail: keys and milters change rarely, but they do.
DKIM_SPEAKS_FOR: Final = timedelta(days=2)


BOUNCES_SPEAK_FOR: Final = timedelta(days=30)


OBSERVED_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidences:
    """What is recorded of a list, newest first, and whether our own receiver is there to record more."""

    checks: Sequence[CheckOutcome]
    arrivals: Sequence[Arrival]
    probes: Sequence[Probe]
    previous: Assessment | None
    receiver_silent: bool
    bounces: Sequence[BounceReport] = ()
    roster: Roster | None = None  # what its list manager told when it was asked
    canary: Sequence[Arrival] = ()  # what came to our own subscription and is the list's own


def observations(
    evidences: Evidences, rules: RuleSet, *, dkim: AuthResult | None, families: frozenset[int], now: datetime
) -> Iterable[Observation]:
    """Every check's and every arrival's admission as one observation a receiver, and what bounces told; newest first."""
    seen: list[Observation] = []
    for outcome in evidences.checks:
        seen += [
            _observation(admission, outcome.evaluated_at, "check")
            for admission in admission_of_check(outcome, rules, dkim=dkim, on=outcome.evaluated_at.date())
        ]
        seen += dns_failures(outcome)
    for arrival in evidences.arrivals:
        mailfrom = next((result for result in arrival.spf if result.identity is Identity.MAILFROM), None)
        if mailfrom is None:
            continue
        evidence = evidence_of(mailfrom, arrival.ptr, _best_dkim(arrival), tls=arrival.tls_version is not None)
        seen += [
            _observation(admission, arrival.received_at, "arrival" if arrival.probe_id else "canary")
            for admission in admit(rules, evidence, on=arrival.received_at.date())
        ]
    seen += bounce_observations(evidences.bounces, families=families, now=now)
    return sorted(seen, key=lambda one: one.at, reverse=True)


def dns_failures(outcome: CheckOutcome) -> list[Observation]:
    """A temperror while other names were answered: a receiver that meets it puts the mail off (RFC 7208 section 8.6).

    Where nobody answered us at all it may be our own network, and says nothing.
    """
    if all(ptr.result is PtrResult.TEMPERROR for ptr in outcome.ptrs):
        return []
    families = {result.family for result in outcome.results if troubled(result)}
    return [
        Observation(
            at=outcome.evaluated_at,
            receiver=None,
            family=family,
            failed=True,
            source="check",
            action=AdmissionAction.DEFER,
        )
        for family in sorted(families)
    ]


def bounce_observations(
    reports: Sequence[BounceReport], *, families: frozenset[int], now: datetime
) -> Iterable[Observation]:
    """Every refusal that a bounce told of as an observation, one a post, receiver and family.

    Where the bounce does not tell over which family it was refused, it speaks of each that the list's mail may take; where it
    does not tell the receiver, of those that are nobody in particular. All refusals of one post bear its time.
    """
    return {
        (each.at, each.receiver, family): Observation(
            at=each.at,
            receiver=each.receiver or "generic",
            family=family,
            failed=True,
            source="bounce",
            action=each.action,
        )
        for each in reports
        if each.kind == "policy" and now - each.at <= BOUNCES_SPEAK_FOR
        for family in ({each.family} if each.family is not None else families)
    }.values()


def dkim_of(arrivals: Sequence[Arrival], *, now: datetime) -> AuthResult | None:
    """What the newest arrival says of the list's signatures; None where no arrival is recent enough to speak."""
    newest = next(iter(arrivals), None)
    if newest is None or now - newest.received_at > DKIM_SPEAKS_FOR:
        return None
    return _list_dkim(newest)


def observed_addresses(arrivals: Sequence[Arrival], *, now: datetime | None = None) -> tuple[IpAddress, ...]:
    """The addresses that the receiver saw lately, each once, newest first."""
    return tuple(
        dict.fromkeys(each.client_ip for each in arrivals if now is None or now - each.received_at <= OBSERVED_FOR)
    )


def _observation(admission: Admission, at: datetime, source: Source) -> Observation:
    failed = {
        AdmissionAction.ACCEPT: False,
        AdmissionAction.DEFER: True,
        AdmissionAction.REJECT: True,
        AdmissionAction.UNKNOWN: None,
    }[admission.action]
    return Observation(
        at=at,
        receiver=admission.receiver,
        family=admission.client_ip.version,
        failed=failed,
        source=source,
        action=admission.action,
    )


def _list_dkim(arrival: Arrival) -> AuthResult:
    """What an arrival says of the list's own signatures: a post also carries its author's, which speak for that post alone."""
    if arrival.canary is None:
        return _best_dkim(arrival)
    domain = arrival.reverse_path.rpartition("@")[2].lower()
    own = tuple(each for each in arrival.dkim if f".{domain}".endswith(f".{each.domain.lower()}"))
    return _best_dkim(replace(arrival, dkim=own))


def _best_dkim(arrival: Arrival) -> AuthResult:
    """One passing signature is enough (RFC 6376 section 6.1); DNS trouble with the only one is unknown, not a failure."""
    results = {signature.result for signature in arrival.dkim}
    for best in (AuthResult.PASS, AuthResult.TEMPERROR):
        if best in results:
            return best
    return AuthResult.FAIL if results else AuthResult.NONE
