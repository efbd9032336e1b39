"""The watch over the installation, kept by the web part as well: who is left tells that the others are silent."""

from monitor.incident.blindness import BEAT, WORKER, kind_of
from monitor.incident.condition import condition_blind
from monitor.model.incidents import NoticeState
from monitor.operations.deliver import deliver
from monitor.operations.installation import watch
from monitor.operations.services import Services
from monitor.operations.silent_parts import blind_parts

WORKING = frozenset({WORKER, BEAT})  # kinds of parts without which nobody else may be there to deliver a notice


def stand_in(services: Services) -> None:
    """Watch; where no worker is there to do it, deliver what tells of that, and nothing else. May be repeated."""
    watch(services)
    store, now = services.store, services.now()
    blind = blind_parts(store.heartbeats.all(), services.settings(), watching=bool(services.lists()), now=now)
    for each in (one for one in blind if kind_of(one.part) in WORKING):
        incident = store.incidents.current(condition_blind(each).subject.text)
        waiting = () if incident is None else store.notices.of_incident(incident.id)
        due = [
            one.id
            for one in waiting
            if one.state is NoticeState.PENDING and one.next_attempt_at is not None and one.next_attempt_at <= now
        ]
        deliver(services, due)
