"""Where each list's subscribers are: counts by receiver and way, so that judging reads one key."""

from monitor.model.reach import ReachRecord
from monitor.store import keys
from monitor.store.client import Part, translated
from monitor.store.codec import pack


class Reaches(Part):
    """One document a list, the newest."""

    def keep(self, list_id: str, record: ReachRecord) -> None:
        """Put it in the place of the older one. May be repeated."""
        with translated("kept where subscribers are"):
            self._redis.set(keys.reach(list_id), pack(record), ex=keys.OUTCOME_TTL)
