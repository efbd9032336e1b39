"""Every page in every language, an owner's in hers, and whatever is asked for as a language."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import Settings
from monitor.notify.links import HOLD_FOR, token_of
from monitor.tongue.languages import LANGUAGES
from tests import seed
from tests.pages import pages_of

LIST = "ipv6-ops"


@pytest.fixture
def client(store):
    seed.fill(store)
    return browser(store)


def browser(store, settings: Settings | None = None):
    settings = settings or seed.settings()
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")


def language_of(answer):
    assert f'<html lang="{answer.headers["content-language"]}">' in answer.text
    return answer.headers["content-language"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path", ["/", f"/lists/{LIST}", "/incidents", "/findings/spf.none", "/help/critical", "/nowhere"]
)
def test_a_page_is_in_the_language_that_the_browser_asks_for(client, path, language):
    answer = client.get(path, headers={"accept-language": f"{language}-XX, en;q=0.3"})
    assert language_of(answer) == language
    assert "accept-language" in answer.headers["vary"].lower()


@pytest.mark.parametrize("asked", ["tlh", "", "../../etc/passwd", "de\x00", "x" * 5000])
def test_a_language_that_there_is_not_changes_nothing(client, asked):
    answer = client.get("/", params={"language": asked}, headers={"accept-language": "fr"})
    assert language_of(answer) == "fr"
    assert "set-cookie" not in answer.headers
    client.cookies.set("staysub_language", "tlh")
    assert language_of(client.get("/", headers={"accept-language": "fr"})) == "fr"


def test_days_and_numbers_are_those_of_the_language(client):
    said = {tag: client.get(f"/lists/{LIST}", headers={"accept-language": tag}).text for tag in LANGUAGES}
    month = f"{seed.NOW:%B}"
    assert month in said["en"]
    assert f"月{seed.NOW.day}日" in said["ja"]
    assert all(said[tag] != said["en"] for tag in LANGUAGES if tag != "en")


def test_the_link_of_a_mail_opens_a_page_in_its_readers_language(store):
    seed.fill(store)
    notice = next(each for each in store.notices.of_list(LIST) if each.channel == "mail")
    settings = seed.settings()
    owner = Settings.model_validate({"owner": [{"address": notice.target, "language": "es"}]}).owners
    pages = browser(store, settings.model_copy(update={"owners": owner}))
    token = token_of(notice.id, notice.created_at + HOLD_FOR, key=store.signing_key())
    asks = {"accept-language": "de"}
    assert language_of(pages.get(f"/n/{token}", headers=asks)) == "es"
    assert language_of(pages.get(f"/own/{token}.{LIST}", headers=asks)) == "es"
    assert language_of(pages.get("/", headers=asks)) == "de", "whoever else reads there"
    assert language_of(pages.get(f"/n/{token}?language=fr", headers=asks)) == "fr", "what is chosen goes first"
    assert replace(notice) == store.notices.get(notice.id)


def test_programs_are_answered_in_english(client):
    asks = {"accept-language": "ja"}
    plain = client.get(f"/api/v1/lists/{LIST}").json()
    assert client.get(f"/api/v1/lists/{LIST}", headers=asks).json() == plain
    assert client.get("/metrics", headers=asks).status_code == 200
