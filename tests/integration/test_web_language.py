"""In which language pages are: as their reader chose, as a browser asks, else as the installation is set."""

import re

import pytest
from fastapi.testclient import TestClient

from tests import seed
from tests.pages import pages_of

HOME = "http://127.0.0.1:8025"


@pytest.fixture
def client(store):
    """A browser before the pages of a few lists."""
    seed.fill(store)
    return TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url=HOME)


def language_of(answer):
    """As the page and its header say it."""
    (said,) = re.findall(r'<html lang="([^"]*)">', answer.text)
    assert answer.headers["content-language"] == said
    return said


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [("de-AT, en;q=0.5", "de"), ("eo, fr;q=0.4, es;q=0.6", "es"), ("eo", "en"), ("", "en"), ("ja;q=zero, de", "de")],
)
def test_a_browser_is_answered_in_the_first_language_that_there_is(client, wanted, spoken):
    assert language_of(client.get("/", headers={"accept-language": wanted})) == spoken


def test_what_is_chosen_on_a_page_holds_on_the_next_ones(client):
    asks = {"accept-language": "fr"}
    assert language_of(client.get("/incidents?language=ja", headers=asks)) == "ja"
    assert language_of(client.get("/", headers=asks)) == "ja"
    assert language_of(client.get("/?language=tlh", headers=asks)) == "ja", "a language that there is not is no choice"
    assert language_of(client.get("/nowhere", headers=asks)) == "ja"
    assert "set-cookie" not in client.get("/findings", headers=asks).headers


def test_another_language_is_the_same_view(client):
    """Filters and searches stand in an address, and go on to the next language."""
    page = client.get("/", params={"by": "cause", "q": '"><i>', "level": ["watch", "critical"], "language": "de"})
    (french,) = re.findall(r'<a href="([^"]*)" lang="fr"', page.text)
    assert french == "?by=cause&amp;q=%22%3E%3Ci%3E&amp;level=watch&amp;level=critical&amp;language=fr"
    (current,) = re.findall(r'lang="(\w+)" hreflang="\w+" data-outside aria-current="true"', page.text)
    assert current == "de"


def test_else_the_installation_has_its_language(store):
    settings = seed.settings()
    spanish = settings.model_copy(update={"notices": settings.notices.model_copy(update={"language": "es"})})
    client = TestClient(pages_of(lambda: spanish, store, lambda: seed.NOW), base_url=HOME)
    assert language_of(client.get("/login", headers={"accept-language": ""})) == "es"
    assert language_of(client.get("/login", headers={"accept-language": "de"})) == "de"


def test_a_choice_among_many_other_words_of_an_address_is_one(client):
    """Whatever a link has in front of it: it was a fault of ours."""
    crowded = "&".join(f"w{n}=x" for n in range(80))
    assert language_of(client.get(f"/?{crowded}&language=de")) == "de"


def test_what_caches_give_to_everybody_sets_nobodys_language(client):
    links = client.get("/api/v1/lists/ipv6-ops/links").json()
    for shared in (links["badge"], links["feed"]):
        answer = client.get(f"{shared}?language=de")
        assert answer.status_code == 200
        assert "public" in answer.headers["cache-control"]
        assert "set-cookie" not in answer.headers
