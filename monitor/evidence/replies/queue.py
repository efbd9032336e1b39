"""The messages of one queue that are known, and what of them is to be kept. Pure."""

from collections.abc import Collection, Mapping
from typing import Final

from monitor.evidence.entry import digest_of_post
from monitor.evidence.replies.counted import Waiting
from monitor.evidence.replies.in_queue import InQueue
from monitor.evidence.replies.still import TRIED_WITHIN
from monitor.evidence.replies.tally import all_waiting, moment

MESSAGES_MOST: Final = 200_000
NOBODYS: Final = ""  # in the place of a list's id: mail of no list, and what is of a sender that was not seen


class Queue:
    """Messages by queue id, the oldest first; beyond so many the oldest is forgotten."""

    def __init__(self, kept: Mapping[str, str], lists: Collection[str] | None) -> None:
        """`kept` are earlier `changes`, all together; messages of other than these lists (None: of any) are dropped."""
        self.forgotten = 0  # messages that there was no room for
        self.moved: set[str] = set()  # lists of which something else waits than before
        self._messages: dict[str, InQueue] = {}
        self._waiting: dict[str, set[str]] = {}  # list → queue ids
        self._kept = set(kept)  # queue ids
        self._changed: set[str] = set()  # queue ids of which something else is known than is kept
        for queue_id, text in kept.items():
            message = InQueue.read(text)
            if message is None or (message.of is not None and lists is not None and message.of not in lists):
                self._changed.add(queue_id)
                continue
            self._messages[queue_id] = message
            if message.of is not None and message.waiting:
                self._waiting.setdefault(message.of, set()).add(queue_id)

    def get(self, queue_id: str) -> InQueue | None:
        """The message with that id, if it is known."""
        return self._messages.get(queue_id)

    def note(self, queue_id: str, at: float, *, of: str | None, message_id: str | None) -> None:
        """It is in the queue; of that list, and with that Message-ID, where these are told."""
        digest = None if message_id is None else digest_of_post(message_id, at=moment(at))
        message = self._messages.get(queue_id)
        if message is not None and not (_may_be(message.message, digest) and _may_be(message.of, of)):
            self.forget(queue_id)  # the id came again, and that its first message left was not told
            message = None
        if message is None:
            if len(self._messages) >= MESSAGES_MOST:
                self.forgotten += 1
                self.forget(next(iter(self._messages)))
            message = self._messages[queue_id] = InQueue(at)
        elif (digest is None or digest == message.message) and (of is None or of == message.of):
            return
        message.of = message.of if of is None else of
        message.message = message.message if digest is None else digest
        self._changed.add(queue_id)

    def note_waiting(self, queue_id: str, message: InQueue) -> None:
        """Others of its recipients wait than before."""
        of = message.of or NOBODYS
        ids = self._waiting.setdefault(of, set())
        if message.waiting:
            ids.add(queue_id)
        else:
            ids.discard(queue_id)
        self.moved.add(of)
        self._changed.add(queue_id)

    def forget(self, queue_id: str) -> None:
        """It is not in the queue any more, or of no list."""
        message = self._messages.pop(queue_id, None)
        if message is None:
            return
        self._changed.add(queue_id)
        if message.waiting:
            message.waiting.clear()
            self.note_waiting(queue_id, message)

    def waiting_of(self, of: str, at: float) -> tuple[Waiting, ...]:
        """What waits of that list at that time; of what was not tried for a day, the log has lost the end."""
        known = (self._messages[each] for each in self._waiting.get(of, ()))
        lately = at - TRIED_WITHIN.total_seconds()
        several = [each for each in known if any(group.last >= lately for group in each.waiting.values())]
        return all_waiting((post_of(each), each) for each in several)

    def changes(self) -> Mapping[str, str | None]:
        """What is to be kept anew: queue id → text, None where it is known no more. Since it was last asked."""
        changes: dict[str, str | None] = {}
        for queue_id in self._changed:
            message = self._messages.get(queue_id)
            if message is not None and message.of != NOBODYS:
                changes[queue_id] = message.written()
                self._kept.add(queue_id)
            elif queue_id in self._kept:
                changes[queue_id] = None
                self._kept.discard(queue_id)
        self._changed = set()
        return changes


def post_of(message: InQueue) -> int:
    """The digest of its post: copies with one Message-ID are one post."""
    if message.message is not None:
        return message.message
    return digest_of_post(None, at=moment(message.queued_at))


def _may_be(known: object, told: object) -> bool:
    """Whether both are of one message."""
    return told is None or known in (None, told)
