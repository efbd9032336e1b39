"""What was learnt of how lists' mail is signed, from posts and reports that somebody gave us. No addresses."""

from collections.abc import Iterable

from monitor.evidence.signing import with_shown
from monitor.model.signing import Learnt, SignedAs
from monitor.store import keys
from monitor.store.client import Part, translated
from monitor.store.codec import pack
from monitor.store.unreadable import unpacked


class LearntSigning(Part):
    """One document a list."""

    def learn(self, list_id: str, shown: Iterable[SignedAs]) -> Learnt:
        """Keep what one message or report shows beside what is known, the newest first. May be repeated.

        Of two that are given in the same instant one may be lost: whoever gave it sees what is known afterwards.
        """
        key = keys.learnt(list_id)
        with translated("kept how a list's mail is signed"):
            learnt = with_shown(read_learnt(list_id, self._redis.get(key)) or Learnt(list_id=list_id), shown)
            self._redis.set(key, pack(learnt), ex=keys.LEARNT_TTL)
        return learnt

    def of_list(self, list_id: str) -> Learnt | None:
        """What is known; None where nobody gave anything."""
        with translated("read how a list's mail is signed"):
            return read_learnt(list_id, self._redis.get(keys.learnt(list_id)))

    def forget(self, list_id: str) -> None:
        """Drop it with the list. May be repeated."""
        with translated("forgot a list"):
            self._redis.delete(keys.learnt(list_id))


def read_learnt(list_id: str, document: bytes | None) -> Learnt | None:
    """What a document tells; None where there is none, or it cannot be read."""
    return unpacked(Learnt, keys.learnt(list_id), document)
