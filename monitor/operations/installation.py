"""The watch over the installation: shared causes, our own blindness, clocks set wrong, what became of the store."""

from collections.abc import Sequence

from monitor.incident.blindness import WATCH, WATCH_BEGAN, watched_since
from monitor.incident.cause import Cause, cause_of, shared
from monitor.incident.clocks import away_for_long
from monitor.incident.condition import (
    Condition,
    condition_blind,
    condition_shared,
    condition_upheaval,
    conditions_now,
)
from monitor.incident.decision import decide
from monitor.model.findings import Finding
from monitor.model.incidents import IncidentSubject
from monitor.notify.notices_for import notices_of_installation
from monitor.operations.incident_policy import policy_of_installation
from monitor.operations.keep_decision import keep_decision
from monitor.operations.put_right import put_right
from monitor.operations.services import Services
from monitor.operations.silent_parts import blind_parts
from monitor.operations.store_watch import upheaval_told
from monitor.store import Store

TRIES = 3  # somebody else changes the same incident: the next watch, half a minute later, does it anew
NOTICES = "notices"  # the kind of conditions that are watched elsewhere, in intervals of their own
ASKED = 5  # lists whose assessment is read for the words of a shared cause


def watch(services: Services) -> None:
    """Look at what concerns the installation, and tell the administrators.

    May be repeated, and done by several at once.
    """
    put_right(services)
    store, settings, now = services.store, services.settings(), services.now()
    last_seen = store.heartbeats.all()
    began = watched_since(last_seen, now=now)
    store.heartbeats.beat(WATCH, now)
    store.heartbeats.beat(WATCH_BEGAN, began)
    subjects = frozenset(
        each for each in map(IncidentSubject, store.shared_causes.subjects()) if each.cause[0] != NOTICES
    )
    blind = blind_parts({**last_seen, WATCH_BEGAN: began}, settings, watching=bool(services.lists()), now=now)
    machines, _ = store.clocks.known()
    upset = upheaval_told(services)
    found = (
        *(() if upset is None else (condition_upheaval(upset),)),
        *_shared(services, subjects),
        *map(condition_blind, blind),
        *away_for_long(machines, now),
    )
    for condition in conditions_now(found, subjects):
        step_condition(services, condition)


def step_condition(services: Services, condition: Condition) -> None:
    """Take the step of the condition's incident that is due, and tell of it. May be repeated."""
    for _ in range(TRIES):
        if _step(services, condition):
            return


def _shared(services: Services, subjects: frozenset[IncidentSubject]) -> list[Condition]:
    """The causes that enough of the watched lists share now."""
    store, least = services.store, services.settings().incidents.shared_from
    if not least:
        return []
    watched = {each.id for each in services.lists()}
    lists = {list_id: found for list_id, found in store.shared_causes.all().items() if list_id in watched}
    found = shared(lists, least=least, known={each.cause for each in subjects})
    return [condition_shared(each, finding_about(store, each.cause, each.lists)) for each in found]


def lists_having(store: Store, subject: IncidentSubject) -> tuple[str, ...]:
    """The lists that have the cause of this condition now, by name; none where it is no condition, or another one."""
    if not subject.is_installation:
        return ()
    return tuple(sorted(each for each, (_, causes) in store.shared_causes.all().items() if subject.cause in causes))


def finding_about(store: Store, cause: Cause, lists: Sequence[str]) -> Finding | None:
    """One of these lists' findings about that cause, for its words and what mends it."""
    assessments = store.outcomes.assessments(lists[:ASKED])
    return next((f for each in assessments.values() for f in each.findings if cause_of(f) == cause), None)


def _step(services: Services, condition: Condition) -> bool:
    """The condition's incident, one step on; False where somebody else took it meanwhile."""
    store, settings, now = services.store, services.settings(), services.now()
    current = store.incidents.current(condition.subject.text)
    decided = decide(
        current,
        [condition.level],
        condition.assessment(now=now),
        policy_of_installation(settings),
        now=now,
        silences=store.silences.all(),
    )
    if decided.incident is None:
        store.shared_causes.close(condition.subject.text)
    else:
        store.shared_causes.open(condition.subject.text)
    return keep_decision(store, current, decided, notices_of_installation(decided, condition, settings, now=now))
