"""How many subscribers are at a receiver by what a log shows."""

from datetime import timedelta

from monitor.evidence.entry import Entry, Reply
from monitor.evidence.replies.counted import Row, RowKey
from monitor.evidence.sketch import digest
from monitor.model.evidence import AdmissionAction
from monitor.risk.tried import tried_of
from tests.builders import NOW, a_ledger, a_refusal

ACCEPT, DEFER, REJECT = AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT


def row(action, recipients, at=NOW):
    key = RowKey(day=at.date(), receiver="generic", family=4, action=action, kind="", rule="", code="")
    return key, Row(attempts=recipients, recipients=recipients, first=at, last=at, sample="")


def test_it_is_the_recipients_of_a_post_whatever_became_of_them():
    """Two posts for thirty each, refused for three more; how often what is put off was tried says nothing."""
    took = [
        Reply(at=NOW, receiver="generic", family=4, action=ACCEPT, post=digest(post), members=()) for post in ("p", "q")
    ]
    refused = [a_refusal("a", "b", "c", at=NOW, post=post, source="log", receiver="generic") for post in ("p", "q")]
    ledger = a_ledger(Entry(source="log", at=NOW, replies=tuple(took)), *refused)
    assert tried_of([row(ACCEPT, 60), row(REJECT, 6), row(DEFER, 500)], ledger) == {"generic": 33}
    assert tried_of([row(ACCEPT, 60, NOW - timedelta(days=50))], ledger) == {}
