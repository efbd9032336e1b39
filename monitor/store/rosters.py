"""What list managers said of their lists when they were asked: counts by domain and settings, never addresses."""

from collections.abc import Iterable

from monitor.errors import Unparsable
from monitor.model.evidence import Roster
from monitor.store import keys
from monitor.store.client import Part, translated
from monitor.store.codec import pack, unpack


class Rosters(Part):
    """One document a list, the newest."""

    def keep(self, rosters: Iterable[Roster]) -> None:
        """Put each in the place of its list's older one. May be repeated."""
        with translated("kept counts of subscribers"):
            for each in rosters:
                self._redis.set(keys.roster(each.list_id), pack(each), ex=keys.OUTCOME_TTL)

    def of_list(self, list_id: str) -> Roster | None:
        """The newest; None where nobody asked, or too long ago."""
        with translated("read counts of subscribers"):
            return read_roster(self._redis.get(keys.roster(list_id)))


def read_roster(document: bytes | None) -> Roster | None:
    """The roster of a document; None where there is none."""
    try:
        return None if document is None else unpack(Roster, document)
    except Unparsable:
        return None  # of another version: the next import puts a new one in its place
