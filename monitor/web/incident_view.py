"""One incident as its page and the API show it, with what is known of its list now."""

from dataclasses import dataclass

from fastapi import HTTPException

from monitor.admission.rules import RuleSet
from monitor.incident.silence import in_force, receivers_concerned
from monitor.letters.letter import Letter, letters_on
from monitor.model.findings import Finding
from monitor.model.incidents import Incident, Silence
from monitor.model.risk import Assessment
from monitor.operations.installation import finding_about, lists_having
from monitor.phrase.phrase import say
from monitor.store.list_record import Depth, ListRecord
from monitor.tongue.languages import ENGLISH
from monitor.tongue.voice import Voice
from monitor.web.page_services import PageServices
from monitor.wording.once import Told, told_once


@dataclass(frozen=True, kw_only=True)
class IncidentView:
    """An incident and on what it rests now."""

    incident: Incident
    record: ListRecord  # of its list, with the notices of the incident
    having: tuple[str, ...]  # the lists that share its cause; none where it is a list's own
    shared: Finding | None  # that cause
    rules: RuleSet
    silences: tuple[Silence, ...]  # what keeps it from being told

    @property
    def assessment(self) -> Assessment | None:
        """What we think of its list; None for one that is not checked."""
        return self.record.assessment

    @property
    def lists(self) -> tuple[str, ...]:
        """The list, or all that share the cause."""
        return self.having or (self.incident.list_id,)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What it rests on."""
        if self.shared is not None:
            return (self.shared,)
        if self.assessment is None or self.incident.resolved_at:
            return ()
        return tuple(each for each in self.assessment.findings if each.code in self.incident.reasons)

    @property
    def told(self) -> tuple[Told, ...]:
        """The same, each thing of it said once."""
        return told_once(self.findings)

    @property
    def receivers(self) -> tuple[str, ...]:
        """The receivers that refuse the list's mail, or are above ok."""
        return () if self.assessment is None else receivers_concerned(self.assessment)

    def letters(self, language: str) -> tuple[tuple[Letter, Letter | None], ...]:
        """What to write to whom in that language, each with the English letter, which a receiver abroad reads."""
        said = letters_about(self.assessment, self.rules, language)
        if language == ENGLISH:
            return tuple((each, None) for each in said)
        return tuple(zip(said, letters_about(self.assessment, self.rules), strict=True))


def incident_of(services: PageServices, incident_id: str) -> Incident:
    """The incident of that id; 404 where there is none."""
    incident = services.store.incidents.get(incident_id)
    if incident is None:
        raise HTTPException(404, say("There is no such incident."))
    return incident


def view_of_incident(services: PageServices, incident: Incident, depth: Depth) -> IncidentView:
    """The incident with its list read so deep. Raises StoreUnavailable."""
    store = services.store
    having = lists_having(store, incident.subject)
    return IncidentView(
        incident=incident,
        record=store.list_record(incident.list_id, depth, about=incident),
        having=having,
        shared=finding_about(store, incident.subject.cause, having) if having else None,
        rules=services.rules,
        silences=in_force(store.silences.all(), incident.list_id, now=services.now()),
    )


def letters_about(assessment: Assessment | None, rules: RuleSet, language: str = ENGLISH) -> tuple[Letter, ...]:
    """Whom to write to about what was found, and what; nobody before the first check."""
    if assessment is None:
        return ()
    return letters_on(assessment.findings, rules, forecasts=assessment.forecasts, voice=Voice(language))
