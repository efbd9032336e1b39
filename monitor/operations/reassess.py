"""What we think of a list now, and what follows: the incident's next step and the notices of it, written together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.errors import StaysubError
from monitor.evidence import catalogue
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.ledger import DAYS_WEIGHED
from monitor.evidence.probes.source import PROBES
from monitor.evidence.source import EvidenceSource, ListEvidence
from monitor.incident.cause import causes_of
from monitor.incident.confirming import LOOKED_AT, awaits_a_look, pause_to_confirm
from monitor.incident.decision import LEVELS_READ, RECENT_READ, decide
from monitor.incident.signs_of_life import silent
from monitor.model.ahead import is_ahead
from monitor.model.incidents import Incident, IncidentState
from monitor.model.level_run import GAP_INTERVALS
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, RiskLevel
from monitor.model.sending import Sending
from monitor.notify.notices_for import notices_of_list
from monitor.operations.incident_policy import policy_of_list
from monitor.operations.keep_decision import keep_decision
from monitor.operations.services import Services
from monitor.risk.facts import facts_of, sending_now
from monitor.risk.judge import judge
from monitor.risk.relief import Relief, relief_of
from monitor.store import Store
from monitor.store.list_record import Depth, ListRecord

WEIGHED = Depth(
    evidence={each: each.read for each in catalogue.SOURCES},
    ledger=DAYS_WEIGHED,
    assessment=True,
    roster=True,
    reach=True,
    heard=True,
    heartbeats=True,
    sendings=True,
)
DECIDED_BY = Depth(history=LEVELS_READ, incidents=RECENT_READ, current=True, silences=True, cause=True)
PROBES_ENOUGH = 3  # the newest ones, of a list that is not probed around its mail server
TRIES = 5  # others assess the same list at the same time: worker and receiver at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What an assessment has made of the list's incident, and the levels that it was decided by, newest first."""

    incident: Incident | None
    levels: Sequence[RiskLevel]


def reassess(services: Services, listed: MailingList, *, cause: str) -> datetime | None:
    """Assess the list and act on it. Safe to repeat: `cause` enters the history once, a change is told once.

    Answers when the list is to be checked again where that is sooner than usual; a check that nobody has in hand is
    brought forward to then.
    """
    settings = services.settings()
    evidence = evidence_of(services.store, listed, settings, services.rules, now=services.now())
    assessment, sending = judge(evidence, thresholds=settings.risk), sending_now(evidence)
    silence = GAP_INTERVALS * settings.schedule.check_every
    services.store.outcomes.record_assessment(assessment, cause=cause, silence=silence)
    services.store.sendings.note(listed.id, sending)
    relief = cache(partial(_relief, evidence, assessment, settings))
    for _ in range(TRIES):
        if (stepped := step_incident(services, listed, assessment, relief=relief)) is not None:
            return _look_again(services, listed, stepped)
    raise StaysubError(
        f"The incident of {listed.id} was being changed by others all the time; the next check tries again."
    )


def assess_now(services: Services, listed: MailingList) -> tuple[Assessment, Sending]:
    """The assessment from all that is recorded, and what the list sends a day. Writes nothing."""
    settings = services.settings()
    evidence = evidence_of(services.store, listed, settings, services.rules, now=services.now())
    return judge(evidence, thresholds=settings.risk), sending_now(evidence)


def evidence_of(
    store: Store, listed: MailingList, settings: Settings, rules: RuleSet, *, now: datetime
) -> ListEvidence:
    """All that is recorded of the list and still weighs something."""
    few = {**WEIGHED.evidence, PROBES: PROBES_ENOUGH}
    record = store.list_record(listed.id, WEIGHED if listed.direct else replace(WEIGHED, evidence=few))
    return evidence_in(record, listed, settings, rules, now=now)


def evidence_in(
    record: ListRecord, listed: MailingList, settings: Settings, rules: RuleSet, *, now: datetime
) -> ListEvidence:
    """What of a record that is at least as deep as WEIGHED still weighs something. Pure.

    What is dated at a time to come does not: the clock ran ahead, and what came since it was put right is newer.
    """

    def told(source: EvidenceSource[Any], most: int | None) -> tuple[Any, ...]:
        return tuple(one for one in record.of(source) if not is_ahead(source.at(one), now))[:most]

    return ListEvidence(
        listed=listed,
        rules=rules,
        now=now,
        reports={each.name: told(each, None if each is CHECKS else each.read) for each in catalogue.SOURCES},
        ledger=record.ledger.up_to(now),
        receivers={each.id: not silent(record.heartbeats.get(each.part), now) for each in settings.receivers},
        previous=record.assessment,
        roster=record.roster,
        reach=record.reach,
        heard=record.heard,
        sendings=record.sendings,
    )


def step_incident(
    services: Services,
    listed: MailingList,
    assessment: Assessment,
    *,
    relief: Callable[[], Relief | None] = lambda: None,
) -> Stepped | None:
    """Take the incident's next step, and tell what is to be told; None where somebody else took a step meanwhile.

    `relief` works out what gains the most time; it is asked where something is told of a danger that goes on.
    """
    store, settings, now = services.store, services.settings(), services.now()
    record = store.list_record(listed.id, DECIDED_BY)
    current, levels = record.current, record.levels(LEVELS_READ)
    decided = decide(
        current,
        levels,
        assessment,
        policy_of_list(listed, settings),
        now=now,
        silences=record.silences,
        recent=record.incidents,
    )
    _note_causes(store, assessment, decided.incident, noted=record.cause)
    notices = notices_of_list(decided, assessment, listed, services.rules, settings, now=now, relief=relief)
    if not keep_decision(store, current, decided, notices):
        return None
    return Stepped(incident=decided.incident, levels=levels)


def _look_again(services: Services, listed: MailingList, stepped: Stepped) -> datetime | None:
    """When the list is to be checked sooner than usual, so that a danger is confirmed; None where it is not."""
    if not awaits_a_look(stepped.incident, stepped.levels):
        return None
    store, now = services.store, services.now()
    looked_at = [mark.evaluated_at for mark in store.list_record(listed.id, Depth(drawn=LOOKED_AT)).drawn]
    every = services.settings().schedule.check_every
    pause = pause_to_confirm(stepped.incident, stepped.levels, looked_at, now=now, every=every)
    if pause is None:
        return None
    store.schedule.bring_forward("check", listed.id, due=now + pause)
    return now + pause


def _relief(evidence: ListEvidence, assessment: Assessment, settings: Settings) -> Relief | None:
    """What gains the most time at the list's manager. It takes two forecasts, so that it is asked where it is told."""
    return relief_of(facts_of(evidence), assessment.forecasts, now=evidence.now, thresholds=settings.risk)


def _note_causes(store: Store, assessment: Assessment, incident: Incident | None, *, noted: bool) -> None:
    """Keep what this list may share with others: the causes of its incident, while it goes on."""
    if incident is None or incident.state is IncidentState.RESOLVED:
        if noted:
            store.shared_causes.note(assessment.list_id, assessment.level, ())
    elif assessment.level is not RiskLevel.UNKNOWN and incident.state is not IncidentState.PENDING:
        store.shared_causes.note(assessment.list_id, assessment.level, causes_of(assessment, incident.reasons))
