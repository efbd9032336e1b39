"""What a log tells does not depend on where it is cut into stretches, nor on who reads the next one."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.admission.data import load_rules
from monitor.evidence.replies.counted import Row, RowKey
from monitor.evidence.replies.memory import QueueMemory
from monitor.evidence.replies.rows_of_day import sum_of
from monitor.managers.verp import list_of, without_verp
from monitor.mtas.log import Became, GaveUp, Left, LogEvent, Queued, Tried

RULES = load_rules()
KEY = bytes(range(32))
LISTS = {"dev-bounces@lists.example.org": "dev", "news-bounces@lists.example.org": "news"}
T = 1.79e9
TEXTS = {
    250: "250 2.0.0 Ok: queued as 4X",
    450: "host mx.a.example[2001:db8::1] said: 450 4.7.26 Service does not accept messages sent over IPv6 unless they pass either SPF or DKIM",
    451: "host mx.a.example[192.0.2.9] said: 451 4.7.1 Greylisting in action, please come back later",
    550: "host mx.a.example[192.0.2.9] said: 550 5.7.26 This mail has been blocked because the sender is unauthenticated.",
    551: "host mx.a.example[192.0.2.9] said: 550 5.1.1 <zebra1@a.example>: User unknown",
    0: "connect to mx.a.example[192.0.2.9]:25: Connection timed out",
}
IDS = st.sampled_from(["A1", "B2", "C3"])
PEOPLE = st.lists(st.sampled_from([f"zebra{n}@a.example" for n in range(3)]), min_size=1, max_size=3, unique=True)
SENDERS = st.sampled_from(["", "a@b.example", "dev-bounces@lists.example.org", "dev-bounces+zebra=a.example@lists.example.org", "news-bounces@lists.example.org", None])  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> list[LogEvent]:
    """A log, its times going on."""
    found: list[LogEvent] = []
    for n in range(draw(st.integers(0, 25))):
        at, queue_id = T + 1000.0 * n, draw(IDS)
        kind = draw(st.integers(0, 9))
        if kind < 3:
            message_id = draw(st.sampled_from([None, "p1@x", "p2@x"]))
            found.append(Queued(at=at, queue_id=queue_id, reverse_path=draw(SENDERS), message_id=message_id))
        elif kind < 8:
            code = draw(st.sampled_from(sorted(TEXTS)))
            to = tuple(draw(PEOPLE))
            became = draw(st.sampled_from(list(Became))) if code >= 400 or not code else Became.SENT
            found.append(
                Tried(at=at, queue_id=queue_id, host="mx.a.example", address="192.0.2.9", code=550 if code == 551 else code, text=TEXTS[code], recipients=to, number=len(to), opens=draw(st.booleans()), became=became)
            )  # fmt: skip
        elif kind == 8:
            found.append(
                GaveUp(at=at, queue_id=queue_id, recipients=tuple(draw(PEOPLE)) if draw(st.booleans()) else ())
            )
        else:
            found.append(Left(at=at, queue_id=queue_id))
    return found


class Kept:
    """All that was told, as the store keeps it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, RowKey], Row] = {}
        self.replies: dict[object, set[int]] = {}
        self.waiting: dict[str, object] = {}
        self.refused: set[tuple[str, int]] = set()
        self.posts: set[tuple[str, int]] = set()
        self.queue: dict[str, str] = {}
        self.numbers = [0, 0]

    def add(self, memory: QueueMemory) -> None:
        """What came of it since the last time."""
        told = memory.told()
        self.numbers[0] += told.attempts
        self.numbers[1] += told.local
        for of, each in told.lists.items():
            for key, row in each.rows.items():
                self.rows[of, key] = sum_of(self.rows[of, key], row) if (of, key) in self.rows else row
            for reply in each.replies:
                key = of, reply.receiver, reply.family, reply.action, reply.rule, reply.post, reply.at
                self.replies.setdefault(key, set()).update(reply.members)
            if each.waiting is not None:
                self.waiting[of] = each.waiting
            self.refused |= {(of, member) for member in each.refused}
            self.posts |= {(of, post) for post in each.posts}
        for queue_id, text in memory.changes().items():
            if text is None:
                del self.queue[queue_id]
            else:
                self.queue[queue_id] = text

    def shown(self) -> tuple[object, ...]:
        """All of it, what waits without lists of which nothing does."""
        waiting = {of: each for of, each in self.waiting.items() if each}
        return self.rows, self.replies, waiting, self.refused, self.posts, self.numbers


@given(events(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_log_tells_the_same_however_it_is_cut(log, data):
    """Each stretch may be read by another process, which knows only what was kept; nothing of anybody stands there."""
    log = [each for each in log if not (isinstance(each, Tried) and each.became is Became.NEXT)]
    whole, parts = Kept(), Kept()
    memory = QueueMemory(LISTS, RULES, KEY, {})
    for each in log:
        memory.take(each)
    whole.add(memory)
    cuts = data.draw(st.sets(st.integers(0, len(log))))
    memory = QueueMemory(LISTS, RULES, KEY, {})
    for n, each in enumerate(log):
        if n in cuts:
            parts.add(memory)
            memory = QueueMemory(LISTS, RULES, KEY, dict(parts.queue))
        memory.take(each)
    parts.add(memory)
    assert parts.shown() == whole.shown()
    assert "zebra" not in json.dumps(parts.queue) + repr(parts.shown())


@given(events())
@settings(max_examples=200, deadline=None)
def test_rows_add_up(log):
    """To all tries that were answered, and to all recipients, where every sender is taken for a list."""
    memory = QueueMemory(None, RULES, KEY)
    for each in log:
        memory.take(each)
    told = memory.told()
    rows = [row for each in told.lists.values() for row in each.rows.values()]
    answered = [each for each in log if isinstance(each, Tried) and each.code]
    assert sum(row.attempts for row in rows) == told.attempts == sum(each.opens for each in answered)
    assert sum(row.recipients for row in rows) == sum(each.number for each in answered)


@given(st.text(max_size=300) | st.from_regex(r"[a-z]{1,5}([-+=*.][a-z0-9]{1,5}){0,6}@[a-z.]{1,10}", fullmatch=True))
def test_an_address_without_verp_has_none(address):
    """Taking it away again changes nothing; a list that is known is found by its own reverse-path."""
    plain = without_verp(address)
    assert without_verp(plain) == plain
    assert not plain or list_of(plain, {plain: "dev"}) == "dev"
