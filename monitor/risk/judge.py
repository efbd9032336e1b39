"""From all evidence about a list to one assessment: pure, the same evidence gives the same answer.

Three things are kept apart. What the list does wrong becomes findings and moves the level. DNS trouble is unknown
evidence: it moves nothing by itself. Our own faults (receiver down, submission impossible, resolver blind) are named in
`blind`, and where they leave us without evidence the level is unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.admission.rules import RuleSet, admit
from monitor.config.settings import MailingList
from monitor.evidence.canary.judge import canary_findings
from monitor.evidence.checks.admission import admission_of_check, evidence_of, standing_admission
from monitor.evidence.probes.localise import by_mta, way_findings
from monitor.model import (
    Admission,
    AdmissionAction,
    Arrival,
    Assessment,
    AuthResult,
    BounceReport,
    CheckOutcome,
    Finding,
    Identity,
    IpAddress,
    Probe,
    PtrResult,
    ReceiverForecast,
    RiskLevel,
    Roster,
    Severity,
    SpfResult,
)
from monitor.risk.facts import Observation, RiskFacts, Source
from monitor.risk.level import DEFAULTS, Thresholds
from monitor.risk.over_time import probe_findings, sporadic_findings, troubled
from monitor.risk.reach import reach
from monitor.risk.receiver_forecasts import assess
from monitor.risk.traffic import posts_per_day

# How long an arrival's DKIM signatures speak for the list's mail: keys and milters change rarely, but they do.
DKIM_SPEAKS_FOR: Final = timedelta(days=2)
BOUNCES_SPEAK_FOR: Final = timedelta(days=30)
OBSERVED_FOR: Final = timedelta(days=7)


SEVERITY_ORDER: Final = (Severity.CRITICAL, Severity.WARNING, Severity.UNKNOWN, Severity.INFO)


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


def judge(
    listed: MailingList,
    evidences: Evidences,
    rules: RuleSet,
    *,
    now: datetime,
    thresholds: Thresholds = DEFAULTS,
) -> Assessment:
    """What we think of the list now."""
    newest = next(iter(evidences.checks), None)
    facts = facts_of(listed, evidences, rules, now=now)
    forecasts, risk = assess(facts, now=now, thresholds=thresholds)
    findings = sorted_findings(
        (
            *(() if newest is None else newest.findings),
            *sporadic_findings(evidences.checks),
            *probe_findings(by_mta(evidences.probes)),
            *way_findings(evidences.probes),
            *canary_findings(
                evidences.canary,
                probe_arrived_at=next((each.received_at for each in evidences.arrivals if each.canary is None), None),
                receiver_silent=evidences.receiver_silent,
                now=now,
            ),
        )
    )
    level = level_with_findings(risk, findings)
    dkim = dkim_of(evidences.arrivals, now=now)
    shown = () if newest is None else admission_of_check(newest, rules, dkim=dkim, on=now.date())
    counted = {each.receiver for each in facts.admission}
    blind = blindness(evidences, newest)
    return Assessment(
        list_id=listed.id,
        assessed_at=now,
        level=level,
        reason=reason(level, findings, blind, previous=evidences.previous),
        act_by=act_by(forecasts),
        findings=findings,
        admission=tuple(each for each in shown if each.receiver in counted),  # what is unknown now is shown as unknown
        forecasts=forecasts,
        record=None if newest is None else newest.record,
        suggested_record=None if newest is None else newest.suggested_record,
        blind=blind,
    )


def facts_of(listed: MailingList, evidences: Evidences, rules: RuleSet, *, now: datetime) -> RiskFacts:
    """What the risk is judged from: the list's set-up, and what the evidence says of each receiver that counts."""
    newest = next(iter(evidences.checks), None)
    dkim = dkim_of(evidences.arrivals, now=now)
    admission = standing_admission(evidences.checks, rules, dkim=dkim, now=now)
    hosts = {} if newest is None else newest.mail_hosts
    subscribers = subscribers_of(listed, evidences.roster)
    relevant = relevant_receivers(rules, subscribers, hosts)
    previous, roster = evidences.previous, evidences.roster
    told = roster.settings if roster is not None and roster.manager == listed.manager else {}
    return RiskFacts(
        manager=listed.manager,
        bounce_policy={**told, **listed.bounce_policy},
        mta=listed.mta,
        messages_per_day=traffic_of(listed, evidences.arrivals, now=now, roster=roster),
        subscribers=subscribers,
        mx=hosts,
        outbound=listed.outbound,
        admission=tuple(each for each in admission if each.receiver in relevant),
        observations=tuple(
            observations(
                evidences, rules, dkim=dkim, families=frozenset(each.version for each in listed.outbound), now=now
            )
        ),
        previous_level=RiskLevel.UNKNOWN if previous is None else previous.level,
        failing_since={
            one.receiver: one.failing_since
            for one in (() if previous is None else previous.forecasts)
            if one.receiver is not None and one.failing_since is not None
        },
    )


