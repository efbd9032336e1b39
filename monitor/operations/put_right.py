"""After the clock ran ahead and was put right: what was written for a time to come holds up nothing.

Each reader by itself takes no time to come for past (`monitor.model.ahead`); here is what nobody would read before that
time has come.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from monitor.incident.blindness import WATCH
from monitor.incident.silence import begun_now
from monitor.model.ahead import is_ahead
from monitor.model.clocks import Jump
from monitor.notify.retry import WAIT_MOST
from monitor.operations.services import Services
from monitor.operations.timing import JITTER, LEASE

log = logging.getLogger(__name__)

LATELY: Final = timedelta(minutes=5)  # the watch is done twice a minute
WITH_CHECKS: Final = ("check", "resolver")  # signs that come with a check only, not again and again by themselves


def is_to_be_put_right(jump: Jump, now: datetime) -> bool:
    """Whether time went back just now for all parts, and nobody has looked yet what was written before. Pure."""
    return jump.shared and not jump.put_right and jump.by < timedelta() and abs(now - jump.at) < LATELY


def put_right(services: Services) -> None:
    """Let nothing wait for a time that is only due because the clock ran ahead. May be repeated.

    How far it ran ahead is told by the jump back, where somebody was there to notice it, or else by the watch's own
    last sign, which was half a minute old at most.
    """
    store, now = services.store, services.now()
    beats, (_, jump) = store.heartbeats.all(), store.clocks.known()
    by = timedelta()
    if (last := beats.get(WATCH)) is not None and is_ahead(last, now):
        by = last - now
    if jump is not None and is_to_be_put_right(jump, now):
        by = -jump.by
        store.clocks.note_put_right(jump)
    schedule = services.settings().schedule
    longest = max(schedule.check_every, schedule.probe_every)
    works = store.schedule.pull_back(now, by=by, lease=LEASE, longest=longest, jitter=JITTER)
    notices = store.notices.pull_back(now, by=by, most=WAIT_MOST, lease=LEASE)
    for part in WITH_CHECKS:
        if (at := beats.get(part)) is not None and is_ahead(at, now):
            store.heartbeats.beat(part, now)
    for silence in store.silences.all():
        if (begun := begun_now(silence, now)) != silence:
            store.silences.add(begun, now=now)
    if by or works or notices:
        log.warning("clock_put_back", extra={"by_s": round(by.total_seconds()), "works": works, "notices": notices})
