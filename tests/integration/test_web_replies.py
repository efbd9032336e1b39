"""The page of what receivers answered, and its document in the API: empty it says how to connect a log."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from monitor.evidence.replies.counted import OfList, Row, RowKey, Told, Waiting
from monitor.model.evidence import AdmissionAction
from monitor.model.log_place import LogPlace
from monitor.model.mta_log import MtaLog
from monitor.store.followed import Stretch
from tests import seed
from tests.pages import pages_of

pytestmark = pytest.mark.integration

LIST, HOSTILE = "ipv6-ops", "550 5.7.1 <script>\x1b[2J\u202eevil"
LATELY = seed.NOW - timedelta(hours=5)


@pytest.fixture
def filled(store):
    seed.fill(store)
    return store


@pytest.fixture
def client(filled):
    pages = pages_of(seed.settings, filled, lambda: seed.NOW)
    return TestClient(pages, base_url="http://127.0.0.1:8025")


def row(receiver, family, action, number, *, days=0, kind="", rule="", code="", sample="250 2.0.0 Ok", delays=None):
    at = LATELY - timedelta(days=days)
    key = RowKey(
        day=at.date(), receiver=receiver, family=family, action=AdmissionAction(action), kind=kind, rule=rule, code=code
    )
    return key, Row(attempts=number, recipients=number, first=at, last=at, sample=sample, delays=delays or {})


ROWS = dict(
    [
        row("gmail", 4, "accept", 812, delays={2: 700, 5: 112}),
        row("gmail", 6, "reject", 431, kind="policy", rule="goog.unauth.5726.v3", code="5.7.26", sample="550 5.7.26 This mail has been blocked because the sender is unauthenticated."),
        row("gmail", 6, "accept", 3, days=1, delays={2: 3}),
        row("microsoft-365", 6, "defer", 97, kind="policy", rule="ms.eop.v6.auth.4xx.4726", code="4.7.26", sample="450 4.7.26 Service does not accept messages sent over IPv6 [2001:db8:25::25] unless they pass either SPF or DKIM validation"),
        row("microsoft-365", 4, "accept", 97, delays={3: 97}),
        row("generic", 4, "reject", 2, kind="address", code="5.1.1", sample="550 5.1.1 <address>: Recipient address rejected: User unknown"),
        row("generic", 0, "reject", 1, kind="other", sample=HOSTILE),
        row("generic", 4, "accept", 60, delays={3: 50, 12: 10}),
    ]
)  # fmt: skip
WAITING = Waiting(
    receiver="generic", family=4, kind="transient", rule="generic.grey", posts=2, members=7, queued_at=LATELY, since=LATELY,
    last=LATELY, sample="451 4.7.1 Greylisting in action, please come back later", domains=("club.example",),
)  # fmt: skip


def keep(store):
    """What a log told."""
    place = LogPlace(log="postfix")
    told = Told(lists={LIST: OfList(rows=ROWS, waiting=(WAITING,))})
    after = LogPlace(log="postfix", turn=1)
    assert store.followed.commit(Stretch(before=place, after=after, told=told), now=seed.NOW)


def test_a_list_without_a_log_says_how_to_connect_one(client):
    """The table to write, the command that reads one file, and who looks for faults."""
    page = client.get(f"/lists/{LIST}/replies").text
    for said in ("[[mta_log]]", "/var/log/mail.log", "staysub import log --kind postfix FILE", "staysub doctor"):
        assert said in page
    assert f'href="/lists/{LIST}/replies"' in client.get(f"/lists/{LIST}").text
    assert client.get("/lists/nobody/replies").status_code == 404
    assert client.get(f"/api/v1/lists/{LIST}/replies").json() == {"replies": [], "waiting": [], "next_offset": None}


def test_a_list_whose_log_is_read_is_not_told_to_connect_one(filled):
    """Nothing of it stands there yet, or it is the wrong one, which the doctor says."""
    settings = seed.settings(mta_logs=(MtaLog(id="postfix", kind="postfix", path=Path("/var/log/mail.log")),))
    client = TestClient(pages_of(lambda: settings, filled, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    page = client.get(f"/lists/{LIST}/replies").text
    assert "[[mta_log]]" not in page
    for said in ("tells of no post of this list yet", "staysub doctor"):
        assert said in page


def test_answers_stand_by_receiver_and_family(client, filled):
    """What was taken, put off and refused, why, in whose words; hostile ones inert."""
    keep(filled)
    page = client.get(f"/lists/{LIST}/replies").text
    for said in ("812", "431", "This mail has been blocked", "Service does not accept", "within 4 seconds", "within 32 seconds", "User unknown", "Greylisting in action"):  # fmt: skip
        assert said in page
    assert "<script>" not in page.split("<main", 1)[1]
    assert "\x1b" not in page
    document = client.get(f"/api/v1/lists/{LIST}/replies?limit=3").json()
    assert (len(document["replies"]), document["next_offset"]) == (3, 3)
    everything = client.get(f"/api/v1/lists/{LIST}/replies").json()
    assert sum(each["attempts"] for each in everything["replies"]) == sum(row.attempts for row in ROWS.values())
    refused = next(each for each in everything["replies"] if each["action"] == "reject" and each["receiver"] == "gmail")
    assert refused == {
        "list": LIST, "receiver": "gmail", "family": 6, "action": "reject", "class": "policy", "rule": "goog.unauth.5726.v3",
        "status_code": "5.7.26", "attempts": 431, "recipients": 431, "first": refused["first"], "last": refused["first"],
        "sample": "550 5.7.26 This mail has been blocked because the sender is unauthenticated.", "delay_s": None,
    }  # fmt: skip
    assert [(each["receiver"], each["class"], each["subscribers"]) for each in everything["waiting"]] == [
        (None, "transient", 7)
    ]
