"""Which parts of ours are silent: for pages and `/readyz`, and for so long that administrators are told. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.config.settings import Settings
from monitor.incident.blindness import BEAT, RECEIVER, WATCH_BEGAN, WORKER, Blind, blind, limits, since_watched
from monitor.incident.signs_of_life import SILENT_AFTER, heard, worker_of
from monitor.model.mta_log import parts_of
from monitor.operations.queues import QUEUES


def silent_parts(
    last_seen: Mapping[str, datetime],
    settings: Settings,
    *,
    watching: bool,
    now: datetime,
    started_at: datetime | None = None,
) -> tuple[Blind, ...]:
    """The parts that are silent now, the gravest first. Empty where there is nothing to watch.

    `watching`: whether any list is under watch. `started_at` is when this process began to look: for a minute after it,
    and after a store began in which nobody was heard before, a part that was never heard is not missed.
    """
    if not watching:
        return ()
    allowed = _limits(SILENT_AFTER, settings)
    if started_at is not None and now - max(started_at, last_seen.get(WATCH_BEGAN, started_at)) < SILENT_AFTER:
        allowed = {part: limit for part, limit in allowed.items() if part in last_seen}
    return blind(last_seen, allowed, now=now)


def blind_parts(
    last_seen: Mapping[str, datetime], settings: Settings, *, watching: bool, now: datetime
) -> tuple[Blind, ...]:
    """The parts that have been silent for longer than `incidents.blind_after`, counted from when we began to watch."""
    after = settings.incidents.blind_after
    if not after or not watching:
        return ()
    allowed = _limits(after, settings)
    last_seen = heard(last_seen, now)
    return blind(since_watched(last_seen, allowed, last_seen.get(WATCH_BEGAN, now)), allowed, now=now)


def parts_shown(settings: Settings) -> tuple[str, ...]:
    """The parts that programs are told of, each by its name; a receiver also where there is none."""
    return (
        WORKER,
        BEAT,
        *(receivers(settings) or (RECEIVER,)),
        "resolver",
        "web",
        *workers(settings),
        *parts_of(settings.mta_logs),
    )


def receivers(settings: Settings) -> tuple[str, ...]:
    """The receivers that show their lives, by their parts' names."""
    return tuple(each.part for each in settings.receivers)


def workers(settings: Settings) -> tuple[str, ...]:
    """The workers that are needed, by the queues that they take from."""
    return tuple(worker_of(queue) for queue in QUEUES if queue != "probe" or settings.receivers)


def _limits(after: timedelta, settings: Settings) -> Mapping[str, timedelta]:
    return limits(
        after,
        receivers=receivers(settings),
        workers=workers(settings),
        followers=parts_of(settings.mta_logs),
        check_every=settings.schedule.check_every,
    )
