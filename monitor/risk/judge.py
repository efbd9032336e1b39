"""From all evidence about a list to one assessment: pure, the same evidence gives the same answer.

Three things are kept apart. What the list does wrong becomes findings and moves the level. DNS trouble is unknown
evidence: it moves nothing by itself. Our own faults (receiver down, submission impossible, resolver blind) are named in
`blind`, and where they leave us without evidence the level is unknown.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from monitor.evidence.catalogue import findings
from monitor.evidence.checks.admission import last_that_saw, standing_findings, unseen_by
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.probes.localise import through_mta
from monitor.evidence.probes.source import PROBES
from monitor.evidence.source import ListEvidence
from monitor.incident.blindness import SENTENCES_OF_LIST, kind_of
from monitor.managers.catalogue import kind_named
from monitor.model.dns import IpAddress
from monitor.model.evidence import Admission
from monitor.model.findings import Finding, Severity
from monitor.model.order import worst_first
from monitor.model.risk import Assessment, ReceiverForecast, RiskLevel, Thresholds
from monitor.mtas.parties import parties
from monitor.phrase.phrase import Phrase, joined, percent, say
from monitor.risk.bulk_findings import bulk_findings
from monitor.risk.calm import BULK, is_calm
from monitor.risk.facts import facts_of
from monitor.risk.family_findings import family_findings
from monitor.risk.level import DEFAULTS, worse
from monitor.risk.reach_findings import reach_findings
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.seen_findings import LEFT_DISABLED, named_within, seen_findings

RESOLVER: Final = "resolver"
FAILING: Final = "dns.failing"
IN_ORDER: Final = say("Receivers have no reason to refuse this list's mail.")
NOT_ALL_KNOWN: Final = say("Nothing is known to be wrong, but not every receiver can be judged now.")
UNCOUNTED: Final = say(
    "Nothing is known to be wrong. What receivers ask of bulk depends on how much mail they get: enter subscribers and "
    "messages_per_day."
)
NOTHING_KNOWN: Final = say("Nothing is known to be wrong.")
NO_EVIDENCE: Final = say("There is no evidence yet.")


def judge(evidence: ListEvidence, *, thresholds: Thresholds = DEFAULTS) -> Assessment:
    """What we think of the list now."""
    newest = next(iter(evidence.of(CHECKS)), None)
    facts = facts_of(evidence)
    forecasts, risk = receiver_forecasts(facts, now=evidence.now, thresholds=thresholds)
    machine, _ = parties(facts.manager, facts.mta, facts.bounce_policy)
    remedies = kind_named(facts.manager).remedies
    seen = seen_findings(forecasts, evidence.rules, manager=machine.title, remedies=remedies, now=evidence.now)
    bulk = bulk_findings(facts.shown, evidence.rules)
    families = family_findings(evidence.heard.rows, evidence.rules, now=evidence.now)
    found = worst_first((*findings(evidence, bulk=facts.bulk), *bulk, *seen, *families, *reach_findings(facts.there)))
    level, before = held(level_with_findings(risk, found), evidence)
    blind = blindness(evidence)
    return Assessment(
        list_id=evidence.listed.id,
        assessed_at=evidence.now,
        level=level,
        reason=reason(
            level,
            found,
            blind,
            previous=evidence.previous,
            before=before,
            forecasts=forecasts,
            name=evidence.rules.receiver_name,
            admission=facts.shown,
            unplaced=facts.there.elsewhere,
        ),
        act_by=act_by(forecasts),
        findings=found,
        admission=facts.shown,
        forecasts=forecasts,
        record=None if newest is None else newest.record,
        suggested_record=None if newest is None else newest.suggested_record,
        blind=blind,
        mta_seen=facts.mta_seen,
        unplaced=facts.there.elsewhere,
    )


def level_with_findings(risk: RiskLevel, findings: Sequence[Finding]) -> RiskLevel:
    """A list with something to mend is at least to be watched, though nobody is known to be dropped soon.

    Where name servers fail at every check and what is put off bounces within a day, it is at risk.
    """
    if any(each.code == FAILING and each.severity is Severity.CRITICAL for each in findings):
        return worse((risk, RiskLevel.AT_RISK))
    to_mend = any(finding.severity in {Severity.CRITICAL, Severity.WARNING} for finding in findings)
    return RiskLevel.WATCH if to_mend and risk in {RiskLevel.OK, RiskLevel.UNKNOWN} else risk


def held(level: RiskLevel, evidence: ListEvidence) -> tuple[RiskLevel, Finding | None]:
    """The level, but never OK by what the newest check could not see; and what an earlier one found there, if it holds.

    What was to be mended before DNS failed is to be mended still; else it is unknown now, whatever it was.
    """
    checks = evidence.of(CHECKS)
    unseen = unseen_by(checks[0]) if checks else frozenset[IpAddress]()
    if level is not RiskLevel.OK or not unseen:
        return level, None
    seen = last_that_saw(unseen, checks[1:], now=evidence.now)
    before = None if seen is None else next(standing_findings(checks[0], seen), None)
    return (RiskLevel.UNKNOWN if before is None else RiskLevel.WATCH), before


def blindness(evidence: ListEvidence) -> tuple[str, ...]:
    """What of our own keeps us from seeing."""
    newest, blind = next(iter(evidence.of(CHECKS)), None), []
    if newest is not None and newest.ours is not None:
        blind.append(RESOLVER)
    if evidence.all_receivers_silent:
        blind.append("receiver")
    if next((each.ours for each in through_mta(evidence.of(PROBES))), False):
        blind.append("submission")
    return tuple(blind)


def reason(
    level: RiskLevel,
    findings: Sequence[Finding],
    blind: Sequence[str],
    *,
    previous: Assessment | None = None,
    before: Finding | None = None,
    forecasts: Sequence[ReceiverForecast] = (),
    admission: Sequence[Admission] = (),
    unplaced: int = 0,
    name: Callable[[str | None], str | None] = str,
) -> str:
    """One sentence for the overview: the worst finding, else what blinds us, else that all is well.

    A level that holds while nothing can be seen holds for the reason that it had; `before` is what was found to be
    mended before DNS failed. `name` gives a receiver's name by its id.
    """
    worst = next((one for one in findings if one.severity in {Severity.CRITICAL, Severity.WARNING}), None)
    if worst is not None:
        return worst.message
    unknown = next((one.message for one in findings if one.severity is Severity.UNKNOWN), None)
    if level is RiskLevel.UNKNOWN:
        ours = next((SENTENCES_OF_LIST[kind_of(part)] for part in blind), NO_EVIDENCE)
        return unknown if unknown and RESOLVER not in blind else ours
    if level is RiskLevel.OK:
        well = IN_ORDER if is_calm(level, findings, forecasts, admission, unplaced=unplaced) else NOT_ALL_KNOWN
        well = UNCOUNTED if any(BULK in each.undecided for each in admission) else well
        said = (NOTHING_KNOWN, unknown) if unknown else (well,)
        return joined(" ", (*said, *_still_disabled(findings)))
    if before is not None:
        return say("Before DNS failed: {message}", message=before.message)
    if previous is not None and previous.level is level and unknown:
        return previous.reason
    return _by_forecast(forecasts, name)


def _by_forecast(forecasts: Sequence[ReceiverForecast], name: Callable[[str | None], str | None]) -> Phrase:
    """Why a list is to be watched of which no finding says what is to be mended."""
    rated = [each for each in forecasts if each.failure_rate is not None and each.level is not RiskLevel.OK]
    worst = max(rated, key=lambda each: each.failure_rate.mean if each.failure_rate else 0.0, default=None)
    if worst is None or worst.failure_rate is None:
        return say("Receivers would refuse this list's mail.")
    return say(
        "By what was seen of late, {receiver} would refuse {share} of its posts.",
        receiver=named_within(worst, name),
        share=percent(worst.failure_rate.mean),
    )


def _still_disabled(findings: Sequence[Finding]) -> list[str]:
    """Who was disabled by a fault that is over, and is so still; nothing where nobody is known to be."""
    return [each.message for each in findings if each.code == LEFT_DISABLED]


def act_by(forecasts: Sequence[ReceiverForecast]) -> datetime | None:
    """When the first subscribers are expected to be disabled, where that is near enough to act on."""
    dates = [
        one.disabled_on
        for one in forecasts
        if one.disabled_on is not None and one.level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    ]
    return min(dates, default=None)
