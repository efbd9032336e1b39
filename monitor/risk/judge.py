"""From all evidence about a list to one assessment: pure, the same evidence gives the same answer.

Three things are kept apart. What the list does wrong becomes findings and moves the level. DNS trouble is unknown
evidence: it moves nothing by itself. Our own faults (receiver down, submission impossible, resolver blind) are named in
`blind`, and where they leave us without evidence the level is unknown.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.evidence.canary.judge import canary_findings
from monitor.evidence.checks.admission import admission_of_check
from monitor.evidence.checks.sporadic import sporadic_findings
from monitor.evidence.observations import Evidences, dkim_of
from monitor.evidence.probes.findings import probe_findings
from monitor.evidence.probes.localise import by_mta, way_findings
from monitor.model.dns import SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.model.lists import MailingList
from monitor.model.order import worst_first
from monitor.model.risk import Assessment, ReceiverForecast, RiskLevel
from monitor.risk.facts import facts_of
from monitor.risk.level import DEFAULTS, Thresholds
from monitor.risk.receiver_forecasts import receiver_forecasts


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
    forecasts, risk = receiver_forecasts(facts, now=now, thresholds=thresholds)
    findings = worst_first(
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
