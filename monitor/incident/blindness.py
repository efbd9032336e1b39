"""For how long we ourselves have not been able to see. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import Settings

WATCH: Final = "watch"  # the heartbeat of the one who looks; its own gap excuses everybody's
WATCH_BEGAN: Final = "watch-began"
GAP: Final = timedelta(minutes=5)  # the watch is done twice a minute: after such a gap we were off as a whole
RESOLVER_INTERVALS: Final = 3  # an answer of the resolver is noted with each check only

SENTENCES: Final = {
    "worker": "No worker is running, so nothing is checked and nobody is told. Start one: staysub worker.",
    "beat": "The clock that finds what is due does not tick, so nothing new is begun. Start it: staysub beat.",
    "receiver": "The IPv6-only receiver is silent, so we cannot see how mail arrives. Start it: staysub receiver.",
    "resolver": "DNS has not answered us lately, so nothing is known of the lists' records. Look at [dns] nameservers.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A part of ours that is silent, and since when."""

    part: str
    since: datetime
    sentence: str


def blind(beats: Mapping[str, datetime], settings: Settings, *, now: datetime) -> tuple[Blind, ...]:
    """The parts that have been silent for longer than `incidents.blind_after`, counted from when we began to watch."""
    after = settings.incidents.blind_after
    began = beats.get(WATCH_BEGAN, now)
    if not after or not settings.lists:
        return ()
    limits = {"worker": after, "beat": after}
    if settings.receiver is not None:
        limits["receiver"] = after
    limits["resolver"] = max(after, RESOLVER_INTERVALS * settings.schedule.check_every)
    silent = [
        Blind(part=part, since=max(beats.get(part, began), began), sentence=SENTENCES[part])
        for part, limit in limits.items()
        if now - max(beats.get(part, began), began) > limit
    ]
    # Without a worker nobody asks DNS, which then is no fault of the resolver's.
    if any(one.part in {"worker", "beat"} for one in silent):
        silent = [one for one in silent if one.part != "resolver"]
    return tuple(silent)


def began(beats: Mapping[str, datetime], *, now: datetime) -> datetime:
    """Since when somebody has been watching without a gap."""
    last, first = beats.get(WATCH), beats.get(WATCH_BEGAN)
    return now if last is None or first is None or now - last > GAP else first
