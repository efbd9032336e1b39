"""What an owner sees and may do by the link: no administrator's frame, no other list, every link leads somewhere."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import WebSettings
from monitor.incident.silence import make
from monitor.model.incidents import IncidentState
from monitor.notify.links import HOLD_FOR, token_of
from monitor.notify.share_keys import key_for
from tests import seed
from tests.pages import pages_of

HOME = "http://127.0.0.1:8025"
LOCKED, OPEN = WebSettings(token="a-long-and-secret-token"), WebSettings()
LINK = re.compile(r"""\s(?:href|src|action|data-events)="([^"]*)\"""")
MINE = "ipv6-ops"
OTHERS = [name for name in seed.LEVELS if name != MINE]


@pytest.fixture(params=[LOCKED, OPEN], ids=["locked", "open"])
def client(request, store):
    """A browser without any cookie, before an installation with a token and one without."""
    seed.fill(store)
    return browser(store, request.param)


def browser(store, web=LOCKED, now=seed.NOW):
    settings = seed.settings(web=web)
    return TestClient(pages_of(lambda: settings, store, lambda: now), base_url=HOME)


@pytest.fixture
def own(store):
    return f"/own/{key_for(store.signing_key(), 'owner', MINE)}"


def walked(client, begin):
    """Every page that links and forms lead to from there, by address: (body, whether somebody must send something)."""
    found, waiting = {}, [begin]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 200, f"{path} answers {answer.status_code}"
        assert "set-cookie" not in answer.headers or path == begin, path
        found[path] = answer.text if "html" in answer.headers["content-type"] else ""
        for link in map(unescape, LINK.findall(found[path])):
            to = urlsplit(urljoin(HOME + path, link))
            target = to.path + (f"?{to.query}" if to.query else "")
            if to.netloc != urlsplit(HOME).netloc or "/events" in to.path or target in found or "language=" in to.query:
                continue
            if link in re.findall(r'action="([^"]*)"', found[path]) and not to.path.endswith("/explain"):
                assert to.path.startswith(begin), f"a form of {path} sends to {link}"
            else:
                waiting.append(target)
    return found


def test_every_page_that_an_owner_reaches_is_the_owners(client, own):
    """Breadth first from the link: nothing leads to a page that asks for a log-in, is another list's or the host's."""
    pages = walked(client, own)
    shown = {path: body for path, body in pages.items() if body}
    assert any("/incidents/" in path for path in shown)
    assert any("/checks/" in path for path in shown)
    assert f"{own}/explain" in shown
    assert f"{own}/findings/spf.ipv6-not-covered" in shown
    for path in pages:
        assert path.startswith((own, "/static/")), path
    for path, body in shown.items():
        assert 'aria-label="Main"' not in body, path
        for of_hosts in (
            "/api/v1",
            "/metrics",
            "/readyz",
            "hooks.example.org",
            'href="/"',
            "Log out",
            "<strong>dns-void",
        ):
            assert of_hosts not in body, (path, of_hosts)
        for other in OTHERS:
            assert not re.search(rf"\b{other}\b", body), (path, other)


def test_live_updates_are_of_the_own_list_whatever_is_asked(client, own):
    body = client.get(own).text
    assert f'data-events="{own}/events?' in body


def test_an_owner_acknowledges_and_silences(client, store, own):
    page = f"{own}/incidents/inc-{MINE}"
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)[1]
    said = {"csrf": csrf, "by": "Ada", "reason": "asked the hoster", "lasts": "1d"}
    answer = client.post(f"{page}/acknowledge", data=said)
    assert (answer.status_code, answer.url.path) == (200, page)
    assert store.incidents.get(f"inc-{MINE}").state is IncidentState.ACKNOWLEDGED
    assert "asked the hoster" in answer.text
    assert client.post(f"{page}/silence", data=said).status_code == 200
    (silence,) = store.silences.all()
    assert (silence.list_id, silence.by) == (MINE, "Ada")
    assert client.post(f"{page}/unsilence", data={"csrf": csrf, "silence_id": silence.id}).status_code == 200
    assert store.silences.all() == ()


def test_an_owner_changes_nothing_of_others(client, store, own):
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get(f"{own}/incidents/inc-{MINE}").text)[1]
    for path in ("incidents/inc-dns-void", "incidents/nothing"):
        assert client.get(f"{own}/{path}").status_code == 404
        for change in ("acknowledge", "silence"):
            assert client.post(f"{own}/{path}/{change}", data={"csrf": csrf, "by": "Eve"}).status_code == 404
    for whose in ("dns-void", None):
        of_others = make(
            by="Root",
            reason="",
            now=seed.NOW,
            until=seed.NOW + timedelta(days=1),
            list_id=whose,
            receiver=None,
            finding=None,
        )
        store.silences.add(of_others, now=seed.NOW)
        sent = {"csrf": csrf, "silence_id": of_others.id}
        assert client.post(f"{own}/incidents/inc-{MINE}/unsilence", data=sent).status_code == 404
        assert of_others.id in {each.id for each in store.silences.all()}
    assert store.incidents.get("inc-dns-void").state is IncidentState.OPEN
    learn = {"csrf": csrf, "pasted": "Received: from a by b\n\n", "post_of": "gardening"}
    assert client.post(f"{own}/explain", data=learn).status_code == 404


def test_a_form_of_one_link_is_no_form_of_another(client, store, own):
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get(f"{own}/incidents/inc-{MINE}").text)[1]
    other = f"/own/{key_for(store.signing_key(), 'owner', 'dns-void')}"
    assert client.post(f"{other}/incidents/inc-dns-void/silence", data={"csrf": csrf, "by": "Eve"}).status_code == 403


@pytest.mark.parametrize(
    "rest",
    [
        "api/v1/lists",
        "lists/dns-void",
        "metrics",
        "notices",
        "incidents",
        "login",
        "checks",
        "incidents/%2e%2e/metrics",
        "static",
    ],
)
def test_below_the_link_stands_nothing_but_the_list(client, own, rest):
    answer = client.get(f"{own}/{rest}")
    assert answer.status_code == 404
    assert 'aria-label="Main"' not in answer.text
    assert f'href="{own}"' in answer.text


def test_an_owner_explains_a_message(client, own):
    answer = client.post(f"{own}/explain", data={"pasted": "Received: from a.example by b.example; now\n\nText\n"})
    assert answer.status_code == 200
    assert "A message, explained" in answer.text
    assert 'aria-label="Main"' not in answer.text


@pytest.mark.parametrize("wrong", ["/own/nothing", "/own/x/incidents/inc-ipv6-ops", "/n/x.1.y", "/own"])
def test_a_link_that_opens_nothing_says_what_to_do_and_leads_nowhere(client, wrong):
    answer = client.get(wrong)
    assert answer.status_code == 404
    assert "This link leads nowhere." in answer.text
    assert "mail" in answer.text
    links = {link for link in LINK.findall(answer.text) if not link.startswith(("/static/", "#", "?language="))}
    assert links == {"/findings"}, "which is open to all"


def test_a_mails_link_opens_its_list_for_as_long_as_it_holds(client, store):
    notice = replace(store.notices.get(f"inc-{MINE}-mail"), created_at=seed.NOW)
    token = token_of(notice.id, notice.created_at + HOLD_FOR, key=store.signing_key())
    assert f'href="/own/{token}"' in client.get(f"/n/{token}").text
    pages = walked(client, f"/own/{token}")
    assert len(pages) > 5
    late = browser(store, now=seed.NOW + HOLD_FOR + timedelta(seconds=1))
    assert late.get(f"/own/{token}").status_code == 404


def test_an_owner_of_several_lists_finds_them_together(client, store):
    for listed in (MINE, "gardening"):
        client.get(f"/own/{key_for(store.signing_key(), 'owner', listed)}")
    page = client.get("/own").text
    assert re.findall(r'class="name" href="/own/[a-z2-7]{32}-([^"]+)"', page) == [MINE, "gardening"]
    assert 'aria-label="Main"' not in page
    assert "dns-void" not in page
