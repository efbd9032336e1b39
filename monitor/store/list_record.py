"""What is recorded of one list, read in two questions: streams and indexes, then the documents that these name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import chain, islice
from operator import add, attrgetter
from typing import Any, Final, TypeVar

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.canary.source import CANARY, CANARY_NOTICES
from monitor.evidence.checks.admission import last_that_saw, unseen_by
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.ledger import EMPTY, Ledger
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.replies.counted import NOTHING_HEARD, Heard
from monitor.evidence.replies.exactly import is_beyond_sketches, since_each_day
from monitor.evidence.source import EvidenceSource, R
from monitor.model.evidence import Arrival, CheckMark, CheckOutcome, Roster, SeenProbe
from monitor.model.incidents import Incident, Notice, Silence
from monitor.model.level_run import LevelRun, levels_of
from monitor.model.reach import ReachRecord
from monitor.model.risk import Assessment, RiskLevel
from monitor.model.sending import Sendings
from monitor.model.signing import Learnt
from monitor.model.tally import Tally, read, read_day
from monitor.store import keys
from monitor.store.client import Redis, moment, text, translated
from monitor.store.codec import pack
from monitor.store.heartbeats import read_beats
from monitor.store.incidents import is_over
from monitor.store.learnt import read_learnt
from monitor.store.ledgers import Ledgers
from monitor.store.outcomes import ask_runs, read_runs
from monitor.store.replies import Replies, ask_heard, read_heard
from monitor.store.rosters import read_roster
from monitor.store.short import read_marks, read_seen
from monitor.store.silences import read_silences
from monitor.store.streams import answered, ask, read_stream
from monitor.store.unreadable import each_readable, unpacked
from monitor.store.unreadable import replies as replies_of

T = TypeVar("T")

PROBES: Final = "probes"
CHECKS_NAMED: Final = "checks"
CHECKS_KEPT: Final = 200
DOCUMENTS: Final = {PROBES: keys.probe, "incidents": keys.incident, "notices": keys.notice}  # by what an index names


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What is to be read: at most so many of each, the newest ones, nothing where 0; and what there is one of."""

    evidence: Mapping[EvidenceSource[Any], int] = field(default_factory=dict)
    drawn: int = 0  # checks as marks: of many, reading each whole takes most of the time
    seen: int = 0  # arrivals, as far as they tell where mail comes from: likewise
    history: int = 0
    incidents: int = 0
    notices: int = 0
    assessment: bool = False
    current: bool = False  # the incident that is not resolved
    tallies: bool = False
    ledger: int = 0  # days of it
    roster: bool = False
    reach: bool = False
    heard: bool = False  # what receivers answered, by the mail server's log
    learnt: bool = False  # how its mail is signed
    due: bool = False  # when it is checked and probed next
    heartbeats: bool = False  # of our own parts, without which silence means nothing
    silences: bool = False  # of all lists
    cause: bool = False  # whether it is noted among what lists share
    sendings: bool = False  # what all lists send

    def __or__(self, other: "Depth") -> "Depth":
        """In each as deep as the deeper of the two."""
        deeper = {
            each: max(self.evidence.get(each, 0), other.evidence.get(each, 0))
            for each in (*self.evidence, *other.evidence)
        }
        rest = [each.name for each in fields(self) if each.name != "evidence"]
        return Depth(evidence=deeper, **{name: max(getattr(self, name), getattr(other, name)) for name in rest})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecord:
    """One list at one moment, as far as it was asked for; tallies oldest first, all else newest first."""

    list_id: str
    evidence: Mapping[EvidenceSource[Any], tuple[Any, ...]] = field(default_factory=dict)
    drawn: tuple[CheckMark, ...] = ()
    seen: tuple[SeenProbe, ...] = ()
    history: tuple[LevelRun, ...] = ()
    incidents: tuple[Incident, ...] = ()
    notices: tuple[Notice, ...] = ()
    of_incident: tuple[Notice, ...] = ()  # oldest first
    assessment: Assessment | None = None
    unreadable: bool = False  # there is an assessment, which cannot be read
    current: Incident | None = None
    tallies: tuple[Tally, ...] = ()
    ledger: Ledger = EMPTY
    roster: Roster | None = None
    reach: ReachRecord | None = None
    heard: Heard = NOTHING_HEARD
    learnt: Learnt | None = None
    next_check: datetime | None = None
    next_probe: datetime | None = None
    heartbeats: Mapping[str, datetime] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()  # soonest end first
    cause: bool = False
    sendings: Sendings = field(default_factory=Sendings)

    def of(self, source: EvidenceSource[R]) -> tuple[R, ...]:
        """Its reports of that kind."""
        return self.evidence.get(source, ())

    def levels(self, limit: int) -> tuple[RiskLevel, ...]:
        """Its last levels, one an assessment, newest first; as many as its history says."""
        return levels_of(self.history, limit)

    def arrived(self, limit: int) -> tuple[Arrival, ...]:
        """Probes and all that came to its canary together, newest first."""
        all_of_it = (*self.of(ARRIVALS), *self.of(CANARY), *self.of(CANARY_NOTICES))
        return tuple(sorted(all_of_it, key=attrgetter("received_at"), reverse=True)[:limit])


