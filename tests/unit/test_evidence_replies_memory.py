"""From events of a log to what receivers said to a list's posts, who waits, and what the ledger is told."""

import json
from datetime import UTC, datetime

import pytest

from monitor.admission.data import load_rules
from monitor.evidence.bounces.read import member_digest
from monitor.evidence.entry import digest_of_post
from monitor.evidence.replies.memory import QueueMemory
from monitor.evidence.sketch import SPACE
from monitor.model.evidence import AdmissionAction
from monitor.mtas.log import Became, GaveUp, Left, Queued, Tried

RULES = load_rules()
KEY = bytes(range(32))
LISTS = {"dev-bounces@lists.example.org": "dev", "news-bounces@lists.example.org": "news"}
T = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
GMAIL = "gmail-smtp-in.l.google.com"
UNAUTHENTICATED = (
    f"host {GMAIL}[2a00:1450::1b] said: 550-5.7.26 This mail has been blocked because the sender is unauthenticated. "
    "550-5.7.26 Gmail requires all senders to authenticate 550 5.7.26 x1 - gsmtp (in reply to end of DATA command)"
)
NOT_OVER_IPV6 = (
    "host example-edu.mail.protection.outlook.com[2a01:111:f403::10] said: 450 4.7.26 Service does not accept messages "
    "sent over IPv6 [2001:db8:25::25] unless they pass either SPF or DKIM validation (message not signed) (in reply to end of DATA command)"
)
LATER = "host mx.club.example[192.0.2.9] said: 451 4.7.1 Greylisting in action, please come back later"


def memory(kept=None, **more):
    return QueueMemory(LISTS, RULES, KEY, kept or {}, **more)


def queued(queue_id="A1", *, at=T, reverse_path="dev-bounces@lists.example.org", message_id="post1@x.example"):
    return [
        Queued(at=at, queue_id=queue_id, message_id=message_id),
        Queued(at=at, queue_id=queue_id, reverse_path=reverse_path),
    ]


