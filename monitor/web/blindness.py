"""What of our own keeps us from seeing, as sentences for the top of the overview and words for `/readyz`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.config.settings import Settings
from monitor.incident.signs_of_life import SILENT_AFTER

# An answer of the resolver is noted with each check, so its silence can only be judged by how often lists are checked.
RESOLVER_INTERVALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Blindness:
    """One part of ours that is silent: since when (None: it was never heard), what that means and what to do."""

    part: str
    last_seen: datetime | None
    sentence: str


SENTENCES: Final = {
    "worker": "No worker is running, so nothing is checked and nobody is told. Start one: staysub worker.",
    "beat": "The clock that finds what is due does not tick, so nothing new is begun. Start it: staysub beat.",
    "receiver": "The IPv6-only receiver is silent, so we cannot see how mail arrives. Start it: staysub receiver.",
    "resolver": "DNS has not answered us lately, so nothing is known of the lists' records. Look at [dns] nameservers.",
}


def blindness(
    beats: Mapping[str, datetime],
    settings: Settings,
    *,
    watching: bool,
    now: datetime,
    started_at: datetime | None = None,
) -> tuple[Blindness, ...]:
    """The parts that are silent, the gravest first. Empty where all is well, or where there is nothing to watch.

    `watching`: whether any list is under watch. `started_at` is when this process began to look: for a minute after it, a part that was never heard is not missed.
    """
    if not watching:
        return ()
    limits = {"worker": SILENT_AFTER, "beat": SILENT_AFTER}
    if settings.receiver is not None:
        limits["receiver"] = SILENT_AFTER
    limits["resolver"] = max(RESOLVER_INTERVALS * settings.schedule.check_every, SILENT_AFTER)
    young = started_at is not None and now - started_at < SILENT_AFTER
    silent = [
        Blindness(part=part, last_seen=beats.get(part), sentence=SENTENCES[part])
        for part, limit in limits.items()
        if not (young and part not in beats) and (part not in beats or now - beats[part] > limit)
    ]
    # Without a worker nobody asks DNS, which then is no fault of the resolver's.
    if any(one.part in {"worker", "beat"} for one in silent):
        silent = [one for one in silent if one.part != "resolver"]
    return tuple(silent)
