"""Counts of everything that happens, and when each list last was looked at with success: two hashes."""

from datetime import datetime
from functools import partial

from monitor.metrics import Counts
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.unreadable import readable


class MetricTotals(Part):
    """Counts are mostly written together with what they count, by those who write that."""

    def add(self, counts: Counts) -> None:
        """Add to several counts at once. Not repeatable: twice is twice."""
        if not counts:
            return
        with self._transaction("counted") as pipe:
            queue_counts(pipe, counts)

    def all(self) -> dict[str, float]:
        """Every count that was ever added to."""
        with translated("read the counts"):
            found = self._redis.hgetall(keys.COUNTS)
        read = {text(field): readable(keys.COUNTS, partial(float, value)) for field, value in found.items()}
        return {field: value for field, value in read.items() if value is not None}

    def successes(self) -> dict[tuple[str, str], datetime]:
        """When what was last done with success for which list: ("check" or "probe", list id)."""
        with translated("read the last successes"):
            found = self._redis.hgetall(keys.SUCCESSES)
        read = {text(field): readable(keys.SUCCESSES, partial(moment, at)) for field, at in found.items()}
        named = ((*field.partition(":"), at) for field, at in read.items())
        return {(kind, list_id): at for kind, _, list_id, at in named if at is not None}

    def forget(self, list_id: str) -> None:
        """Drop what is noted of a list that is watched no longer."""
        with translated("forgot a list"):
            self._redis.hdel(keys.SUCCESSES, f"check:{list_id}", f"probe:{list_id}")


def queue_counts(pipe: Redis, counts: Counts) -> None:
    """Queue additions beside what they count."""
    if counts:
        flat = [each for pair in counts.items() for each in pair]
        pipe.eval(scripts.ADD_COUNTS, 1, keys.COUNTS, *flat)