def read_list(client: Redis, list_id: str, depth: Depth, *, about: Incident | None = None) -> ListRecord:
    """The list as deep as that, each key read once; with an incident, its notices as well.

    What cannot be read is left out. Raises StoreUnavailable.
    """
    with translated("read what is recorded of a list"):
        replies = _first(client, list_id, depth, about)
        named = {name: [key_of(text(each)) for each in replies.get(name) or ()] for name, key_of in DOCUMENTS.items()}
        named["of_incident"] = [keys.notice(text(each)) for each in replies.get("of_incident", ())]
        named["current"] = [keys.incident(text(replies["current"]))] if replies.get("current") else []
        given = {} if about is None else {keys.incident(about.id): pack(about)}
        asked = [key for key in dict.fromkeys(chain.from_iterable(named.values())) if key not in given]
        documents = given | (dict(zip(asked, client.mget(asked), strict=True)) if asked else {})

    def documents_of(kind: type[T], name: str) -> tuple[T, ...]:
        read = (unpacked(kind, key, documents[key]) for key in named[name])
        return tuple(each for each in read if each is not None)

    document = replies.get("assessment") or None
    assessment = unpacked(Assessment, f"{keys.ASSESSMENT} {list_id}", document)
    current = next(iter(documents_of(Incident, "current")), None)
    evidence = {
        each: documents_of(each.report, PROBES) if each.documents else answered(each.report, replies[each.name], count)
        for each, count in depth.evidence.items()
        if count
    }
    ledger = (
        read_ledger(Ledgers(client).given(list_id, replies["ledger"]), days=depth.ledger) if depth.ledger else EMPTY
    )
    heard = read_heard(list_id, *replies["heard"]) if depth.heard else NOTHING_HEARD
    if depth.heard and is_beyond_sketches(ledger):
        heard = replace(heard, members=since_each_day(Replies(client).members_by_day(list_id)))
    if CHECKS in evidence:
        evidence[CHECKS] = _with_one_that_saw(client, list_id, evidence[CHECKS])
    return ListRecord(
        list_id=list_id,
        evidence=evidence,
        drawn=_drawn(replies[CHECKS.name], depth.drawn) if depth.drawn else (),
        seen=_seen(replies[ARRIVALS.name], depth.seen) if depth.seen else (),
        history=tuple(read_runs(replies["history"]))[: depth.history] if depth.history else (),
        incidents=documents_of(Incident, "incidents"),
        notices=documents_of(Notice, "notices"),
        of_incident=tuple(sorted(documents_of(Notice, "of_incident"), key=lambda each: (each.created_at, each.id))),
        assessment=assessment,
        unreadable=document is not None and assessment is None,
        current=None if current is None or is_over(current) else current,
        ledger=ledger,
        tallies=_tallies(*replies["tallies"]) if depth.tallies else (),
        roster=read_roster(replies.get("roster") or None),
        reach=unpacked(ReachRecord, keys.reach(list_id), replies.get("reach") or None),
        heard=heard,
        learnt=read_learnt(list_id, replies.get("learnt") or None),
        next_check=_moment_if_any(replies.get("next_check")),
        next_probe=_moment_if_any(replies.get("next_probe")),
        heartbeats=read_beats(replies.get("heartbeats", {})),
        silences=read_silences(replies.get("silences", ())),
        cause=bool(replies.get("cause")),
    )


def _with_one_that_saw(client: Redis, list_id: str, checks: tuple[CheckOutcome, ...]) -> tuple[CheckOutcome, ...]:
    """The checks, and where DNS kept something from the newest, the last before it that saw this, if it is kept."""
    unseen = unseen_by(checks[0]) if checks else frozenset()
    if not unseen or last_that_saw(unseen, checks[1:], now=checks[0].evaluated_at) is not None:
        return checks
    with translated("read what is recorded of a list"):
        pipe = client.pipeline(transaction=False)
        ask(pipe, CheckOutcome, CHECKS_NAMED, list_id, CHECKS_KEPT)
        earlier = answered(CheckOutcome, replies_of(pipe), CHECKS_KEPT)[len(checks) :]
    found = last_that_saw(unseen, earlier, now=checks[0].evaluated_at)
    return checks if found is None else (*checks, found)


