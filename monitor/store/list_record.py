"""What is recorded of one list, read in two questions: streams and indexes, then the documents that these name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import chain
from typing import Any, Final, TypeVar

from monitor.model.evidence import Arrival, BounceReport, CheckOutcome, Probe, Roster
from monitor.model.incidents import Incident, Notice
from monitor.model.risk import Assessment
from monitor.store import keys
from monitor.store.client import Redis, text, translated
from monitor.store.codec import decode, encode, unpack
from monitor.store.heartbeats import read_beats
from monitor.store.incidents import is_over
from monitor.store.outcomes import read_stream, read_tallies, together
from monitor.store.rosters import read_roster
from monitor.store.schedule import read_due
from monitor.store.tally import Tally

T = TypeVar("T")

STREAMS: Final = {
    "checks": keys.checks,
    "arrivals": keys.arrivals,
    "canary": keys.canary,
    "bounces": keys.bounces,
    "history": keys.assessments,
}
INDEXES: Final = {
    "probes": (keys.probes, keys.probe),
    "incidents": (keys.incidents_of, keys.incident),
    "notices": (keys.notices_of_list, keys.notice),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What is to be read: at most so many of each, the newest ones; and what there is one of."""

    checks: int = 0
    arrivals: int = 0  # of probes
    canary: int = 0
    bounces: int = 0
    history: int = 0
    probes: int = 0
    incidents: int = 0
    notices: int = 0
    assessment: bool = False
    current: bool = False  # the incident that is not resolved
    tallies: bool = False
    roster: bool = False
    due: bool = False  # when it is checked and probed next
    heartbeats: bool = False  # of our own parts, without which silence means nothing

    def __or__(self, other: "Depth") -> "Depth":
        """In each as deep as the deeper of the two."""
        return Depth(**{each.name: max(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecord:
    """One list at one moment, as far as it was asked for; tallies oldest first, all else newest first."""

    list_id: str
    checks: tuple[CheckOutcome, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    canary: tuple[Arrival, ...] = ()
    bounces: tuple[BounceReport, ...] = ()
    history: tuple[Assessment, ...] = ()
    probes: tuple[Probe, ...] = ()
    incidents: tuple[Incident, ...] = ()
    notices: tuple[Notice, ...] = ()
    of_incident: tuple[Notice, ...] = ()  # oldest first
    assessment: Assessment | None = None
    current: Incident | None = None
    tallies: tuple[Tally, ...] = ()
    roster: Roster | None = None
    next_check: datetime | None = None
    next_probe: datetime | None = None
    heartbeats: Mapping[str, datetime] = field(default_factory=dict)

    def arrived(self, limit: int) -> tuple[Arrival, ...]:
        """Probes and posts to its canary together, newest first."""
        return together(self.arrivals, self.canary, limit)


def read_list(client: Redis, list_id: str, depth: Depth, *, about: Incident | None = None) -> ListRecord:
    """The list as deep as that, each key read once; with an incident, its notices as well.

    Raises StoreUnavailable, and Unparsable for a document that is none of its kind.
    """
    with translated("read what is recorded of a list"):
        replies = _first(client, list_id, depth, about)
        named = {
            name: [key_of(text(each)) for each in replies.get(name) or ()] for name, (_, key_of) in INDEXES.items()
        }
        named["of_incident"] = [keys.notice(text(each)) for each in replies.get("of_incident", ())]
        named["current"] = [keys.incident(text(replies["current"]))] if replies.get("current") else []
        given = {} if about is None else {keys.incident(about.id): encode(about)}
        asked = [key for key in dict.fromkeys(chain.from_iterable(named.values())) if key not in given]
        documents = given | (dict(zip(asked, client.mget(asked), strict=True)) if asked else {})

    def documents_of(kind: type[T], name: str) -> tuple[T, ...]:
        return tuple(decode(kind, found) for key in named[name] if (found := documents[key]) is not None)

    def stream(kind: type[T], name: str) -> tuple[T, ...]:
        return read_stream(kind, replies.get(name, ()))

    document = replies.get("assessment")
    current = next(iter(documents_of(Incident, "current")), None)
    return ListRecord(
        list_id=list_id,
        checks=stream(CheckOutcome, "checks"),
        arrivals=stream(Arrival, "arrivals"),
        canary=stream(Arrival, "canary"),
        bounces=stream(BounceReport, "bounces"),
        history=stream(Assessment, "history"),
        probes=documents_of(Probe, "probes"),
        incidents=documents_of(Incident, "incidents"),
        notices=documents_of(Notice, "notices"),
        of_incident=tuple(sorted(documents_of(Notice, "of_incident"), key=lambda each: (each.created_at, each.id))),
        assessment=None if document is None else unpack(Assessment, document),
        current=None if current is None or is_over(current) else current,
        tallies=read_tallies(replies.get("tallies", {})),
        roster=read_roster(replies.get("roster")),
        next_check=read_due(replies.get("next_check")),
        next_probe=read_due(replies.get("next_probe")),
        heartbeats=read_beats(replies.get("heartbeats", {})),
    )


def _first(client: Redis, list_id: str, depth: Depth, about: Incident | None) -> dict[str, Any]:
    """What Redis says to everything that can be asked at once, by name."""
    pipe = client.pipeline(transaction=False)
    asked: list[str] = []

    def ask(name: str, command: Callable[..., Any], *args: Any, **options: Any) -> None:
        command(*args, **options)
        asked.append(name)

    for name, key_of in STREAMS.items():
        if count := getattr(depth, name):
            ask(name, pipe.xrevrange, key_of(list_id), count=count)
    for name, (index_of, _) in INDEXES.items():
        if count := getattr(depth, name):
            ask(name, pipe.zrevrange, index_of(list_id), 0, count - 1)
    if depth.assessment:
        ask("assessment", pipe.hget, keys.ASSESSMENT, list_id)
    if depth.current:
        ask("current", pipe.get, keys.incident_open(list_id))
    if depth.tallies:
        ask("tallies", pipe.hgetall, keys.tallies(list_id))
    if depth.roster:
        ask("roster", pipe.get, keys.roster(list_id))
    if depth.due:
        ask("next_check", pipe.zscore, keys.SCHEDULE, f"check:{list_id}")
        ask("next_probe", pipe.zscore, keys.SCHEDULE, f"probe:{list_id}")
    if depth.heartbeats:
        ask("heartbeats", pipe.hgetall, keys.HEARTBEAT)
    if about is not None:
        ask("of_incident", pipe.smembers, keys.notices_of_incident(about.id))
    return dict(zip(asked, pipe.execute(), strict=True))
