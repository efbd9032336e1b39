"""What we think of a list now, and what follows: the incident's next step and the notices of it, written together."""

import logging
from datetime import datetime

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.errors import StaysubError
from monitor.evidence import catalogue
from monitor.evidence.source import ListEvidence
from monitor.incident.cause import causes_of
from monitor.incident.signs_of_life import silent
from monitor.model.incidents import IncidentState
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, RiskLevel
from monitor.notify.list_incident import LEVELS_READ, RECENT_READ, news
from monitor.operations.services import Services
from monitor.risk.judge import judge
from monitor.risk.level import thresholds_of
from monitor.store import Store
from monitor.store.list_record import Depth, ListRecord

log = logging.getLogger(__name__)

WEIGHED = Depth(evidence={each: each.read for each in catalogue.SOURCES}, assessment=True, roster=True, heartbeats=True)
TRIES = 5  # others assess the same list at the same time: worker and receiver at most


def reassess(services: Services, listed: MailingList, *, cause: str) -> None:
    """Think about the list and act on it. Safe to repeat: `cause` enters the history once, a change is told once."""
    thought = assess_now(services, listed)
    services.store.outcomes.record_assessment(thought, cause=cause)
    for _ in range(TRIES):
        if step_incident(services, listed, thought):
            return
    raise StaysubError(
        f"The incident of {listed.id} was being changed by others all the time; the next check tries again."
    )


def assess_now(services: Services, listed: MailingList) -> Assessment:
    """The assessment from all that is recorded. Writes nothing."""
    settings = services.settings()
    evidence = evidence_of(services.store, listed, settings, services.rules, now=services.now())
    return judge(evidence, thresholds=thresholds_of(settings.risk))


def evidence_of(
    store: Store, listed: MailingList, settings: Settings, rules: RuleSet, *, now: datetime
) -> ListEvidence:
    """All that is recorded of the list and still weighs something."""
    record = store.list_record(listed.id, WEIGHED)
    return evidence_in(record, listed, settings, rules, now=now)


def evidence_in(
    record: ListRecord, listed: MailingList, settings: Settings, rules: RuleSet, *, now: datetime
) -> ListEvidence:
    """What of a record that is at least as deep as WEIGHED still weighs something. Pure."""
    return ListEvidence(
        listed=listed,
        rules=rules,
        now=now,
        reports={each.name: record.of(each)[: each.read] for each in catalogue.SOURCES},
        receiver_silent=settings.receiver is not None and silent(record.heartbeats.get("receiver"), now),
        previous=record.assessment,
        roster=record.roster,
    )


def step_incident(services: Services, listed: MailingList, thought: Assessment) -> bool:
    """Take the incident's next step, and tell what is to be told; False where somebody else took a step meanwhile."""
    store, now = services.store, services.now()
    current = store.incidents.current(listed.id)
    out = news(
        current,
        store.outcomes.levels(listed.id, LEVELS_READ),
        thought,
        listed,
        services.settings(),
        silences=store.silences.all(),
        recent=store.incidents.of_list(listed.id, RECENT_READ),
        now=now,
    )
    if out.incident is None:
        store.shared_causes.note(listed.id, thought.level, ())
        return current is None or store.incidents.forget(current)
    if thought.level is not RiskLevel.UNKNOWN and out.incident.state is not IncidentState.PENDING:
        over = out.incident.state is IncidentState.RESOLVED
        store.shared_causes.note(listed.id, thought.level, () if over else causes_of(thought, out.incident.reasons))
    if out.incident == current:
        return True
    if out.change is not None:
        facts = {"incident": out.incident.id, "kind": out.change.kind, "level": out.change.level, "told": out.why}
        log.info("incident_changed", extra={"list": listed.id, **facts})
    return store.incidents.commit(
        out.incident, out.notices, expected_revision=0 if current is None else current.revision
    )
