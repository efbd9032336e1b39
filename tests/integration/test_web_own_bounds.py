"""What a link does not open: other lists, lists that its reader owns no longer, and what opens anything for longer."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import WebSettings
from monitor.model.incidents import IncidentState
from monitor.notify.links import HOLD_FOR, token_of
from monitor.notify.notice import WEEKLY
from monitor.notify.share_keys import key_for
from monitor.store.tokens import Scope
from tests import seed
from tests.builders import a_notice
from tests.pages import pages_of

HOME, TOKEN = "http://127.0.0.1:8025", "a-long-and-secret-token"
MINE, OTHER, OWNER = "ipv6-ops", "gardening", "owner@example.org"
LEFT = ("somebody@example.net",)


@pytest.fixture(autouse=True)
def _filled(store):
    seed.fill(store)


def browser(store, *, lost=()):
    """A browser without a cookie, where everything needs a token; OWNER has left the lists that are lost."""
    settings = seed.settings(web=WebSettings(token=TOKEN))
    now_owned = tuple(replace(one, owners=LEFT) if one.id in lost else one for one in settings.file_lists)
    settings = settings.model_copy(update={"file_lists": now_owned})
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url=HOME)


def followed(store, key):
    """A browser that has followed that link."""
    client = browser(store)
    assert client.get(f"/own/{key}").status_code == 200
    return client


def key_of(store, list_id=MINE):
    return key_for(store.signing_key(), "owner", list_id)


def token(store, notice):
    return token_of(notice.id, notice.created_at + HOLD_FOR, key=store.signing_key())


@pytest.fixture
def told(store):
    """A mail about the incident of the list."""
    one = a_notice(id="msg_told", incident_id=f"inc-{MINE}", list_id=MINE, created_at=seed.NOW)
    store.notices.add([one])
    return one


@pytest.fixture
def weekly(store):
    """A weekly mail about two lists, as it was kept before today: with links that open them for good."""
    said = [{"list": name, "link": f"{HOME}/own/{key_of(store, name)}"} for name in (MINE, OTHER)]
    payload = json.dumps({"title": "Your week", "worse": said, "better": [], "same": []})
    one = a_notice(
        id="msg_weekly", incident_id="", list_id=MINE, type=WEEKLY, created_at=seed.NOW, payload=payload, revision=0
    )
    store.notices.add([one])
    return one


def test_no_document_of_a_notice_holds_a_key(store, weekly):
    program = {"Authorization": f"Bearer {store.tokens.create('x', Scope.READ, now=seed.NOW)[1]}"}
    for path in ("/api/v1/notices", f"/api/v1/notices/{weekly.id}", f"/api/v1/lists/{MINE}/notices"):
        body = browser(store).get(path, headers=program).text
        assert weekly.id in body, path
        assert "/own/" not in body, path


@pytest.mark.parametrize("of_mail", [True, False], ids=["by a mail's link", "by the list's"])
def test_an_owner_reads_documents_of_the_list_and_neither_its_links_nor_notices(store, told, weekly, of_mail):
    client = followed(store, token(store, told) if of_mail else key_of(store))
    for rest in ("", "/checks", "/history", "/addresses", "/forecast", "/incidents", "/tallies", "/reach"):
        assert client.get(f"/api/v1/lists/{MINE}{rest}").status_code == 200, rest
    for rest in ("links", "notices", "anything", "links/", "checks/../links"):
        assert client.get(f"/api/v1/lists/{MINE}/{rest}").status_code == 401, rest
    assert client.get(f"/api/v1/lists/{OTHER}").status_code == 401


def test_only_who_may_change_things_is_given_the_owners_link(store):
    client, key = browser(store), key_of(store)
    for scope, given in ((Scope.READ, False), (Scope.WRITE, True), (None, True)):
        bearer = TOKEN if scope is None else store.tokens.create("x", scope, now=seed.NOW)[1]
        headers = {"Authorization": f"Bearer {bearer}"}
        links = client.get(f"/api/v1/lists/{MINE}/links", headers=headers).json()
        assert links["owner"] == (f"{HOME}/own/{key}" if given else None), scope
        assert links["badge"] in (page := client.get(f"/lists/{MINE}", headers=headers).text)
        assert (key in page) is given, scope


def test_who_is_no_owner_any_more_sees_and_changes_nothing(store, told):
    link = token(store, told)
    assert browser(store).get(f"/n/{link}").status_code == 200
    client = browser(store, lost=[MINE])
    for path in (f"/n/{link}", f"/own/{link}", f"/own/{link}/incidents/inc-{MINE}"):
        assert client.get(path).status_code == 404, path
    for change in ("acknowledge", "silence", "pause"):
        assert client.post(f"/n/{link}/{change}", data={"lasts": "1d"}).status_code == 404
    assert store.incidents.get(f"inc-{MINE}").state is IncidentState.OPEN
    assert store.silences.all() == ()


def test_a_cookie_ends_with_its_owners_part_in_the_list(store, told):
    cookie = followed(store, token(store, told)).cookies
    client = browser(store, lost=[MINE])
    client.cookies = cookie
    assert client.get(f"/api/v1/lists/{MINE}").status_code == 401
    assert client.get("/own").status_code == 404


def test_a_weekly_mails_links_open_what_it_names_and_its_reader_owns(store, weekly):
    link = token(store, weekly)
    for name, opens in ((MINE, True), (OTHER, True), ("dns-void", False), ("nothing", False)):
        assert browser(store).get(f"/own/{link}.{name}").status_code == (200 if opens else 404), name
    for lost, kept in ((MINE, OTHER), (OTHER, MINE)):
        client = browser(store, lost=[lost])
        assert client.get(f"/own/{link}.{lost}").status_code == 404
        assert client.get(f"/own/{link}.{kept}").status_code == 200
        assert client.get(f"/n/{link}").status_code == 200, "its reader may still pause it"
    assert browser(store, lost=seed.LEVELS).get(f"/n/{link}").status_code == 404
    late = token_of(weekly.id, seed.NOW - timedelta(seconds=1), key=store.signing_key())
    assert browser(store).get(f"/own/{late}.{MINE}").status_code == 404


def test_a_mail_of_one_list_opens_no_other(store, told):
    assert browser(store).get(f"/own/{token(store, told)}.{OTHER}").status_code == 404


@pytest.mark.parametrize(
    "query", [f"list={MINE}&list=", f"list={MINE}&list={OTHER}", "list=", "", f"list=&list={OTHER}"]
)
def test_events_are_of_the_list_that_the_stream_will_read(store, query):
    """The last value holds; an empty one means all lists."""
    assert followed(store, key_of(store)).get(f"/events?{query}", follow_redirects=False).status_code == 303


def test_an_owner_has_the_browser_forget(store):
    client = followed(store, key_of(store))
    assert 'action="/logout"' in client.get("/own").text
    answer = client.post("/logout", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/own")
    assert not client.cookies
    assert client.get("/own").status_code == 404
    assert client.get(f"/api/v1/lists/{MINE}").status_code == 401
