"""What was learnt of how lists' mail is signed, from posts and reports that somebody gave us. No addresses."""

from collections.abc import Sequence

from monitor.evidence.signing import with_shown
from monitor.model.signing import Learnt, SignedAs
from monitor.store import keys
from monitor.store.client import Part, Redis, translated
from monitor.store.codec import pack
from monitor.store.unreadable import unpacked


class LearntSigning(Part):
    """One document a list."""

    def learn(self, list_id: str, shown: Sequence[SignedAs]) -> Learnt:
        """Keep what one message or report shows beside what is known, the newest first. May be repeated.

        Of several that are given at once each is kept: who finds that another came before begins again.
        """
        key, known = keys.learnt(list_id), Learnt(list_id=list_id)

        def add(pipe: Redis) -> Learnt:
            learnt = with_shown(read_learnt(list_id, pipe.get(key)) or known, shown)
            pipe.multi()
            pipe.set(key, pack(learnt), ex=keys.LEARNT_TTL)
            return learnt

        with translated("kept how a list's mail is signed"):
            found: Learnt = self._redis.transaction(add, key, value_from_callable=True)
        return found

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
