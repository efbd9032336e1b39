"""Bounded streams, one a list and kind: what was found enters one once, and is counted as it enters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from monitor.errors import Unparsable
from monitor.metrics import Counts
from monitor.model import tally
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, translated
from monitor.store.codec import pack, unpack

T = TypeVar("T")
NOT_TALLIED: Final = (0, -1, 0)


class Streams(Part):
    """What is common to all that is kept in streams."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._append = client.register_script(scripts.APPEND_ONCE)

    def append(
        self,
        mark: str,
        stream: str,
        value: object,
        *,
        list_id: str,
        kept: int,
        counts: Counts,
        success: tuple[str, datetime] | None = None,
    ) -> bool:
        """Keep the value, and count it; False where its mark says that this was done before."""
        bucket, place, amount = tally.counted(value) or NOT_TALLIED
        whose, at = ("", 0.0) if success is None else (success[0], success[1].timestamp())
        with translated("recorded an outcome of a list"):
            new = self._append(
                keys=[mark, stream, keys.tallies(list_id), keys.COUNTS, keys.SUCCESSES],
                args=[
                    int(keys.ONCE_TTL.total_seconds()),
                    pack(value),
                    kept,
                    int(keys.OUTCOME_TTL.total_seconds()),
                    bucket,
                    place,
                    amount,
                    keys.TALLIES_KEPT,
                    whose,
                    at,
                    *(each for pair in counts.items() for each in pair),
                ],
            )
        return bool(new)

    def read(self, kind: type[T], stream: str, limit: int) -> tuple[T, ...]:
        """The newest values, newest first."""
        with translated("read the outcomes of a list"):
            return read_stream(kind, self._redis.xrevrange(stream, count=limit))


def read_stream(kind: type[T], entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> tuple[T, ...]:
    """The values of a stream's entries."""
    values = []
    for _, fields in entries:
        try:
            values.append(unpack(kind, fields[b"d"]))
        except Unparsable:  # written by a version that said it differently: older evidence, not an error
            continue
    return tuple(values)
