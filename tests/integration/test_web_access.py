"""Who is let in behind a reverse proxy, who may make a browser change something, and how often anybody may ask."""

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from monitor.config.settings import WebSettings
from monitor.web.access.rate_limit import RATES, Kind
from tests import seed
from tests.pages import pages_of

TOKEN = "a-long-and-secret-token"
PROXY, STRANGER = ("127.0.0.1", 40000), ("192.0.2.66", 40000)


def client_of(store, peer, web, host="pages.example.org"):
    settings = seed.settings(web=web)
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url=f"http://{host}", client=peer)


@pytest.fixture
def behind(store):
    seed.fill(store)
    return WebSettings(listen="0.0.0.0:8025", proxies=("127.0.0.1",), user_header="X-Remote-User")


def test_a_named_proxy_says_who_it_is(store, behind):
    client = client_of(store, PROXY, behind)
    named = {"x-remote-user": "ada", "x-forwarded-for": "192.0.2.7"}
    assert client.get("/", headers=named).status_code == 200
    assert 'value="ada"' in client.get("/incidents/inc-ipv6-ops", headers=named).text
    assert client.get("/").status_code == 401
    assert client.get("/", headers={"x-remote-user": " "}).status_code == 401
    assert client.get("/api/v1/lists").json()["status"] == 401


def test_a_stranger_who_sends_the_header_is_nobody(store, behind):
    client = client_of(store, STRANGER, behind)
    assert client.get("/", headers={"x-remote-user": "ada", "x-forwarded-for": "127.0.0.1"}).status_code == 401


def test_token_and_proxy_open_each_by_itself(store, behind):
    web = behind.model_copy(update={"token": WebSettings(token=TOKEN).token})
    client = client_of(store, PROXY, web)
    assert client.get("/", headers={"x-remote-user": "ada"}).status_code == 200
    assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/", follow_redirects=False).headers["location"].startswith("/login")


def test_every_change_from_another_sites_page_is_refused(store):
    """Whatever route is added: nothing but GET passes with another site's Fetch Metadata or Origin."""
    seed.fill(store)
    client = client_of(store, PROXY, WebSettings(), host="127.0.0.1:8025")
    changing = [
        (method, route.path) for route in _routes(client.app) for method in route.methods - {"GET", "HEAD", "OPTIONS"}
    ]
    assert ("POST", "/login") in changing
    assert len(changing) > 7
    for method, path in changing:
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
            answer = client.request(method, path, headers=headers)
            assert (answer.status_code, "Another site's page" in answer.text) == (403, True), (method, path, headers)


def _routes(app):
    """Every route, those of included routers too."""
    waiting, found = [*app.routes], []
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found.append(route)
        waiting += getattr(getattr(route, "original_router", None), "routes", [])
    return found


def test_the_public_name_is_ours_behind_a_proxy_that_changes_the_host(store):
    seed.fill(store)
    web = WebSettings(token=TOKEN, url="https://staysub.example.org")
    client = client_of(store, PROXY, web, host="127.0.0.1:8025")
    headers = {"origin": "https://staysub.example.org"}
    answer = client.post("/login", data={"token": TOKEN}, headers=headers, follow_redirects=False)
    assert answer.status_code == 303
    assert "secure" in answer.headers["set-cookie"].lower()


def test_tokens_cannot_be_guessed_quickly(store):
    seed.fill(store)
    client = client_of(store, STRANGER, WebSettings(token=TOKEN))
    tries = RATES[Kind.LOGIN].burst
    assert {client.post("/login", data={"token": str(n)}).status_code for n in range(tries)} == {403}
    refused = client.post("/login", data={"token": TOKEN})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 7
    assert "content-security-policy" in refused.headers
    other = client_of(store, ("2001:db8:1::1", 1), WebSettings(token=TOKEN))
    for n in range(tries):
        assert other.get("/api/v1/lists", headers={"authorization": f"Bearer {n}"}).status_code == 401
    right = other.get("/api/v1/lists", headers={"authorization": f"Bearer {TOKEN}"})
    assert (right.status_code, right.headers["content-type"]) == (429, "application/problem+json")


def test_a_program_of_this_machine_may_look_as_often_as_it_likes(store):
    seed.fill(store)
    more = RATES[Kind.LOOK].burst + 20
    here = client_of(store, PROXY, WebSettings(), host="127.0.0.1")
    assert {here.get("/healthz").status_code for _ in range(more)} == {200}
    stranger = client_of(store, STRANGER, WebSettings(token=TOKEN))
    asked = (
        stranger.get("/healthz").status_code for _ in range(20 * more)
    )  # the allowance grows while a slow machine asks
    assert 429 in asked


def test_no_cookie_is_set_without_need(store):
    seed.fill(store)
    client = client_of(store, PROXY, WebSettings(), host="127.0.0.1:8025")
    for path in ("/", "/lists/ipv6-ops", "/incidents/inc-ipv6-ops", "/explain", "/login", "/api/v1/lists"):
        assert "set-cookie" not in client.get(path).headers, path