def tried(text="250 2.0.0 Ok: queued as 4X", *to, at=T + 3, queue_id="A1", became=None, code=None, host="mx.club.example", address="192.0.2.9", opens=True):  # fmt: skip
    code = code if code is not None else int(text.partition(" said: ")[2][:3] or text[:3])
    usual = {2: Became.SENT, 4: Became.DEFERRED, 5: Became.BOUNCED}.get(code // 100, Became.DEFERRED)
    return Tried(
        at=at, queue_id=queue_id, host=host, address=address, code=code, text=text, recipients=to or ("anna@club.example",),
        number=len(to) or 1, opens=opens, became=became or usual,
    )  # fmt: skip


def over_ipv6(*to, **more):
    usual = {"host": "example-edu.mail.protection.outlook.com", "address": "2a01:111:f403::10"}
    return tried(NOT_OVER_IPV6, *(to or ("anna@example.edu",)), **{**usual, **more})


def told(*events, of="dev", kept=None):
    mind = memory(kept)
    for each in events:
        mind.take(each)
    return mind.told().lists.get(of)


def test_what_was_taken_is_counted_with_its_delay():
    """One row a receiver and family; the ledger learns that the post was taken, of no recipient."""
    found = told(*queued(), tried(at=T + 3), tried("250 2.0.0 Ok", "b@club.example", at=T + 5, opens=False))
    ((key, row),) = found.rows.items()
    assert (key.receiver, key.family, key.action, key.kind, key.rule, key.code) == (
        "generic",
        4,
        "accept",
        "",
        "",
        "2.0.0",
    )
    assert (row.attempts, row.recipients, row.delays) == (1, 2, {2: 1, 3: 1})
    assert row.sample == "250 2.0.0 Ok"
    (reply,) = found.replies
    assert (reply.action, reply.members, reply.family) == (AdmissionAction.ACCEPT, (), 4)
    assert reply.at == datetime.fromtimestamp(T, UTC)
    assert list(found.posts) == [reply.post]


def test_a_refusal_is_the_bounces():
    """Post, receiver, rule and member are what the bounce of the same refusal makes of it: both count once."""
    found = told(*queued(), tried(UNAUTHENTICATED, "Anna@Gmail.com", host=GMAIL, address="2a00:1450::1b"))
    (reply,) = found.replies
    assert (reply.receiver, reply.family, reply.action) == ("gmail", 6, AdmissionAction.REJECT)
    assert reply.rule.startswith("goog.unauth")
    assert reply.members == (member_digest(KEY, "anna@gmail.com"),)
    assert reply.post == digest_of_post("<post1@x.example>", at=datetime.now(UTC)) % SPACE
    assert reply.domains == ("gmail.com",)
    assert [(where, member >> 32) for member, (where, _) in found.refused.items()] == [("gmail", reply.members[0])]
    assert reply.text.startswith("550 5.7.26 This mail has been blocked")
    assert "in reply to" not in reply.text


def test_an_address_that_is_not_there_is_only_counted():
    """It says nothing of how the mail was sent."""
    found = told(*queued(), tried("host mx.club.example[192.0.2.9] said: 550 5.1.1 <anna@club.example>: User unknown"))
    assert found.replies == ()
    assert found.refused == {}
    assert [(key.kind, key.code) for key in found.rows] == [("address", "5.1.1")]
    assert found.posts


def test_who_is_put_off_waits_until_taken():
    """Exactly those, with since when, over several tries and posts."""
    mind = memory()
    for n, queue_id in enumerate(("A1", "B2")):
        for each in queued(queue_id, at=T + n, message_id=f"post{n}@x"):
            mind.take(each)
        mind.take(over_ipv6("anna@example.edu", "bob@example.edu", queue_id=queue_id, at=T + 10 + n))
    mind.take(over_ipv6("anna@example.edu", queue_id="A1", at=T + 400))
    (waiting,) = mind.told().lists["dev"].waiting
    assert (waiting.receiver, waiting.family, waiting.kind) == ("microsoft-365", 6, "policy")
    assert (waiting.posts, waiting.members, waiting.domains) == (2, 2, ("example.edu",))
    assert [each.timestamp() - T for each in (waiting.queued_at, waiting.since, waiting.last)] == [0, 10, 400]
    assert waiting.sample.startswith("450 4.7.26 Service does not accept")
    mind.take(tried("250 2.6.0 ok", "anna@example.edu", "bob@example.edu", queue_id="A1", at=T + 500))
    (waiting,) = mind.told().lists["dev"].waiting
    assert (waiting.posts, waiting.members) == (1, 2)
    mind.take(tried("250 2.6.0 ok", "anna@example.edu", "bob@example.edu", queue_id="B2", at=T + 500))
    assert mind.told().lists["dev"].waiting == ()
    assert mind.told().lists == {}


def test_what_the_queue_gives_up_is_a_deferral_of_when_it_was_queued():
    """As the bounce of it says; the ledger learns it when it is given up."""
    found = told(*queued(), over_ipv6(), GaveUp(at=T + 432_000, queue_id="A1"), Left(at=T + 432_001, queue_id="A1"))
    (reply,) = found.replies
    assert (reply.action, reply.receiver, reply.family) == (AdmissionAction.DEFER, "microsoft-365", 6)
    assert (reply.at.timestamp(), reply.told_at.timestamp()) == (T, T + 432_000)
    assert found.waiting == ()
    assert [where for where, _ in found.refused.values()] == ["microsoft-365"]


def test_only_those_who_are_named_are_given_up():
    """Others of the message wait on."""
    found = told(
        *queued(),
        over_ipv6("a@example.edu", "b@example.edu"),
        GaveUp(at=T + 9, queue_id="A1", recipients=("a@example.edu",)),
    )
    assert [each.members for each in found.waiting] == [1]
    assert found.replies[0].members == (member_digest(KEY, "a@example.edu"),)


def test_a_greylisted_post_that_is_given_up_is_no_policy():
    """Only what is about how the mail was sent goes to the ledger."""
    found = told(*queued(), tried(LATER), GaveUp(at=T + 432_000, queue_id="A1"))
    assert found.replies == ()
    assert found.waiting == ()


def test_who_goes_on_to_another_address_does_not_wait():
    """Put off over IPv6 and taken over IPv4 in one try: both are counted, nobody waits."""
    found = told(
        *queued(),
        over_ipv6(became=Became.NEXT),
        tried("250 2.6.0 ok", "anna@example.edu", host="example-edu.mail.protection.outlook.com"),
    )
    assert sorted((key.family, key.action) for key in found.rows) == [(4, "accept"), (6, "defer")]
    assert found.waiting is None


def test_who_goes_on_to_an_address_that_is_silent_waits_for_what_was_said():
    """The last one that answered tells why."""
    found = told(
        *queued(),
        over_ipv6(became=Became.NEXT),
        tried("connect to x[192.0.2.1]:25: Connection timed out", "anna@example.edu", code=0),
    )
    assert [(each.receiver, each.family) for each in found.waiting] == [("microsoft-365", 6)]


def test_nobody_answers():
    """That is no reply: it stands in no row, and the post went out all the same."""
    mind = memory()
    for each in (*queued(), tried("connect to x[192.0.2.1]:25: Connection refused", code=0)):
        mind.take(each)
    found = mind.told()
    assert (found.attempts, found.local) == (0, 1)
    assert found.lists["dev"].rows == {}
    assert found.lists["dev"].waiting is None
    assert found.lists["dev"].posts


def test_a_greeting_that_is_put_off_with_5yz_is_a_rejection_that_waits():
    """The reply's digit tells the action, what the mail server made of it who waits (smtp_skip_5xx_greeting)."""
    text = "host mx.club.example[192.0.2.9] refused to talk to me: 554 5.7.1 you are blocked"
    found = told(*queued(), tried(text, code=554, became=Became.DEFERRED))
    assert [(key.action, key.kind) for key in found.rows] == [("reject", "policy")]
    assert [each.members for each in found.waiting] == [1]
    assert found.replies == ()


def test_a_4yz_that_is_given_up_at_once_is_a_deferral():
    """Exim's `**` after a 4yz."""
    found = told(*queued(), over_ipv6(became=Became.BOUNCED))
    assert [each.action for each in found.replies] == [AdmissionAction.DEFER]
    assert found.waiting is None


def test_copies_of_one_post_are_one_post():
    """With VERP each recipient has a queue id of its own."""
    events = []
    for n in range(3):
        events += queued(f"A{n}", reverse_path=f"dev-bounces+anna{n}=club.example@lists.example.org")
        events.append(tried("250 ok", f"anna{n}@club.example", queue_id=f"A{n}"))
    found = told(*events)
    assert len(found.posts) == 1
    assert len(found.replies) == 1
    assert sum(row.recipients for row in found.rows.values()) == 3


@pytest.mark.parametrize(
    ("events", "rows"),
    [
        pytest.param([tried()], 0, id="its sender was not seen"),
        pytest.param([*queued(reverse_path=""), tried()], 0, id="null reverse-path"),
        pytest.param([*queued(reverse_path="anna@company.example"), tried()], 0, id="of no list"),
        pytest.param([queued()[1], tried()], 1, id="no Message-ID"),
        pytest.param([*queued()[::-1], tried()], 1, id="the other order"),
        pytest.param([*queued(), *queued(at=T + 9), tried()], 1, id="told again at each try"),
        pytest.param([*queued(), Left(at=T, queue_id="A1"), tried()], 0, id="it has left"),
    ],
)
def test_mail_of_no_list_is_only_an_attempt(events, rows):
    """It is counted, and kept nowhere."""
    mind = memory()
    for each in events:
        mind.take(each)
    found = mind.told()
    assert found.attempts == 1
    assert sum(len(each.rows) for each in found.lists.values()) == rows


def test_an_id_that_comes_again_is_another_message():
    """What was known of the first one is forgotten, also where that it left was not told."""
    mind = memory()
    for each in (
        *queued(),
        over_ipv6(),
        *queued(message_id="post2@x", reverse_path="news-bounces@lists.example.org"),
        tried(),
    ):
        mind.take(each)
    found = mind.told()
    assert found.lists["dev"].waiting == ()
    assert [key.action for key in found.lists["news"].rows] == ["accept"]


def test_it_goes_on_from_what_was_kept():
    """Another process knows who waits, and gives up as this one would have."""
    mind = memory()
    for each in (*queued(), *queued("B2", message_id="other@x"), over_ipv6()):
        mind.take(each)
    kept = mind.changes()
    assert set(kept) == {"A1", "B2"}
    assert mind.changes() == {}
    again = memory(kept)
    again.take(GaveUp(at=T + 9, queue_id="A1"))
    again.take(Left(at=T + 9, queue_id="A1"))
    found = again.told().lists["dev"]
    assert [each.action for each in found.replies] == [AdmissionAction.DEFER]
    assert found.waiting == ()
    assert again.changes() == {"A1": None}


def test_a_list_that_is_watched_no_more_is_forgotten():
    """Nothing is told of it, and nothing kept."""
    mind = memory()
    for each in (*queued(), over_ipv6()):
        mind.take(each)
    other = QueueMemory({"news-bounces@lists.example.org": "news"}, RULES, KEY, mind.changes())
    other.take(over_ipv6(at=T + 50))
    assert other.told().lists == {}
    assert other.changes() == {"A1": None}


def test_what_came_and_went_is_not_kept():
    """Most mail leaves at once: nothing need be written of it."""
    mind = memory()
    for each in (*queued(), tried(), Left(at=T + 4, queue_id="A1")):
        mind.take(each)
    assert mind.changes() == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"at":"x"}', '{"at":1,"list":"dev","waiting":[[1]]}', "\x00", "9" * 5000]
)
def test_what_is_kept_and_cannot_be_read_is_dropped(text):
    """It costs that message."""
    mind = memory({"A1": text})
    assert mind.changes() in ({"A1": None}, {})
    assert mind.told().lists == {}


