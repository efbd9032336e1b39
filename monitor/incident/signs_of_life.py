"""How parts of ours show that they live, and when they count as silent. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from monitor.model.ahead import is_ahead
from monitor.model.vantage import Vantage

# Worker, receiver and web note that they live every 15 seconds, beat with each tick; four missed notes are no hiccup.
HEARTBEAT_EVERY: Final = timedelta(seconds=15)
SILENT_AFTER: Final = timedelta(minutes=1)


def silent(last_seen: datetime | None, now: datetime) -> bool:
    """Whether a part of ours that notes its life has not done so lately. A sign of a time to come is none."""
    return last_seen is None or is_ahead(last_seen, now) or now - last_seen > SILENT_AFTER


def heard(last_seen: Mapping[str, datetime], now: datetime) -> Mapping[str, datetime]:
    """The signs that can be believed: those of a time to come were noted while the clock ran ahead."""
    return {part: at for part, at in last_seen.items() if not is_ahead(at, now)}


def living(vantages: Iterable[Vantage], last_seen: Mapping[str, datetime], now: datetime) -> tuple[Vantage, ...]:
    """The receivers that have noted their life lately, in their order."""
    return tuple(each for each in vantages if not silent(last_seen.get(each.part), now))


def worker_of(queue: str) -> str:
    """The part that takes from that queue: "worker:dns". Whatever a worker takes on, it is also "worker"."""
    return f"worker:{queue}"


def command_of(part: str) -> str:
    """What starts a part of ours.

    `staysub worker`; `staysub receiver --id ams1` for "receiver:ams1", `staysub worker --queues dns` for "worker:dns".
    """
    kind, _, name = part.partition(":")
    option = "--queues" if kind == "worker" else "--id"
    return f"staysub {kind}" + (f" {option} {name}" if name else "")
