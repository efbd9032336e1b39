"""What a log told reaches the assessment: what waits, exact numbers, addresses; keys of another type cost nothing."""

from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.evidence.entry import Reply
from monitor.evidence.replies.counted import OfList, Row, RowKey, Told, Waiting
from monitor.evidence.sketch import digest
from monitor.metrics import LOG_LINES, LOG_UNREAD, REPLIES
from monitor.model.evidence import AdmissionAction
from monitor.model.log_place import LogPlace
from monitor.operations.reassess import assess_now, evidence_of
from monitor.operations.services import Services
from monitor.store import keys
from monitor.store.followed import Stretch
from tests.builders import NOW, a_list

pytestmark = pytest.mark.integration

LISTED = a_list(id="ops", messages_per_day=4.0, subscribers={"gmail.com": 400})
REJECT = AdmissionAction.REJECT


def told(number, *, at=NOW, post="p"):
    """A post refused for so many."""
    reply = Reply(
        at=at,
        receiver="gmail",
        family=6,
        action=REJECT,
        post=digest(post),
        members=tuple(digest(f"m{n}") for n in range(number)),
        text="550 5.7.26 no",
    )
    key = RowKey(day=at.date(), receiver="gmail", family=6, action=REJECT, kind="policy", rule="", code="5.7.26")
    return OfList(
        rows={key: Row(attempts=number, recipients=number, first=at, last=at, sample="550 5.7.26 no")},
        replies=(reply,),
        refused={n * 2**32 + 7: ("gmail", at) for n in range(number)},
        sources={"2001:db8:77::25": at, "10.0.0.7": at},
        waiting=(
            Waiting(
                receiver="yahoo",
                family=4,
                kind="policy",
                rule="",
                posts=1,
                members=3,
                queued_at=at,
                since=at,
                last=at,
                sample="421 4.7.0 later",
            ),
        ),
    )


def keep(store, of_list, turn=0):
    before, after = LogPlace(log="mail", turn=turn), LogPlace(log="mail", turn=turn + 1)
    assert store.followed.commit(Stretch(before=before, after=after, told=Told(lists={"ops": of_list})), now=NOW)


def services(store):
    settings = Settings(list=[LISTED])
    return Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: NOW)


def test_numbers_are_exact_beyond_what_a_sketch_holds(store):
    """Three hundred and twelve were refused yesterday, of whom two hundred again today: 312, not about 310."""
    keep(store, told(312, at=NOW - timedelta(days=1), post="yesterday"))
    keep(store, told(200, at=NOW - timedelta(hours=1), post="today"), turn=1)
    made = services(store)
    evidence = evidence_of(store, LISTED, made.settings(), made.rules, now=NOW)
    assert evidence.heard.members["gmail", (NOW - timedelta(days=1)).date()] == 312
    assert evidence.heard.members["gmail", NOW.date()] == 200
    assert sum(row.attempts for _, row in evidence.heard.rows) == 512
    assessment, _ = assess_now(made, LISTED)
    (gmail,) = [each for each in assessment.forecasts if each.receiver == "gmail"]
    assert (gmail.seen.subscribers, gmail.seen.exact) == (312, True)
    assert any(each.receiver == "yahoo" and each.seen for each in assessment.forecasts), "what waits is seen"


def test_keys_of_another_type_are_nothing(store):
    for key in (keys.replies("ops"), keys.waiting("ops"), keys.sources("ops")):
        store.client.set(key, "garbage")
    made = services(store)
    assert evidence_of(store, LISTED, made.settings(), made.rules, now=NOW).heard.rows == ()


def test_what_was_read_is_counted_once(store):
    """A stretch that is kept again, because nobody heard that it was, adds nothing to the metrics."""
    of_list = told(312)
    before, after = LogPlace(log="mail"), LogPlace(log="mail", turn=1, lines=500, unread=2)
    stretch = Stretch(before=before, after=after, told=Told(lists={"ops": of_list}))
    assert store.followed.commit(stretch, now=NOW)
    assert not store.followed.commit(stretch, now=NOW)
    counts = store.metric_totals.all()
    assert counts[LOG_LINES.field()] == 500
    assert counts[LOG_UNREAD.field()] == 2
    assert counts[REPLIES.field(REJECT, "6")] == 312
