"""Links in mails: one incident without a log-in, safe against link fetchers, and the one-click pause of RFC 8058."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import WebSettings
from monitor.model.incidents import IncidentState, NoticeState
from monitor.notify.links import HOLD_FOR, link_to, notice_of, token_of
from tests import seed
from tests.pages import pages_of
from tests.sample_notices import notice

HOME = "https://staysub.example.org"
KEY = b"k" * 32
OWNER = "owner@example.org"


@pytest.fixture
def told(store):
    """A notice of the seed's open incident, as it stands in the store."""
    seed.fill(store)
    incident = store.incidents.current("ipv6-ops")
    one = replace(notice(), incident_id=incident.id, list_id=incident.list_id, created_at=seed.NOW)
    one = replace(one, state=NoticeState.DELIVERED, next_attempt_at=None)
    store.notices.add([one])
    return one


def at(store, now):
    """A browser or a mail program without a cookie, where everything else needs a token."""
    web = WebSettings.model_validate({"token": "t" * 32, "url": HOME})
    settings = seed.settings().model_copy(update={"web": web})
    return TestClient(pages_of(lambda: settings, store, lambda: now), base_url=HOME)


@pytest.fixture
def client(store, told):
    return at(store, seed.NOW)


@pytest.fixture
def page(store, told):
    return link_to(told, base=HOME, key=store.signing_key()).page.removeprefix(HOME)


def state(store):
    """All that a link could change."""
    return (
        store.incidents.current("ipv6-ops"),
        store.silences.all(),
        store.suppressions.until(OWNER, "ipv6-ops", seed.NOW),
        store.notices.recent(100),
    )


def test_a_get_shows_and_changes_nothing_however_often_a_gateway_fetches_it(client, page, store):
    before = state(store)
    for path in (page, f"{page}/pause", page, f"{page}/acknowledge", f"{page}/silence", f"{page}/resume"):
        for method in ("GET", "HEAD", "OPTIONS"):
            client.request(method, path)
    assert state(store) == before
    body = client.get(page).text
    assert "Incident of ipv6-ops" in body
    assert "v=spf1" in body, "the record to publish can be looked at"
    assert "/lists/" not in body
    assert client.get("/lists/ipv6-ops", follow_redirects=False).status_code == 303, "the link opens more than it says"


def test_it_is_acknowledged_without_a_log_in_in_the_readers_name(client, page, store):
    answer = client.post(f"{page}/acknowledge", data={"reason": "asked the hoster", "lasts": "1d"})
    assert answer.status_code == 200
    incident = store.incidents.current("ipv6-ops")
    assert incident.state is IncidentState.ACKNOWLEDGED
    assert (incident.acknowledgement.by, incident.acknowledgement.reason) == (OWNER, "asked the hoster")
    assert "asked the hoster" in answer.text


def test_it_is_silenced_without_a_log_in(client, page, store):
    assert client.post(f"{page}/silence", data={"by": "Ada <b>", "lasts": "4h"}).status_code == 200
    assert store.incidents.current("ipv6-ops").state is IncidentState.SILENCED
    (silence,) = store.silences.all()
    assert (silence.list_id, silence.by, silence.until) == ("ipv6-ops", "Ada <b>", seed.NOW + timedelta(hours=4))
    assert client.post(f"{page}/silence", data={"lasts": "end"}).status_code == 422


def test_one_click_pauses_as_rfc_8058_has_it(client, page, store):
    """Section 3.2: a POST of this body, without cookies or context; section 3.1: it must not be redirected."""
    answer = client.post(f"{page}/pause", data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
    assert answer.status_code == 200
    assert store.suppressions.until(OWNER, "ipv6-ops", seed.NOW) == seed.NOW + timedelta(days=7)
    assert store.incidents.current("ipv6-ops").state is IncidentState.OPEN, "a pause is no answer to the incident"
    assert "Send them again" in client.get(page).text
    client.post(f"{page}/resume")
    assert store.suppressions.until(OWNER, "ipv6-ops", seed.NOW) is None


@pytest.mark.parametrize("wrong", ["", "x", "msg_a.1.b", "msg_a.99999999999.b", "é.1.ü", "a.b.c.d"])
def test_what_is_no_link_of_ours_opens_nothing(client, wrong):
    assert client.get(f"/n/{wrong}").status_code == 404
    assert client.post(f"/n/{wrong}/acknowledge").status_code == 404


def test_a_link_holds_for_a_time(store, told, page):
    assert at(store, seed.NOW + HOLD_FOR - timedelta(minutes=1)).get(page).status_code == 200
    late = at(store, seed.NOW + HOLD_FOR)
    assert late.get(page).status_code == 404
    assert late.post(f"{page}/acknowledge").status_code == 404
    assert store.incidents.current("ipv6-ops").state is IncidentState.OPEN


def test_a_token_is_signed_over_notice_and_end(told):
    token = token_of(told.id, seed.NOW, key=KEY)
    before = seed.NOW - timedelta(seconds=1)
    assert notice_of(token, keys=[KEY], now=before) == told.id
    assert notice_of(token, keys=[KEY], now=seed.NOW) is None
    assert notice_of(token, keys=[b"o" * 32], now=before) is None
    ident, expiry, mac = token.split(".")
    for changed in (f"{ident}x.{expiry}.{mac}", f"{ident}.{int(expiry) + 99}.{mac}", f"{ident}.{expiry}.{mac[:-1]}"):
        assert notice_of(changed, keys=[KEY], now=before) is None


def test_a_link_of_an_incident_that_is_over_still_shows_it(store, told, client, page):
    incident = store.incidents.current("ipv6-ops")
    over = replace(incident, state=IncidentState.RESOLVED, resolved_at=seed.NOW, revision=incident.revision + 1)
    assert store.incidents.commit(over, (), expected_revision=incident.revision)
    body = client.get(page).text
    assert "Answer it" not in body
    assert client.post(f"{page}/acknowledge").status_code == 409