def subscribers_of(listed: MailingList, roster: Roster | None) -> Mapping[str, int]:
    """Counts by domain: as configured, else as imported from the list manager."""
    return listed.subscribers or ({} if roster is None else roster.subscribers)


def traffic_of(
    listed: MailingList, arrivals: Sequence[Arrival], *, now: datetime, roster: Roster | None = None
) -> float:
    """Posts a day: as configured, else as counted at a subscribed address of ours, else as imported, else the default."""
    if "messages_per_day" in listed.model_fields_set:
        return listed.messages_per_day
    posts = [each.received_at for each in arrivals if each.probe_id is None]
    imported = None if roster is None else roster.messages_per_day
    return posts_per_day(posts, now=now) or imported or listed.messages_per_day


def relevant_receivers(
    rules: RuleSet, subscribers: Mapping[str, int], mail_hosts: Mapping[str, Sequence[str]] | None = None
) -> frozenset[str]:
    """Receivers that count for this list: where it has subscribers; where nearly every list has, unless it has none."""
    placed = reach(subscribers, mail_hosts)
    return frozenset(
        each.id for each in rules.receivers if (placed.at(each.id) or 0) > 0 or (each.common and placed.counts(each.id))
    )


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


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first; equals keep their order."""
    return tuple(sorted(findings, key=lambda finding: SEVERITY_ORDER.index(finding.severity)))


def level_with_findings(risk: RiskLevel, findings: Sequence[Finding]) -> RiskLevel:
    """A list with something to mend is at least to be watched, though nobody is known to be dropped soon."""
    to_mend = any(finding.severity in {Severity.CRITICAL, Severity.WARNING} for finding in findings)
    return RiskLevel.WATCH if to_mend and risk in {RiskLevel.OK, RiskLevel.UNKNOWN} else risk


def blindness(evidences: Evidences, newest: CheckOutcome | None) -> tuple[str, ...]:
    """What of our own keeps us from seeing."""
    blind = []
    if newest is not None and newest.results and all(one.result is SpfResult.TEMPERROR for one in newest.results):
        blind.append("resolver")
    if evidences.receiver_silent:
        blind.append("receiver")
    if next((each.ours for each in by_mta(evidences.probes)), False):
        blind.append("submission")
    return tuple(blind)


BLIND_SENTENCES: Final = {
    "resolver": "DNS did not answer for this list, so nothing is known of its records now.",
    "receiver": "Our receiver is down, so nothing is known of how its mail arrives.",
    "submission": "We could not hand a probe to the list's mail server.",
}


def reason(
    level: RiskLevel, findings: Sequence[Finding], blind: Sequence[str], *, previous: Assessment | None = None
) -> str:
    """One sentence for the overview: the worst finding, else what blinds us, else that all is well.

    A level that holds while nothing can be seen holds for the reason that it had.
    """
    worst = next((one for one in findings if one.severity in {Severity.CRITICAL, Severity.WARNING}), None)
    if worst is not None:
        return worst.message
    if level is RiskLevel.UNKNOWN:
        unknown = next((one.message for one in findings if one.severity is Severity.UNKNOWN), None)
        return next((BLIND_SENTENCES[word] for word in blind), unknown or "There is no evidence yet.")
    if level is RiskLevel.OK:
        return "Receivers have no reason to refuse this list's mail."
    if previous is not None and previous.level is level and any(one.severity is Severity.UNKNOWN for one in findings):
        return previous.reason
    return "Receivers would refuse this list's mail."


def act_by(forecasts: Sequence[ReceiverForecast]) -> datetime | None:
    """When the first subscribers are expected to be disabled, where that is near enough to act on."""
    dates = [
        one.disabled_on
        for one in forecasts
        if one.disabled_on is not None and one.level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    ]
    return min(dates, default=None)


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