def test_it_is_bounded(monkeypatch):
    """The oldest message is forgotten, and counted."""
    monkeypatch.setattr("monitor.evidence.replies.queue.MESSAGES_MOST", 2)
    mind = memory()
    for n in range(4):
        for each in queued(f"A{n}"):
            mind.take(each)
    assert mind.forgotten == 2
    assert set(mind.changes()) == {"A2", "A3"}


@pytest.mark.parametrize("at", [-1e12, 0.0, 1e18, float("nan")])
def test_a_stamp_that_is_no_time_harms_nothing(at):
    """Clocks jump."""
    mind = memory()
    for each in (*queued(at=at), over_ipv6(at=at), tried(at=T), GaveUp(at=at, queue_id="A1")):
        mind.take(each)
    assert mind.told().attempts in {1, 2}


def test_no_address_of_a_subscriber_is_kept():
    """Neither in what is told nor in what is known of the queue."""
    mind = memory()
    words = f"host mx.club.example[192.0.2.9] said: 550 5.7.1 zebra: <zebra@club.example> of dev-bounces+zebra=club.example@lists.example.org refused by zebra's {UNAUTHENTICATED}"
    for became in Became:
        for each in (
            *queued(reverse_path="dev-bounces+zebra=club.example@lists.example.org"),
            tried(words, "zebra@club.example", became=became),
        ):
            mind.take(each)
    kept = json.dumps(mind.changes()) + repr(mind.told())
    assert "zebra" not in kept
    assert "@" not in kept
    assert "club.example" in kept


