"""The watch over the host: causes that many lists share, our own blindness, and the owners' weekly digests."""

import logging
from collections.abc import Sequence

from monitor.incident.blindness import WATCH, WATCH_BEGAN, began, blind
from monitor.incident.cause import Cause, cause_of, shared
from monitor.model.findings import Finding
from monitor.notify.installation_incident import (
    HOST,
    Condition,
    condition_blind,
    condition_shared,
    conditions_now,
    installation_news,
)
from monitor.operations.services import Services
from monitor.store import Store

log = logging.getLogger(__name__)

TRIES = 3  # somebody else changes the same incident: the next watch, half a minute later, does it anew
OTHERS = f"{HOST}notices:"  # matters that are watched elsewhere, in intervals of their own
ASKED = 5  # lists whose assessment is read for the words of a shared cause


def watch(services: Services) -> None:
    """Judge what concerns the host, and tell the administrators. May be repeated, and done by several at once."""
    store, settings, now = services.store, services.full_settings(), services.now()
    beats = store.heartbeats.all()
    since = began(beats, now=now)
    store.heartbeats.beat(WATCH, now)
    store.heartbeats.beat(WATCH_BEGAN, since)
    subjects = frozenset(each for each in store.shared_causes.subjects() if not each.startswith(OTHERS))
    matters = conditions_now(
        _shared(services, subjects),
        [condition_blind(each) for each in blind({**beats, WATCH_BEGAN: since}, settings, now=now)],
        subjects,
    )
    for matter in matters:
        step_condition(services, matter)


def step_condition(services: Services, matter: Condition) -> None:
    """Take the step of the matter's incident that is due, and tell of it. May be repeated."""
    for _ in range(TRIES):
        if _advance(services, matter):
            return


def _shared(services: Services, subjects: frozenset[str]) -> list[Condition]:
    """The causes that enough of the watched lists share now."""
    store, settings = services.store, services.full_settings()
    if not settings.incidents.shared_from:
        return []
    watched = {each.id for each in settings.lists}
    lists = {list_id: found for list_id, found in store.shared_causes.all().items() if list_id in watched}
    known = {(code, about) for code, _, about in (each.lstrip("@").partition(":") for each in subjects)}
    found = shared(lists, least=settings.incidents.shared_from, known=known)
    return [condition_shared(each, _finding(store, each.cause, each.lists)) for each in found]


def lists_having(store: Store, subject: str) -> tuple[str, ...]:
    """The lists that have the cause of this incident of the host now, by name; none where it is about something else."""
    code, _, about = subject.removeprefix(HOST).partition(":")
    return tuple(sorted(each for each, (_, causes) in store.shared_causes.all().items() if (code, about) in causes))


def finding_about(store: Store, subject: str, lists: Sequence[str]) -> Finding | None:
    """What these lists' findings say of the cause of this incident of the host, and what mends it."""
    code, _, about = subject.removeprefix(HOST).partition(":")
    return _finding(store, (code, about), lists)


def _finding(store: Store, cause: Cause, lists: Sequence[str]) -> Finding | None:
    """One list's finding about that cause, for its words."""
    thoughts = store.outcomes.assessments(lists[:ASKED])
    return next((f for each in thoughts.values() for f in each.findings if cause_of(f) == cause), None)


def _advance(services: Services, matter: Condition) -> bool:
    """The matter's incident, one step on; False where somebody else took it meanwhile."""
    store, now = services.store, services.now()
    current = store.incidents.current(matter.subject)
    out = installation_news(current, matter, services.settings(), silences=store.silences.all(), now=now)
    if out.incident is None:
        store.shared_causes.close(matter.subject)
        return True
    store.shared_causes.open(matter.subject)
    if out.incident == current:
        return True
    if out.change is not None:
        facts = {"incident": out.incident.id, "kind": out.change.kind, "level": out.change.level, "told": out.why}
        log.info("incident_changed", extra={"list": matter.subject, **facts})
    return store.incidents.commit(
        out.incident, out.notices, expected_revision=0 if current is None else current.revision
    )
