"""What is shown without a token: owners' links, badges and feeds, each for one list only."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from monitor.config.settings import WebSettings
from monitor.model.risk import RiskLevel
from monitor.notify.share_keys import key_for
from monitor.tongue.voice import Voice
from monitor.web.views.atom import feed
from tests import seed
from tests.builders import a_change, an_incident
from tests.pages import pages_of

parsed = ET.fromstring  # the XML is our own
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def client(store):
    seed.fill(store)
    settings = seed.settings(web=WebSettings(token="a-long-and-secret-token"))
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://pages.example.org")


def test_an_owner_sees_the_own_list_and_no_other(client, store):
    arrived = client.get(f"/own/{key_for(store.signing_key(), 'owner', 'ipv6-ops')}")
    assert arrived.url.path.startswith("/own/")
    assert "spf.ipv6-not-covered" in arrived.text
    assert "Show it elsewhere" not in arrived.text
    assert client.get("/lists/ipv6-ops").url.path == arrived.url.path, "what was bookmarked before leads there"
    incident = client.get("/incidents/inc-ipv6-ops")
    assert incident.url.path == f"{arrived.url.path}/incidents/inc-ipv6-ops"
    assert "Acknowledge</button>" in incident.text
    assert client.get("/api/v1/lists/ipv6-ops/checks").status_code == 200
    for path in ("/lists/dns-void", "/lists/ipv6-ops/x", "/incidents", "/notices", "/explain"):
        assert client.get(path, follow_redirects=False).status_code == 303, path
    assert client.get("/incidents/inc-dns-void").status_code == 404
    for path in ("/api/v1/lists", "/api/v1/lists/dns-void", "/api/v1/notices", "/metrics"):
        assert client.get(path).status_code == 401, path
    assert client.post("/api/v1/incidents/inc-ipv6-ops/acknowledge", json={}).status_code == 401
    assert client.get("/events", params={"list": "dns-void"}, follow_redirects=False).status_code == 303


def test_an_owner_of_two_lists_sees_both_and_only_them_in_the_overview(client, store):
    for listed in ("ipv6-ops", "gardening"):
        client.get(f"/own/{key_for(store.signing_key(), 'owner', listed)}")
    overview = client.get("/").text
    assert "One of two lists is about to lose subscribers." in overview
    assert re.findall(r'class="name" href="/own/[a-z2-7]{32}-([^"]+)"', overview) == ["ipv6-ops", "gardening"]
    for listed in ("ipv6-ops", "gardening"):
        assert client.get(f"/lists/{listed}").status_code == 200
    assert client.get("/lists/dns-void", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("purpose", ["owner", "badge", "feed"])
def test_a_key_opens_one_list_for_one_purpose(client, store, purpose):
    paths = {"owner": "/own/{}", "badge": "/badge/{}.svg", "feed": "/feed/{}.atom"}
    right = key_for(store.signing_key(), purpose, "gardening")
    assert client.get(paths[purpose].format(right), follow_redirects=False).status_code in {200, 303}
    for wrong in (
        right.replace("gardening", "ipv6-ops"),
        key_for(b"another key", purpose, "gardening"),
        key_for(store.signing_key(), purpose, "not-watched"),
        *(key_for(store.signing_key(), other, "gardening") for other in {"owner", "badge", "feed"} - {purpose}),
        "gardening",
        "é",
    ):
        assert client.get(paths[purpose].format(wrong), follow_redirects=False).status_code == 404, wrong


def test_a_badge_tells_the_level(client, store):
    key = key_for(store.signing_key(), "badge", "ipv6-ops")
    svg = client.get(f"/badge/{key}.svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.headers["cross-origin-resource-policy"] == "cross-origin"
    assert parsed(svg.text).get("aria-label") == "ipv6-ops: critical"
    assert client.get(f"/badge/{key}.json").json() == {
        "schemaVersion": 1,
        "label": "ipv6-ops",
        "message": "critical",
        "color": "#a3123a",
    }


GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "data" / "atom.rng"))
IN_ATOM = {"atom": "http://www.w3.org/2005/Atom"}


def faults_of(feed):
    """What is wrong with a feed by RFC 4287: its grammar (appendix B), and what the grammar's two notes add."""
    document = etree.fromstring(feed)
    faults = [] if GRAMMAR.validate(document) else [str(GRAMMAR.error_log)]
    if not document.xpath("atom:author or not(atom:entry[not(atom:author)])", namespaces=IN_ATOM):
        faults.append("no author")
    shown = "atom:link[@rel='alternate'] or atom:link[not(@rel)] or atom:content"
    faults += [
        "no link, no content" for entry in document.iter("{*}entry") if not entry.xpath(shown, namespaces=IN_ATOM)
    ]
    return faults


@pytest.mark.parametrize("name", seed.LEVELS)
def test_each_feed_is_valid_atom(client, store, name):
    assert faults_of(client.get(f"/feed/{key_for(store.signing_key(), 'feed', name)}.atom").content) == []


@pytest.mark.parametrize("cause", ["\x00\x08\ufffe\ud800 <b>&amp;", "]]>", "\u202eevil\x1b[31m", ""])
def test_whatever_a_cause_says_the_feed_stays_valid(cause):
    at = seed.NOW
    change = a_change(RiskLevel.WATCH, at=at, cause=cause)
    incident = an_incident(RiskLevel.WATCH, list_id="x", opened_at=at, history=(change,))
    assert (
        faults_of(feed("x", [incident], base="https://s.example", address="https://s.example/f", now=at, voice=Voice()))
        == []
    )


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda text: text.replace("<updated>", "<updated>yesterday ", 1), id="no moment"),
        pytest.param(
            lambda text: text.replace("<title>", "<titel>", 1).replace("</title>", "</titel>", 1), id="no title"
        ),
        pytest.param(lambda text: text.replace('type="text"', 'type="xhtml"', 1), id="no xhtml"),
        pytest.param(lambda text: text.replace("<author><name>Staysub</name></author>", ""), id="no author"),
    ],
)
def test_a_feed_that_is_not_valid_is_found_out(client, store, broken):
    """The validator can say no."""
    text = client.get(f"/feed/{key_for(store.signing_key(), 'feed', 'ipv6-ops')}.atom").text
    changed = broken(text)
    assert changed != text
    assert faults_of(changed.encode())


def test_a_feed_tells_the_changes_newest_first(client, store):
    answer = client.get(f"/feed/{key_for(store.signing_key(), 'feed', 'ipv6-ops')}.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    root = parsed(answer.content)
    assert [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")] == [
        "ipv6-ops: critical (changed)",
        "ipv6-ops: watch (raised)",
    ]
    assert root.findtext(f"{ATOM}updated") == "2026-11-24T06:30:00Z"
    ids = [each.text for each in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    assert all(each.startswith("urn:uuid:") for each in ids)
    empty = client.get(f"/feed/{key_for(store.signing_key(), 'feed', 'gardening')}.atom")
    assert parsed(empty.content).findall(f"{ATOM}entry") == []
