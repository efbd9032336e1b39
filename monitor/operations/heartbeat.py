"""The heartbeat to a dead-man's switch elsewhere: sent only while the loop turns, so that its absence is the alarm."""

import logging
from datetime import datetime, timedelta
from typing import Final

from monitor.http.endpoint import call
from monitor.incident.signs_of_life import living, silent
from monitor.metrics import HEARTBEATS, outcome_label
from monitor.model.ahead import is_ahead
from monitor.model.incidents import DELIVERED
from monitor.operations.services import Services
from monitor.operations.timing import JITTER, LEASE

log = logging.getLogger(__name__)

# A lease over which a worker was killed, and the tick that brings it again.
GRACE: Final = LEASE + timedelta(minutes=1)


def send_heartbeat(services: Services) -> None:
    """Call the switch if a heartbeat is due and the loop turns. Safe to repeat: one call an interval."""
    heartbeat, now = services.settings().heartbeat, services.now()
    if heartbeat.url is None or not turns(services) or not services.store.heartbeats.claim_pulse(heartbeat.every):
        return
    allowed = services.settings().notices.allow_networks
    tried = call("GET", heartbeat.url.reveal(), now=now, allow_networks=allowed)
    services.store.metric_totals.add({HEARTBEATS.field(outcome_label(tried.outcome)): 1})
    if tried.outcome != DELIVERED:
        log.warning("heartbeat_not_taken", extra={"outcome": tried.outcome, "detail": tried.detail})


def turns(services: Services) -> bool:
    """Whether the whole loop turns.

    The clock's tick was run by a worker lately; of the watched lists one has been checked within its interval, whatever
    was found, for each list's turn comes at least that often; and a receiver was heard, where there is one.
    """
    settings, now, beats = services.settings(), services.now(), services.store.heartbeats.all()
    if silent(beats.get("beat"), now) or (settings.receivers and not living(settings.receivers, beats, now)):
        return False
    return not services.lists() or _lately(beats.get("check"), settings.schedule.check_every * (1 + JITTER), now)


def _lately(at: datetime | None, within: timedelta, now: datetime) -> bool:
    return at is not None and not is_ahead(at, now) and now - at <= within + GRACE
