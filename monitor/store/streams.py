"""Reports of a list, bounded, each once, folded in and counted as it enters: shortly where its kind has such a form."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from time import sleep
from typing import Any, Final, TypeVar

from monitor.errors import StoreUnavailable
from monitor.evidence.entry import Entry as Enters
from monitor.metrics import Counts
from monitor.model.tally import Counted, counted
from monitor.store import keys, scripts
from monitor.store.before import brought_field
from monitor.store.client import Part, Redis, translated
from monitor.store.codec import pack, unpack
from monitor.store.ledgers import Ledgers
from monitor.store.short import FORMS, NEWEST, REFERENCE, Entry
from monitor.store.unreadable import each_readable, replies

T = TypeVar("T")
BASE_GONE: Final = 2  # what the script says then
CHANGED: Final = -1  # likewise, where the ledger is no longer as it was read
NO_CHANGES: Final = "[]"
# Others fold into the same list at the same time: the bounces of one post come together. Of so many at least one gets
# through each time; the pauses, of random length so that they fall out of step, take a second in all.
TRIES: Final = 200
PAUSE_S: Final = 0.0005  # doubled each time
PAUSE_MOST_S: Final = 0.01
NOT_COUNTED: Final = Counted(day=0, place=-1, amount=0)
MARK_OCTETS: Final = 10  # of a list's marks of a week no two are the same


class Streams(Part):
    """What is common to all reports of lists."""

    def __init__(self, client: Redis, ledgers: Ledgers) -> None:
        super().__init__(client)
        self._ledgers = ledgers
        self._append = client.register_script(scripts.APPEND_ONCE)
        self._keep = client.register_script(scripts.KEEP_ONCE)

    def append(
        self,
        mark: tuple[str, str],
        life: timedelta,
        stream: str,
        value: object,
        *,
        list_id: str,
        kept: int,
        counts: Counts,
        success: tuple[str, datetime] | None = None,
        entry: Enters | None = None,
    ) -> bool:
        """Keep the value (unless 0 are `kept`), fold its entry in and count it, in one step.

        False where its mark (what, ident) says that this was done before.
        """
        for attempt in range(TRIES):
            folds = NO_CHANGES if entry is None else json.dumps(self._ledgers.changes(list_id, entry))
            written = self._tried(
                mark, life, stream, value, list_id=list_id, kept=kept, counts=counts, success=success, folds=folds
            )
            if written != CHANGED:
                return bool(written)
            sleep(random.random() * min(PAUSE_MOST_S, PAUSE_S * 2 ** min(attempt, 9)))
        raise StoreUnavailable(
            f"The ledger of {list_id} was being changed by others all the time; this is tried again.", reason="refused"
        )

    def _tried(
        self,
        mark: tuple[str, str],
        life: timedelta,
        stream: str,
        value: object,
        *,
        list_id: str,
        kept: int,
        counts: Counts,
        success: tuple[str, datetime] | None,
        folds: str,
    ) -> int:
        form = FORMS.get(type(value)) if kept else None
        whose, at = ("", 0.0) if success is None else (success[0], success[1].timestamp())
        common = [
            short_mark(*mark),
            int(life.total_seconds()),
            int(keys.OUTCOME_TTL.total_seconds()),
            kept,
            *place_of(counted(value)),
            whose,
            at,
            folds,
        ]
        named = [keys.marks(list_id), keys.once(*mark), keys.days(list_id), keys.COUNTS, keys.SUCCESSES]
        named.append(keys.ledger(list_id))
        added = [each for pair in counts.items() for each in pair]
        with translated("recorded an outcome of a list"):
            if form is None:
                document = pack(value) if kept else b""
                return int(
                    self._append(keys=[*named, keys.evidence(stream, list_id)], args=[*common, document, *added])
                )
            places = keys.kept(stream, list_id), keys.bases(stream, list_id), keys.evidence(stream, list_id)

            def keep(entry: Entry) -> int:
                said = [entry.short, entry.whole, entry.base, REFERENCE, NEWEST, brought_field(stream)]
                return int(self._keep(keys=[*named, *places], args=[*common, *said, *added]))

            written = BASE_GONE if form.first is None else keep(form.first(value))
            if written == BASE_GONE:
                written = keep(form.likened(value, self._redis.hgetall(places[1])))
            if written == BASE_GONE:  # it was dropped meanwhile: a base of its own
                written = keep(form.likened(value, {}))
        return int(written)

    def read(self, kind: type[T], stream: str, list_id: str, limit: int) -> tuple[T, ...]:
        """The newest values, newest first."""
        with translated("read the outcomes of a list"):
            pipe = self._redis.pipeline(transaction=False)
            ask(pipe, kind, stream, list_id, limit)
            return answered(kind, replies(pipe), limit)


def ask(pipe: Redis, kind: type, stream: str, list_id: str, limit: int) -> int:
    """Queue the questions for the newest values of a kind; how many they are."""
    asked = 1
    if kind in FORMS:
        pipe.lrange(keys.kept(stream, list_id), 0, limit - 1)
        pipe.hgetall(keys.bases(stream, list_id))
        asked = 3
    pipe.xrevrange(keys.evidence(stream, list_id), count=limit)
    return asked


def answered(kind: type[T], replies: Sequence[Any], limit: int) -> tuple[T, ...]:
    """The values of the replies to those questions, newest first."""
    if kind not in FORMS:
        return read_stream(kind, replies[0])
    entries, bases, before = replies
    found: tuple[T, ...] = FORMS[kind].read(entries[:limit], bases)
    rest = max(0, limit - len(entries))
    return (*found, *read_stream(kind, before[:rest]))


def read_stream(kind: type[T], entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> tuple[T, ...]:
    """The values of a stream's entries."""
    # One that cannot be read was written by a version that said it differently: older evidence, not an error.
    return tuple(each_readable(kind.__name__, lambda entry: unpack(kind, entry[1][b"d"]), entries))


def short_mark(what: str, ident: str) -> bytes:
    """The mark of one thing recorded of a list."""
    return blake2b(f"{what}:{ident}".encode(), digest_size=MARK_OCTETS).digest()


def place_of(where: Counted | None) -> tuple[int, int, int, int]:
    """Where the scripts count something: day, place, amount, days kept."""
    there = where or NOT_COUNTED
    return there.day, there.place, there.amount, keys.DAYS_KEPT
