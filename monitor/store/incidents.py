"""Incidents: each change is written together with the notices that it makes, or not at all."""

from collections.abc import Sequence

from redis.exceptions import WatchError

from monitor.metrics import INCIDENT_CHANGES
from monitor.model.incidents import Incident, IncidentState, Notice
from monitor.store import keys
from monitor.store.client import Part, Redis, text, translated
from monitor.store.codec import pack
from monitor.store.metric_totals import queue_counts
from monitor.store.notices import write_new
from monitor.store.unreadable import unpacked


class Incidents(Part):
    """One document an incident, one pointer a list to the incident that is not resolved."""

    def get(self, incident_id: str) -> Incident | None:
        """That incident, or None."""
        with translated("read an incident"):
            return self._document(Incident, keys.incident(incident_id))

    def current(self, list_id: str) -> Incident | None:
        """The list's incident that is not resolved, if there is one."""
        with translated("read the open incident of a list"):
            incident_id = self._redis.get(keys.incident_open(list_id))
        found = None if incident_id is None else self.get(text(incident_id))
        return None if found is None or is_over(found) else found

    def currents(self, list_ids: Sequence[str]) -> dict[str, Incident]:
        """Those lists' incidents that are not resolved, in two questions."""
        if not list_ids:
            return {}
        with translated("read the open incidents of some lists"):
            pointers = self._redis.mget([keys.incident_open(list_id) for list_id in list_ids])
            found = self._documents(Incident, [keys.incident(text(each)) for each in pointers if each is not None])
        return {each.list_id: each for each in found if not is_over(each)}

    def recent(self, limit: int = 50, offset: int = 0) -> tuple[Incident, ...]:
        """Incidents of all lists, newest first."""
        with translated("read incidents"):
            return self._newest(Incident, keys.INCIDENTS, keys.incident, limit, offset)

    def of_list(self, list_id: str, limit: int = 50) -> tuple[Incident, ...]:
        """The list's incidents, newest first."""
        with translated("read the incidents of a list"):
            return self._newest(Incident, keys.incidents_of(list_id), keys.incident, limit)

    def commit(self, incident: Incident, notices: Sequence[Notice], *, expected_revision: int) -> bool:
        """Write the incident and the notices of its change at once.

        `expected_revision` is the revision that the change was computed from, 0 for a new incident. False where
        somebody else changed or ended it meanwhile: nothing is written then, and the caller computes anew.
        """
        key, pointer = keys.incident(incident.id), keys.incident_open(incident.list_id)
        with translated("wrote an incident"), self._redis.pipeline(transaction=True) as pipe:
            try:
                pipe.watch(key, pointer)
                if not _unchanged(pipe, incident, expected_revision):
                    return False
                pipe.multi()
                _write_incident(pipe, incident)
                for notice in notices:
                    write_new(pipe, notice)
                new = [change.kind for change in incident.history if change.revision > expected_revision]
                queue_counts(pipe, {INCIDENT_CHANGES.field(kind): new.count(kind) for kind in new})
                pipe.execute()
            except WatchError:  # changed meanwhile, or the connection was cut while it was watched
                return False
        return True

    def forget(self, pending: Incident) -> bool:
        """Forget an incident that was never opened. False where somebody else changed it meanwhile."""
        key, pointer = keys.incident(pending.id), keys.incident_open(pending.list_id)
        with translated("forgot an incident"), self._redis.pipeline(transaction=True) as pipe:
            try:
                pipe.watch(key, pointer)
                if not _unchanged(pipe, pending, pending.revision):
                    return False
                pipe.multi()
                pipe.delete(key, pointer)
                pipe.execute()
            except WatchError:
                return False
        return True


def is_over(incident: Incident) -> bool:
    """Whether it ended between two questions: its pointer was read before, its document after."""
    return incident.state is IncidentState.RESOLVED


def _unchanged(pipe: Redis, incident: Incident, expected_revision: int) -> bool:
    """Whether the stored incident has that revision and is not over, and a new one (0) finds no other one open."""
    document, open_id = pipe.get(keys.incident(incident.id)), pipe.get(keys.incident_open(incident.list_id))
    stored = unpacked(Incident, keys.incident(incident.id), document)
    if stored is not None and is_over(stored):
        return False
    revision = 0 if stored is None else stored.revision
    another_is_open = open_id is not None and text(open_id) != incident.id and _is_open(pipe, text(open_id))
    return revision == expected_revision and not (expected_revision == 0 and another_is_open)


def _is_open(pipe: Redis, incident_id: str) -> bool:
    """Whether that incident goes on: one that is gone or cannot be read does not, and another takes its place."""
    key = keys.incident(incident_id)
    found = unpacked(Incident, key, pipe.get(key))
    return found is not None and not is_over(found)


def _write_incident(pipe: Redis, incident: Incident) -> None:
    """Queue the document and the pointer; one that is only pending stands in no index and expires by itself."""
    key, pointer = keys.incident(incident.id), keys.incident_open(incident.list_id)
    if incident.state is IncidentState.PENDING:
        pipe.set(key, pack(incident), ex=keys.PENDING_TTL)
        pipe.set(pointer, incident.id, ex=keys.PENDING_TTL)
        return
    resolved = incident.state is IncidentState.RESOLVED
    pipe.set(key, pack(incident), ex=keys.INCIDENT_TTL if resolved else None)
    if resolved:
        pipe.delete(pointer)
    else:
        pipe.set(pointer, incident.id)
    opened = incident.opened_at.timestamp()
    for index, kept in (
        (keys.INCIDENTS, keys.INCIDENTS_KEPT),
        (keys.incidents_of(incident.list_id), keys.INCIDENTS_KEPT_A_LIST),
    ):
        pipe.zadd(index, {incident.id: opened})
        pipe.zremrangebyrank(index, 0, -1 - kept)
    pipe.expire(keys.incidents_of(incident.list_id), keys.INCIDENT_TTL)
