"""What of our own keeps us from seeing, since when, and what that means in words. Pure.

A part of ours is named by one word; of several of a kind each by that word, ":" and its own name ("receiver:ams1").
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.incident.signs_of_life import SILENT_AFTER, command_of, heard, worker_of
from monitor.model.mta_log import FOLLOW
from monitor.phrase.phrase import Phrase, joined, say, with_parts, word

WATCH: Final = "watch"  # the heartbeat of the one who looks; its own gap excuses everybody's
WATCH_BEGAN: Final = "watch-began"
GAP: Final = timedelta(minutes=5)  # the watch is done twice a minute: after such a gap we were off as a whole
RESOLVER_INTERVALS: Final = 3  # an answer of the resolver is noted with each check only
RECEIVER: Final = "receiver"
WORKER: Final = "worker"
BEAT: Final = "beat"

COMMAND: Final = "staysub …"  # what starts the part stands there

SENTENCES: Final = {
    WORKER: say(
        "No worker is running, so nothing is checked and nobody is told. Start one: {command}.", command=COMMAND
    ),
    BEAT: say(
        "The clock that finds what is due does not tick, so nothing new is begun. Start it: {command}.", command=COMMAND
    ),
    RECEIVER: say(
        "The IPv6-only receiver is silent, so we cannot see how mail arrives. Start it: {command}.", command=COMMAND
    ),
    "resolver": say(
        "DNS has not answered us lately, so nothing is known of the lists' records. Look at [dns] nameservers."
    ),
}
# Of the workers for one kind of work, while there are others.
OF_WORK: Final = {
    "dns": say("No worker takes on checks, so nothing new is known of the lists' records."),
    "probe": say("No worker takes on probes, so we cannot see how mail arrives."),
    "notify": say("No worker takes on mails, so nobody is told by mail."),
    "webhook": say("No worker takes on calls of webhooks, so nobody is told by them."),
    "upkeep": say("No worker does the upkeep, so nothing new is begun."),
}
# The same of one of several, while others of its kind live.
PARTLY: Final = {
    RECEIVER: say(
        "One IPv6-only receiver is silent, so we see from fewer places how mail arrives. Start it: {command}.",
        command=COMMAND,
    ),
    FOLLOW: say(
        "Nobody reads the mail server's log, so what receivers answer is learnt later and in part. Start it: {command}.",
        command=COMMAND,
    ),
}
BESIDE: Final = frozenset({FOLLOW})  # without which we see, if less
# The same about one list, where it alone may be concerned.
SENTENCES_OF_LIST: Final = {
    "resolver": say("DNS did not answer for this list, so nothing is known of its records now."),
    RECEIVER: say("Our receiver is down, so nothing is known of how its mail arrives."),
    "submission": say("We could not hand a probe to the list's mail server."),
}
KINDS: Final = {
    WORKER: word("part of Staysub", "worker"),
    BEAT: word("part of Staysub", "beat"),
    RECEIVER: word("part of Staysub", "receiver"),
    "resolver": word("part of Staysub", "resolver"),
    FOLLOW: word("part of Staysub", "log"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A part of ours that is silent, and since when."""

    part: str
    since: datetime | None  # None: it was never heard
    partly: bool = False  # others of its kind live, so that we are not blind

    @property
    def title(self) -> Phrase:
        """Which part it is: its kind in words, and its own name."""
        kind, _, name = self.part.partition(":")
        return joined(":", (KINDS.get(kind, kind), name))

    @property
    def sentence(self) -> Phrase:
        """What that means and what to do."""
        kind, _, name = self.part.partition(":")
        command = command_of(self.part)
        if kind == WORKER and name:
            return joined(" ", (OF_WORK[name], say("Start one: {command}.", command=command)))
        return with_parts((PARTLY if self.partly else SENTENCES)[kind], command=command)


def kind_of(part: str) -> str:
    """What kind of part it is."""
    return part.partition(":")[0]


def limits(
    after: timedelta = SILENT_AFTER,
    *,
    receivers: Collection[str],
    check_every: timedelta,
    workers: Collection[str] = (),
    followers: Collection[str] = (),
) -> Mapping[str, timedelta]:
    """The parts that are needed, each with how long it may be silent, the gravest first."""
    resolver = max(after, RESOLVER_INTERVALS * check_every)
    parts = (WORKER, BEAT, *workers, *receivers, *followers)
    return {**dict.fromkeys(parts, after), "resolver": resolver}


def blind(last_seen: Mapping[str, datetime], allowed: Mapping[str, timedelta], *, now: datetime) -> tuple[Blind, ...]:
    """The parts that have been silent for longer than they are allowed, or were never heard, in that order."""
    last_seen = heard(last_seen, now)
    silent = {part for part, limit in allowed.items() if part not in last_seen or now - last_seen[part] > limit}
    by_queue = {part for part in allowed if kind_of(part) == WORKER} - {WORKER}
    if by_queue <= silent:
        silent -= by_queue  # there is no worker, or one of a version that did not tell what it takes on
    if worker_of("upkeep") in silent:
        silent.discard(BEAT)  # its ticks are sent, and nobody runs them
    if silent & {WORKER, BEAT, worker_of("dns"), worker_of("upkeep")}:
        silent.discard("resolver")  # nobody asks DNS then, which is no fault of the resolver's
    living = ({kind_of(part) for part in allowed if part not in silent} & PARTLY.keys()) | BESIDE
    return tuple(
        Blind(part=part, since=last_seen.get(part), partly=kind_of(part) in living)
        for part in allowed
        if part in silent
    )


def since_watched(last_seen: Mapping[str, datetime], parts: Collection[str], began: datetime) -> Mapping[str, datetime]:
    """When each part was heard last, or when we began to watch: what nobody could hear is no silence."""
    return {part: max(last_seen.get(part, began), began) for part in parts}


def watched_since(last_seen: Mapping[str, datetime], *, now: datetime) -> datetime:
    """Since when somebody has been watching without a gap."""
    last_seen = heard(last_seen, now)
    last, first = last_seen.get(WATCH), last_seen.get(WATCH_BEGAN)
    return now if last is None or first is None or now - last > GAP else first