def _first(client: Redis, list_id: str, depth: Depth, about: Incident | None) -> dict[str, Any]:
    """What Redis says to everything that can be asked at once, by name: one reply, or those of several commands."""
    pipe = client.pipeline(transaction=False)
    asked: dict[str, int] = {}  # name → how many commands

    def one(name: str, command: Callable[..., Any], *args: Any, **options: Any) -> None:
        command(*args, **options)
        asked[name] = 0

    in_part = {source: count for source, count in ((CHECKS, depth.drawn), (ARRIVALS, depth.seen)) if count}
    for source, count in (depth | Depth(evidence=in_part)).evidence.items():
        if not count:
            continue
        if source.stream is not None and not source.documents:
            asked[source.name] = ask(pipe, source.report, source.stream.name, list_id, count)
        else:
            one(PROBES, pipe.zrevrange, keys.probes(list_id), 0, count - 1)
    if depth.history:
        asked["history"] = ask_runs(pipe, list_id, depth.history)
    for name, index in (("incidents", keys.incidents_of), ("notices", keys.notices_of_list)):
        if count := getattr(depth, name):
            one(name, pipe.zrevrange, index(list_id), 0, count - 1)
    if depth.assessment:
        one("assessment", pipe.hget, keys.ASSESSMENT, list_id)
    if depth.current:
        one("current", pipe.get, keys.incident_open(list_id))
    if depth.tallies:
        pipe.hgetall(keys.days(list_id))
        pipe.hgetall(keys.tallies(list_id))
        asked["tallies"] = 2
    if depth.ledger:
        one("ledger", pipe.hgetall, keys.ledger(list_id))
    if depth.roster:
        one("roster", pipe.get, keys.roster(list_id))
    if depth.reach:
        one("reach", pipe.get, keys.reach(list_id))
    if depth.heard:
        asked["heard"] = ask_heard(pipe, list_id)
    if depth.learnt:
        one("learnt", pipe.get, keys.learnt(list_id))
    if depth.due:
        one("next_check", pipe.zscore, keys.SCHEDULE, f"check:{list_id}")
        one("next_probe", pipe.zscore, keys.SCHEDULE, f"probe:{list_id}")
    if depth.heartbeats:
        one("heartbeats", pipe.hgetall, keys.HEARTBEAT)
    if depth.silences:
        one("silences", pipe.hvals, keys.SILENCES)
    if depth.cause:
        one("cause", pipe.hexists, keys.CAUSES, list_id)
    if about is not None:
        one("of_incident", pipe.smembers, keys.notices_of_incident(about.id))
    found = iter(replies_of(pipe))
    return {name: tuple(islice(found, several)) if several else next(found) for name, several in asked.items()}


def _drawn(replies: Sequence[Any], limit: int) -> tuple[CheckMark, ...]:
    """Checks as marks; those that versions before kept come last."""
    entries, _, before = replies
    marks = read_marks(entries[:limit])
    return (*marks, *read_stream(CheckMark, before[: max(0, limit - len(entries))]))


def _seen(replies: Sequence[Any], limit: int) -> tuple[SeenProbe, ...]:
    """Arrivals in part, likewise."""
    entries, bases, before = replies
    found = read_seen(entries[:limit], bases)
    return (*found, *read_stream(SeenProbe, before[: max(0, limit - len(entries))]))


def _tallies(days: Mapping[bytes, bytes], before: Mapping[bytes, bytes]) -> tuple[Tally, ...]:
    """The counts of each quarter of a day, those that versions before kept with them."""
    counts: dict[datetime, tuple[int, ...]] = {}
    of_days = each_readable("days", lambda one: read_day(int(one[0]), one[1]), days.items())
    of_before = each_readable("tallies", lambda one: read(int(one[0]), text(one[1])), before.items())
    for each in (*chain.from_iterable(of_days), *of_before):
        counts[each.begin] = tuple(map(add, counts[each.begin], each.counts)) if each.begin in counts else each.counts
    return tuple(Tally(begin=begin, counts=counts[begin]) for begin in sorted(counts))


def _moment_if_any(score: float | None) -> datetime | None:
    return moment(score) if isinstance(score, float) else None
