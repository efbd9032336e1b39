"""A backup taken while parts run: nothing of it contradicts the rest.

What one decision writes together, incidents, notices, when each is due, lists and schedule, is read while Redis holds
writers off (CLIENT PAUSE … WRITE, since Redis 6.2): seconds at most, which all who write wait out. All that is
gathered of each list is by far the most, and is read afterwards, each list's in one transaction. It is newer by
seconds, as after a worker that died between an outcome and the decision about it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from time import monotonic
from typing import IO, Final

import redis

from monitor.evidence.catalogue import SOURCES
from monitor.incident.signs_of_life import silent
from monitor.store import keys
from monitor.store.backup.document import TYPES, Entry, Head, Writer
from monitor.store.backup.values import ask, characters, items_of
from monitor.store.client import Redis, text, translated
from monitor.store.heartbeats import read_beats

PAUSE_MS: Final = 8000  # less than clients of ours wait for an answer (`monitor.store.client`)
BATCH: Final = 500  # keys of one transaction, milliseconds of Redis' time; a list's keys stay together
# What is gathered of lists, and of hosts. Whatever else there is, now or in time to come, is read in one go.
GATHERED: Final = frozenset(
    {
        *("kept", "bases", "ledger", "levels", "days", "marks", "roster", "reach", "learnt", "assessments", "tallies"),
        *("probes", "probe", "once", "routes", "mail-host", "slow-mta", "at-mta"),
        *(source.stream.name for source in SOURCES if source.stream is not None),
    }
)
OF_KINDS: Final = ("kept", "bases")  # whose names have a kind of evidence before the list


def take(client: Redis, file: IO[bytes], *, version: str, progress: Callable[[int], None] = lambda _: None) -> bool:
    """Write all that is kept into that file; whether writers were held off as they should. Raises StoreUnavailable."""
    with translated("took a backup"):
        with _writers_held_off(client) as held_off:
            found = set(client.scan_iter(match=f"{keys.PREFIX}*", count=1000))
            names = sorted(each for each in found if not each.startswith(keys.staged("").encode()))
            writer = Writer(file, _head(client, version))
            for batch in _batches([[each] for each in names if _family(each) not in GATHERED]):
                progress(_copied(client, writer, batch, together=False))
            at_once = held_off()
        gathered = sorted((each for each in names if _family(each) in GATHERED), key=_of_whom)
        for batch in _batches([list(group) for _, group in groupby(gathered, key=_of_whom)]):
            progress(_copied(client, writer, batch, together=True))
        writer.end()
    return at_once


@contextmanager
def _writers_held_off(client: Redis) -> Iterator[Callable[[], bool]]:
    """Hold writers off during the block; the function says whether they still are. A server may not let us."""
    begun = monotonic()
    try:
        client.client_pause(PAUSE_MS, all=False)
    except redis.ResponseError:
        yield lambda: False
        return
    try:
        yield lambda: (monotonic() - begun) * 1000 < PAUSE_MS
    finally:
        client.client_unpause()


def _head(client: Redis, version: str) -> Head:
    seconds, microseconds = client.time()
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    beats = read_beats(client.hgetall(keys.HEARTBEAT))
    return Head(
        version=version,
        taken_at=at,
        store=text(client.hget(keys.STORE, "id") or b""),
        running=not all(silent(seen, at) for seen in beats.values()),
    )


def _copied(client: Redis, writer: Writer, names: Sequence[bytes], *, together: bool) -> int:
    """Copy these keys, `together` as they are at one moment; how many were looked at."""
    typed = client.pipeline(transaction=False)
    for name in names:
        typed.type(name)
    kinds = [text(each) for each in typed.execute()]
    there = [(name, kind) for name, kind in zip(names, kinds, strict=True) if kind in TYPES]
    pipe = client.pipeline(transaction=together)
    pipe.time()
    for name, kind in there:
        pipe.pttl(name)
        ask(pipe, name, kind)
    (seconds, microseconds), *answers = pipe.execute()
    now_ms = seconds * 1000 + microseconds // 1000
    for (name, kind), left_ms, answer in zip(there, answers[::2], answers[1::2], strict=True):
        if items := items_of(kind, answer):
            expires_at = now_ms + left_ms if left_ms >= 0 else None
            writer.write(Entry(key=characters(name), type=kind, expires_at=expires_at, items=items))
    return len(names)


def _batches(groups: Sequence[list[bytes]]) -> Iterator[list[bytes]]:
    """The groups, several together but none in two."""
    batch: list[bytes] = []
    for group in groups:
        if batch and len(batch) + len(group) > BATCH:
            yield batch
            batch = []
        batch = batch + group
    if batch:
        yield batch


def _family(name: bytes) -> str:
    """The first word of a key's name after the prefix."""
    return characters(name).removeprefix(keys.PREFIX).partition(":")[0]


def _of_whom(name: bytes) -> tuple[bool, str]:
    """The list that a key belongs to; documents of probes last, after the pointers and indexes that name them."""
    words = characters(name).removeprefix(keys.PREFIX).split(":")
    return words[0] == "probe", ":".join(words[2 if words[0] in OF_KINDS else 1 :])
