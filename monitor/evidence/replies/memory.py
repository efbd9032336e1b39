"""From what a log tells of messages to what receivers said to lists' mail. Pure.

A line about a try names a queue id and nobody's list; earlier lines named the sender. What must be known of a message
until it leaves the queue stands here, for all messages that are under way, without any address of a recipient.
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.evidence.entry import digest_of_post
from monitor.evidence.replies.counted import POLICY, Told
from monitor.evidence.replies.in_queue import DIGEST_OCTETS, Cause, InQueue, PutOff
from monitor.evidence.replies.meaning import DAY_S, Meaning, Meanings, code_of_taken, without_recipients
from monitor.evidence.replies.queue import NOBODYS, Queue, post_of
from monitor.evidence.replies.tally import EARLIEST, LATEST, Answered, Tally, moment
from monitor.managers.verp import list_of, without_verp
from monitor.model.evidence import AdmissionAction
from monitor.mtas.log import Became, GaveUp, Left, LogEvent, Queued, Tried

LISTS_MOST: Final = 20_000  # where every sender is taken for one; what comes beyond is nobody's
RELAYS_MOST: Final = 1000
CODES: Final = range(200, 600)
SENT_OUT: Final = 3  # codes from 300 on do not take mail
ACCEPT, DEFER, REJECT = AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT


class QueueMemory:
    """What is known of one log's queue, and what was told of lists since it was last asked."""

    def __init__(
        self,
        lists_by_reverse_path: Mapping[str, str] | None,
        rules: RuleSet,
        key: bytes,
        kept: Mapping[str, str] | None = None,
        *,
        nobodys: bool = False,
    ) -> None:
        """`kept` are earlier `changes`, all together; `key` is the installation's own.

        Without lists (None) each sender's address, without VERP, is taken for one. `nobodys` counts mail of no list
        too, under the id "".
        """
        self.lists_by_reverse_path = lists_by_reverse_path
        self._nobodys = nobodys or lists_by_reverse_path is None
        self._meanings = Meanings(rules)
        self._key = key
        self._senders: dict[str, str | None] = {}
        self._queue = Queue(kept or {}, None if lists_by_reverse_path is None else set(lists_by_reverse_path.values()))
        self._tallies: dict[str, Tally] = {}
        self._relays: dict[str, int] = {}
        self._attempts = self._local = 0
        self._at = 0.0  # of the newest event

    def take(self, event: LogEvent) -> None:
        """What the log tells next; what is of no time that a clock may have is passed over."""
        if not EARLIEST <= event.at <= LATEST:
            return
        self._at = event.at
        if isinstance(event, Tried):
            self._tried(event)
        elif isinstance(event, Queued):
            self._queued(event)
        elif isinstance(event, Left):
            self._queue.forget(event.queue_id)
        else:
            self._gave_up(event)

    @property
    def forgotten(self) -> int:
        """Messages that there was no room for."""
        return self._queue.forgotten

    def told(self) -> Told:
        """What came since it was last asked."""
        moved, self._queue.moved = self._queue.moved, set()
        for of in moved:
            self._tally(of)
        lists = {
            of: tally.told(self._queue.waiting_of(of, self._at) if of in moved else None)
            for of, tally in self._tallies.items()
        }
        told = Told(lists=lists, attempts=self._attempts, local=self._local, relays=self._relays)
        self._attempts = self._local = 0
        self._tallies, self._relays = {}, {}
        return told

    def changes(self) -> Mapping[str, str | None]:
        """What is to be kept anew: queue id → text, None where it has left. Since it was last asked."""
        return self._queue.changes()

    def _queued(self, event: Queued) -> None:
        of = None if event.reverse_path is None else self._list_of(event.reverse_path)
        if event.reverse_path is not None and of is None:
            self._queue.forget(event.queue_id)
        else:
            self._queue.note(event.queue_id, event.at, of=of, message_id=event.message_id)

    def _list_of(self, reverse_path: str) -> str | None:
        known = self._senders
        if reverse_path in known:
            return known[reverse_path]
        if self.lists_by_reverse_path is not None:
            return list_of(reverse_path, self.lists_by_reverse_path) or (NOBODYS if self._nobodys else None)
        plain = without_verp(reverse_path)
        if plain not in known and len(known) >= LISTS_MOST:
            return NOBODYS
        known[plain] = plain
        return plain

    def _tally(self, of: str) -> Tally:
        tally = self._tallies.get(of)
        if tally is None:
            tally = self._tallies[of] = Tally()
        return tally

    def _tried(self, tried: Tried) -> None:
        code = tried.code
        answered = code in CODES
        if tried.opens:
            if answered:
                self._attempts += 1
            else:
                self._local += 1
        message = self._queue.get(tried.queue_id)
        if message is None or message.of is None:
            if not self._nobodys:
                return
            of = NOBODYS
        else:
            of = message.of
        if message is None or message.of is None or of == NOBODYS:
            if answered:
                self._row(self._tally(of), tried, message)
            return
        tally = self._tally(of)
        post = post_of(message)
        if tried.at < tally.posts.get(post, tried.at + 1):
            tally.posts[post] = tried.at
        if tried.source and tried.at >= tally.sources.get(tried.source, tried.at):
            tally.sources[tried.source] = tried.at
        if not answered:
            self._not_answered(tried, message, tally)
            return
        if tried.opens and tried.host and (tried.host in self._relays or len(self._relays) < RELAYS_MOST):
            self._relays[tried.host] = self._relays.get(tried.host, 0) + 1
        meaning = self._row(tally, tried, message)
        if meaning is None:
            receiver, family = self._meanings.place(tried.host, tried.address)
            taken = Answered(post, message.queued_at, receiver, family, ACCEPT, "")
            if taken not in tally.said:
                tally.say(taken, tried.at)
            if message.waiting or message.passed:
                self._release(tried.queue_id, message, self._members(tried))
            return
        self._refused(tried, message, meaning, tally, post)

    def _row(self, tally: Tally, tried: Tried, message: InQueue | None) -> Meaning | None:
        """Count it; what it means where it was not taken."""
        day = int(tried.at // DAY_S)
        if tried.code // 100 < SENT_OUT:
            receiver, family = self._meanings.place(tried.host, tried.address)
            cell = tally.count((day, receiver, family, ACCEPT, "", "", code_of_taken(tried.text)), tried)
            if message is not None:
                power = int(max(0.0, tried.at - message.queued_at)).bit_length()
                cell.delays[power] = cell.delays.get(power, 0) + tried.number
            return None
        meaning = self._meanings.of(tried)
        receiver, family, kind, rule, enhanced, _ = meaning
        tally.count((day, receiver, family, _action(tried.code), kind, rule, enhanced), tried)
        return meaning

    def _refused(self, tried: Tried, message: InQueue, meaning: Meaning, tally: Tally, post: int) -> None:
        members = self._members(tried)
        cause = Cause(meaning.receiver, meaning.family, meaning.kind, meaning.rule)
        if tried.became is Became.NEXT:
            message.passed.update(dict.fromkeys(members or (0,), (cause, meaning.sample)))
        elif tried.became is Became.DEFERRED:
            self._put_off(tried, message, cause, members, meaning.sample)
        else:
            self._release(tried.queue_id, message, members)
            answered = Answered(post, message.queued_at, *cause[:2], _action(tried.code), cause.rule)
            group = PutOff(tried.at, tried.at, meaning.sample, set(members), set(_domains(tried)))
            _bounced(tally, answered, cause, tried.at, group)

    def _not_answered(self, tried: Tried, message: InQueue, tally: Tally) -> None:
        """The last host of a try did not answer: what one before it said, in this try or earlier, goes on to count."""
        if not (message.waiting or message.passed):
            return
        members = self._members(tried)
        if tried.became is Became.BOUNCED:
            self._give_up(tried.queue_id, message, tally, tried.at, members)
        elif tried.became is Became.DEFERRED:
            for member in members:
                passed = message.passed.get(member)
                if passed is None and not message.waits(member):
                    passed = message.passed.get(0)
                if passed is not None:
                    sample = without_recipients(passed[1], tried.recipients)
                    self._put_off(tried, message, passed[0], (member,), sample)

    def _put_off(self, tried: Tried, message: InQueue, cause: Cause, members: Iterable[int], sample: str) -> None:
        members = tuple(members)
        for each in members:
            message.passed.pop(each, None)
        message.put_off(cause, members, _domains(tried), tried.at, sample)
        self._queue.note_waiting(tried.queue_id, message)

    def _release(self, queue_id: str, message: InQueue, members: Iterable[int]) -> None:
        members = tuple(members)
        for each in members if message.passed else ():
            message.passed.pop(each, None)
        if message.release(members):
            self._queue.note_waiting(queue_id, message)

    def _gave_up(self, event: GaveUp) -> None:
        message = self._queue.get(event.queue_id)
        if message is None or not message.of or not message.waiting:
            return
        members = [self._member(each) for each in event.recipients] if event.recipients else None
        self._give_up(event.queue_id, message, self._tally(message.of), event.at, members)

    def _give_up(self, queue_id: str, message: InQueue, tally: Tally, at: float, members: Iterable[int] | None) -> None:
        post = post_of(message)
        for cause, group in message.give_up(members):
            _bounced(tally, Answered(post, message.queued_at, *cause[:2], DEFER, cause.rule), cause, at, group)
        self._queue.note_waiting(queue_id, message)

    def _members(self, tried: Tried) -> tuple[int, ...]:
        """Digests of its recipients; of one that is not named, what stands for it in this message."""
        if tried.recipients:
            return tuple(map(self._member, tried.recipients))
        return tuple(self._member(f"unnamed {tried.queue_id} {n}") for n in range(min(tried.number, 1)))

    def _member(self, address: str) -> int:
        """As `bounces.read.member_digest`, of which these are more octets."""
        octets = hmac.digest(self._key, address.lower().encode("utf-8", "replace"), "sha256")
        return int.from_bytes(octets[:DIGEST_OCTETS], "big")


def _post(message: InQueue) -> int:
    if message.message is not None:
        return message.message
    return digest_of_post(None, at=moment(message.queued_at))


def _bounced(tally: Tally, answered: Answered, cause: Cause, at: float, group: PutOff) -> None:
    """These recipients are refused for good: the ledger knows what is about how the mail was sent."""
    if cause.kind == POLICY:
        tally.say(answered, at, group)
        tally.refused.update(dict.fromkeys(group.members, (cause.receiver, at)))


def _action(code: int) -> AdmissionAction:
    return REJECT if code // 100 == 5 else DEFER


def _domains(tried: Tried) -> frozenset[str]:
    found = (each.rpartition("@")[2].lower()[:255] for each in tried.recipients[:100] if "@" in each)
    return frozenset(found)