def test_without_a_configuration_each_sender_is_a_list():
    """By its address without VERP; the null one and senders that were not seen are nobody."""
    mind = QueueMemory(None, RULES, KEY)
    events = [
        *queued("A", reverse_path="dev-bounces+zebra=club.example@lists.example.org"), tried(queue_id="A"),
        *queued("B", reverse_path=""), tried(queue_id="B"), tried(queue_id="C"),
    ]  # fmt: skip
    for each in events:
        mind.take(each)
    found = mind.told()
    assert {of: sum(row.attempts for row in each.rows.values()) for of, each in found.lists.items()} == {
        "dev-bounces@lists.example.org": 1,
        "": 2,
    }
    assert found.relays == {"mx.club.example": 1}


def test_what_left_the_queue_while_nobody_read_is_not_counted_with_what_waits():
    """A follower that was off for days: the lines that told the end of old messages are gone."""
    days = 3 * 86_400
    mind = memory()
    for each in (*queued("A1"), over_ipv6(queue_id="A1")):
        mind.take(each)
    assert [each.posts for each in mind.told().lists["dev"].waiting] == [1]
    for each in (*queued("B1", at=T + days, message_id="post2@x.example"), over_ipv6(at=T + days + 3, queue_id="B1")):
        mind.take(each)
    (waits,) = mind.told().lists["dev"].waiting
    assert (waits.posts, waits.queued_at.timestamp()) == (1, T + days)
