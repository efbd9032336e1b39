"""Who is let in behind a reverse proxy, who may make a browser change something, and how often anybody may ask."""

import time

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from monitor.config.settings import WebSettings
from monitor.store import open_store
from monitor.store.tokens import Scope
from monitor.web.access.rate_limit import RATES, Kind
from tests import seed
from tests.harness import free_port
from tests.pages import pages_of

TOKEN = "a-long-and-secret-token"
PROXY, STRANGER = ("127.0.0.1", 40000), ("192.0.2.66", 40000)


def client_of(store, peer, web, host="pages.example.org"):
    settings = seed.settings(web=web)
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url=f"http://{host}", client=peer)


@pytest.fixture
def behind(store):
    seed.fill(store)
    url = "https://pages.example.org"
    return WebSettings(listen="0.0.0.0:8025", url=url, proxies=("127.0.0.1",), user_header="X-Remote-User")


def test_a_named_proxy_says_who_it_is(store, behind):
    client = client_of(store, PROXY, behind)
    named = {"x-remote-user": "ada", "x-forwarded-for": "192.0.2.7"}
    assert client.get("/", headers=named).status_code == 200
    assert 'value="ada"' in client.get("/incidents/inc-ipv6-ops", headers=named).text
    assert client.get("/").status_code == 401
    assert client.get("/", headers={"x-remote-user": " "}).status_code == 401
    assert client.get("/api/v1/lists").json()["status"] == 401


def test_a_page_under_a_rebound_name_is_not_believed_though_it_names_somebody(store, behind):
    """The browser on the proxy's machine sends the header that the page adds: only the name tells it apart."""
    client = client_of(store, PROXY, behind, host="evil.example")
    answer = client.get("/api/v1/lists", headers={"x-remote-user": "ada"})
    assert answer.status_code == 421
    assert "set url in [web]" in answer.text


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
    refused = client.post("/login", data={"token": "another"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 7
    assert "content-security-policy" in refused.headers
    other = client_of(store, ("2001:db8:1::1", 1), WebSettings(token=TOKEN))
    for n in range(tries):
        assert other.get("/api/v1/lists", headers={"authorization": f"Bearer {n}"}).status_code == 401
    for path in ("/api/v1/lists", "/"):  # a page says nothing else of a wrong token
        wrong = other.get(path, headers={"authorization": "Bearer another"})
        assert wrong.status_code == 429
    assert other.get("/healthz", headers={"authorization": "Bearer another"}).status_code == 200


@pytest.mark.parametrize("peer", [STRANGER, PROXY], ids=["of one address", "of a proxy that nobody has named"])
def test_wrong_tokens_keep_no_right_one_out(store, peer):
    """However many: whoever shares the address with who guesses gets in, by form, token and cookie."""
    seed.fill(store)
    client = client_of(store, peer, WebSettings(token=TOKEN))
    program = store.tokens.create("a test", Scope.READ, now=seed.NOW)[1]
    forwarded = {"x-forwarded-for": "192.0.2.7"}
    asked = 0
    while client.get("/api/v1/lists", headers={"authorization": f"Bearer {asked}", **forwarded}).status_code != 429:
        asked += 1
    while client.post("/login", data={"token": str(asked)}, headers=forwarded).status_code != 429:
        asked += 1
    while client.get("/healthz", headers=forwarded).status_code != 429:  # the allowance to look, too
        asked += 1
    for right in (TOKEN, program):
        bearer = {"authorization": f"Bearer {right}", **forwarded}
        assert client.get("/api/v1/lists", headers=bearer).status_code == 200
    entered = client.post("/login", data={"token": TOKEN}, headers=forwarded, follow_redirects=False)
    assert entered.status_code == 303
    cookie = {"cookie": entered.headers["set-cookie"].partition(";")[0]}
    assert client.get("/", headers={**cookie, **forwarded}).status_code == 200


def test_who_is_known_is_limited_by_itself(store):
    """A right token is no licence to ask without end, and takes nothing from others behind the same address."""
    seed.fill(store)
    client = client_of(store, STRANGER, WebSettings(token=TOKEN))
    one, other = (store.tokens.create(name, Scope.READ, now=seed.NOW)[1] for name in ("one", "other"))
    headers = {"authorization": f"Bearer {one}"}
    asked = (client.get("/api/v1/receivers", headers=headers).status_code for _ in range(20 * RATES[Kind.LOOK].burst))
    assert 429 in asked
    assert client.get("/api/v1/receivers", headers={"authorization": f"Bearer {other}"}).status_code == 200


def test_while_redis_is_away_a_token_is_not_called_wrong():
    """Nor counted as a guess."""
    settings = seed.settings(web=WebSettings(token=TOKEN))
    away = open_store(f"redis://127.0.0.1:{free_port()}")
    client = TestClient(pages_of(lambda: settings, away, lambda: seed.NOW), client=STRANGER)
    token = f"staysub_{'0' * 12}_{'x' * 43}"
    for _ in range(2 * RATES[Kind.LOGIN].burst):
        assert client.get("/api/v1/lists", headers={"authorization": f"Bearer {token}"}).status_code == 503


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


def test_no_cookie_holds_the_server(store):
    """CVE-2024-7592: of a stranger's cookies the framework's reader, which undoes quotation marks, sees none."""
    client = client_of(store, STRANGER, WebSettings(token=TOKEN))
    for octets in ("\\", "\\0", '\\"'):
        began = time.process_time()
        hostile = f'staysub_session="{octets * (60_000 // len(octets))}"'
        assert client.get("/login", headers={"cookie": hostile}).status_code == 200
        assert time.process_time() - began < 2
    client.post("/login", data={"token": TOKEN})
    assert (
        client.get(
            "/lists/nowhere", headers={"cookie": f"a=b; staysub_session={client.cookies['staysub_session']}"}
        ).status_code
        == 404
    )


def test_half_a_bracket_leads_nowhere(store):
    client = client_of(store, STRANGER, WebSettings(token=TOKEN))
    assert client.get("/login", params={"next": "//["}).status_code == 200
    assert client.post("/login", data={"token": "x"}, headers={"origin": "http://["}).status_code in {400, 403}


def test_no_cookie_is_set_without_need(store):
    seed.fill(store)
    client = client_of(store, PROXY, WebSettings(), host="127.0.0.1:8025")
    for path in ("/", "/lists/ipv6-ops", "/incidents/inc-ipv6-ops", "/explain", "/login", "/api/v1/lists"):
        assert "set-cookie" not in client.get(path).headers, path
