"""A decision about an incident, carried out: the incident and what is told of it, written together."""

import logging
from collections.abc import Sequence

from monitor.incident.decision import Decision
from monitor.model.incidents import Incident, Notice
from monitor.store import Store

log = logging.getLogger(__name__)


def keep_decision(store: Store, current: Incident | None, decided: Decision, notices: Sequence[Notice]) -> bool:
    """Write what was decided about `current` in one transaction, so that a change is told once whenever a worker dies.

    May be repeated. False where somebody else took a step meanwhile: then nothing was written.
    """
    incident, change = decided.incident, decided.change
    if incident == current:
        return True
    if incident is None:
        return current is None or store.incidents.forget(current)
    if change is not None:
        facts = {"incident": incident.id, "kind": change.kind, "level": change.level, "told": decided.reason}
        log.info("incident_changed", extra={"list": incident.list_id, **facts})
    return store.incidents.commit(incident, notices, expected_revision=0 if current is None else current.revision)
