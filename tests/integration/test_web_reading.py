"""What anybody may read who was told something: each finding's page, and help; no log-in, no store, nobody's data."""

import html
import re

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import WebSettings
from monitor.store import open_store
from monitor.web.views.help import HELP
from monitor.wording.plain import page_path, subjects
from tests import seed
from tests.harness import free_port
from tests.pages import pages_of

TOKEN = "a-long-and-secret-token"
STRANGER = ("192.0.2.66", 40000)
EVERY = [one for subject in subjects() for one in subject.findings]


@pytest.fixture(scope="module")
def stranger():
    """Somebody from outside, at pages that demand a token and whose Redis is away."""
    settings = seed.settings(web=WebSettings(listen="0.0.0.0:8025", url="https://pages.example.org", token=TOKEN))
    app = pages_of(lambda: settings, open_store(f"redis://127.0.0.1:{free_port()}"), lambda: seed.NOW)
    return TestClient(app, base_url="https://pages.example.org", client=STRANGER)


def words(answer):
    """The page's text."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())


@pytest.mark.parametrize("one", EVERY, ids=[one.code for one in EVERY])
def test_each_finding_has_a_page_that_tells_all_of_it(stranger, one):
    answer = stranger.get(page_path(one.code))
    assert answer.status_code == 200
    said = words(answer)
    for text in (one.title, one.code, one.sentence, one.means, one.otherwise, one.do, one.see, one.exact, one.remedy):
        assert (
            re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text.replace("`", "")) in said
        )  # a link to a document is read as its words
    for text in (*one.people, one.standard):
        assert text in said


def test_the_index_leads_to_every_page(stranger):
    body = stranger.get("/findings").text
    assert all(f'href="/findings/{one.code}"' in body for one in EVERY)
    for anchor in re.findall(r'href="#([a-z]+)"', body):
        assert anchor == "main" or f'id="{anchor}"' in body


def test_no_link_of_these_pages_leads_where_a_stranger_may_not_go(stranger):
    """But for the one to the overview, which asks for the token."""
    for path in ("/findings", "/findings/spf.none", "/findings/spf.nown", "/help/critical"):
        inner = set(re.findall(r'href="(/[^"#?]*)', stranger.get(path).text)) - {"/"}
        for target in inner:
            assert stranger.get(target, follow_redirects=False).status_code == 200, (path, target)


def test_the_way_to_the_other_pages_is_shown_to_those_alone_who_may_go_it(stranger):
    assert 'aria-label="Main"' not in stranger.get("/findings").text
    known = stranger.get("/findings", headers={"authorization": f"Bearer {TOKEN}"})
    assert 'aria-label="Main"' in known.text


def test_a_code_that_nobody_knows_is_answered_with_the_nearest(stranger):
    answer = stranger.get("/findings/spf.ipv6-not-coverd")
    assert answer.status_code == 404
    assert 'href="/findings/spf.ipv6-not-covered"' in answer.text
    assert "etag" not in answer.headers


@pytest.mark.parametrize("asked", ["<script>alert(1)</script>", "\u202espf.none", "x" * 5000, "%00", "spf.none "])
def test_whatever_is_asked_for_becomes_no_markup(stranger, asked):
    answer = stranger.get("/findings/" + asked.replace("/", "%2F"))
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert "x" * 81 not in answer.text


@pytest.mark.parametrize("path", ["/findings", "/findings/ptr.missing", "/help/critical"])
def test_who_has_a_page_is_told_so(stranger, path):
    first = stranger.get(path)
    again = stranger.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert stranger.get(path, headers={"if-none-match": '"another"'}).status_code == 200
    assert stranger.head(path).status_code == 200


@pytest.mark.parametrize("name", HELP)
def test_help_is_a_page(stranger, name):
    answer = stranger.get(f"/help/{name}")
    assert answer.status_code == 200
    assert answer.text.count("<h1>") == 1
    assert "**" not in answer.text


def test_help_that_there_is_not_is_not_found(stranger):
    assert stranger.get("/help/..%2f..%2fpyproject.toml").status_code == 404
    assert stranger.get("/help/nothing").status_code == 404


def test_each_finding_of_a_list_leads_to_its_page_with_its_plain_sentence(store):
    seed.fill(store)
    settings = seed.settings()
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    answer = client.get("/lists/ipv6-ops")
    assert 'href="/findings/spf.ipv6-not-covered"' in answer.text
    assert next(one.sentence for one in EVERY if one.code == "spf.ipv6-not-covered") in words(answer)


def test_the_page_of_a_list_in_danger_leads_to_help(store):
    seed.fill(store)
    settings = seed.settings()
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    for name, level in seed.LEVELS.items():
        assert ('href="/help/critical"' in client.get(f"/lists/{name}").text) == (level in {"critical", "at-risk"}), (
            name
        )
