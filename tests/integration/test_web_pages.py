"""The pages over a real Redis server: what they show, and that nothing from outside becomes markup."""

import json
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import Settings, WebSettings
from monitor.evidence.bounces.source import BOUNCES
from monitor.model.vantage import Vantage
from monitor.store import keys
from tests import seed
from tests.pages import pages_of

HOME = "http://127.0.0.1:8025"


@pytest.fixture
def client(store):
    seed.fill(store)
    settings = seed.settings(receiver=Vantage(domain="v6.probe.example.net", hostname="mx.probe.example.net"))
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url=HOME)


def test_the_overview_shows_the_most_urgent_list_first(client):
    body = client.get("/").text
    assert "Two of six lists are about to lose subscribers." in body
    order = [
        body.index(f'href="/lists/{name}"')
        for name in ("ipv6-ops", "dns-void", "hostile", "no-ptr", "flaky-dns", "gardening")
    ]
    assert order == sorted(order)
    assert ">29 November<" in body
    assert "We are blind" not in body


def test_a_filter_and_words_narrow_the_overview(client):
    critical = client.get("/", params={"level": "critical"}).text
    assert 'href="/lists/ipv6-ops"' in critical
    assert 'href="/lists/gardening"' not in critical
    found = client.get("/", params={"q": "PTR record"}).text
    assert 'href="/lists/no-ptr"' in found
    assert 'href="/lists/ipv6-ops"' not in found
    assert "No list matches" in client.get("/", params={"q": "no such thing"}).text


def test_many_lists_are_turned_page_by_page_and_stay_filtered(store):
    names = [f"list-{number:03}" for number in range(120)]
    lists = Settings(file_lists=tuple(seed.mailing_list(name) for name in names))
    client = TestClient(pages_of(lambda: lists, store, lambda: seed.NOW), base_url=HOME)
    seen, path = [], "/?by=list&q=list&level=unknown"
    while path:
        body = client.get(path).text
        rows = re.findall(r'class="name" href="/lists/([^"]+)"', body)
        assert 0 < len(rows) <= 50
        seen += rows
        following = re.search(r'rel="next" href="([^"]+)"', body)
        path = following and following[1].replace("&amp;", "&")
    assert seen == names
    assert "101 to 120 of 120" in body
    assert 'rel="prev" href="/?by=list&amp;q=list&amp;level=unknown&amp;offset=50"' in body


def test_silent_parts_of_ours_stand_on_top(store):
    seed.fill(store)
    settings = seed.settings()
    later = seed.NOW + timedelta(minutes=5)
    body = TestClient(pages_of(lambda: settings, store, lambda: later), base_url=HOME).get("/").text
    assert "We are blind: worker." in body
    assert "We are blind: beat." in body


def test_without_lists_the_overview_says_how_to_put_one_in(store):
    client = TestClient(pages_of(Settings, store, lambda: seed.NOW), base_url=HOME)
    body = client.get("/").text
    assert "No list is watched yet." in body
    assert "[[list]]" in body


def test_the_demonstration_says_what_to_look_at(store):
    app = pages_of(seed.settings, store, lambda: seed.NOW, demo_url="http://127.0.0.1:8026/")
    body = TestClient(app, base_url=HOME).get("/").text
    assert "This is the demonstration: what to look at" in body
    assert 'href="http://127.0.0.1:8026/"' in body


def test_a_list_shows_findings_record_matrix_forecast_and_notices(client):
    body = client.get("/lists/ipv6-ops").text
    for text in (
        "spf.ipv6-not-covered",
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::25 include:_spf.example.net -all",
        "550 5.7.26 Service unavailable",
        "Microsoft 365",
        "How fail came about",
        "Level",
        ">27 December<",
        "owner@example.org",
        "http-500",
        "TLSv1.3",
        "One fruitless lookup too many.",
    ):
        assert text in body, text


def test_the_forecast_says_what_a_change_would_bring(client):
    as_it_is = client.get("/lists/ipv6-ops").text
    words = re.sub(r"<[^>]*>", "", as_it_is)
    assert "420 subscribers at Gmail and Microsoft 365 at risk, from 29 November" in words
    assert "Share of subscribers disabled: &gt; 99.9 % within 7 days" in as_it_is
    changed = client.get("/lists/ipv6-ops", params={"whatif": "publish", "window": "7d"}).text
    assert "If you publish the suggested record: nobody is expected to be disabled, instead of on" in changed
    assert 'href="?window=7d&amp;whatif=rest#forecast"' in changed
    assert "publish the suggested record" not in client.get("/lists/gardening").text
    assert client.get("/lists/ipv6-ops", params={"whatif": "nonsense", "window": "1y"}).status_code == 200


@pytest.mark.parametrize("window", ["1h", "24h", "7d", "90d"])
def test_the_timeline_shows_checks_arrivals_bounces_and_incidents(client, store, window):
    store.evidence.record(BOUNCES, seed.bounce("ipv6-ops", seed.NOW - timedelta(minutes=40)))
    drawn = client.get("/lists/ipv6-ops", params={"window": window}).text
    for title in ("incident, at worst", "posts to 7 recipients", "Critical, ", "SPF does not pass", "check"):
        assert title in drawn or (title == "SPF does not pass" and "1 badly" in drawn), title


def test_each_check_has_a_page_with_the_trace_of_its_verdicts(client):
    link = re.search(r'href="(/lists/ipv6-ops/checks/\d+)"', client.get("/lists/ipv6-ops").text)[1]
    page = client.get(link).text
    assert "Check of ipv6-ops" in page
    assert "How fail came about" in page
    assert "550 5.7.26 Service unavailable" in page
    assert client.get("/lists/ipv6-ops/checks/1").status_code == 404
    assert client.get(link.replace("ipv6-ops", "nothing")).status_code == 404


def test_an_incident_shows_its_history_and_who_was_told(client):
    body = client.get("/incidents/inc-ipv6-ops").text
    assert "The first subscribers are expected to be disabled within a week." in body
    assert "https://hooks.example.org/…" in body
    assert "hooks.example.org/lists" not in body, "the path of an endpoint may be a password: Slack's is"


@pytest.mark.parametrize("path", ["/lists/nothing", "/incidents/nothing", "/nowhere"])
def test_what_is_not_there_is_a_page_of_its_own(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is nothing here." in answer.text


@pytest.mark.parametrize("path", ["/", "/lists/hostile", "/incidents", "/notices"])
def test_text_from_outside_never_becomes_markup(client, path):
    body = client.get(path).text
    assert "<script>window" not in body
    assert "<img src=x" not in body
    assert "\u202e" not in body.replace("&#34;", "")
    assert "\x1b" not in body


def test_every_answer_forbids_what_is_not_ours(client):
    for path in ("/", "/static/staysub.css", "/api/v1/lists", "/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_hold_no_inline_script_or_style(client):
    for path in ("/", "/lists/ipv6-ops", "/incidents/inc-ipv6-ops", "/start"):
        body = client.get(path).text
        assert " style=" not in body
        assert "<style" not in body
        assert " onclick=" not in body
        assert body.count("<script") == body.count("<script src=")


def test_the_api_says_what_the_pages_show(client):
    answer = client.get("/api/v1/lists", params={"limit": 2}).json()
    assert [one["id"] for one in answer["lists"]] == ["ipv6-ops", "dns-void"]
    assert answer["total"] == 6
    assert answer["counts"] == {"critical": 1, "at-risk": 1, "watch": 2, "unknown": 1, "ok": 1}
    detail = client.get("/api/v1/lists/ipv6-ops").json()
    assert detail["assessment"]["findings"][0]["fix"]["name"] == "lists.example.org"
    assert detail["incident"]["id"] == "inc-ipv6-ops"
    assert "submission" not in detail
    assert len(client.get("/api/v1/lists/ipv6-ops/checks", params={"limit": 3}).json()["checks"]) == 3
    assert client.get("/api/v1/lists/ipv6-ops/probes").json()["arrivals"][0]["tls_version"] == "TLSv1.3"
    assert client.get("/api/v1/lists/ipv6-ops/forecast").json()["receivers"][0]["level"] == "critical"
    assert client.get("/api/v1/incidents", params={"limit": 1}).json()["next_offset"] == 1
    assert len(client.get("/api/v1/notices").json()["notices"]) == 4


def test_api_errors_are_problem_documents(client):
    missing = client.get("/api/v1/lists/nothing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["detail"] == "No list 'nothing' is watched."
    wrong = client.get("/api/v1/lists", params={"limit": 0})
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"


def test_a_redis_that_is_away_is_said_and_is_nobodys_fault(redis_url):
    from monitor.store import open_store

    app = pages_of(seed.settings, open_store("unix:///nowhere/redis.sock"), lambda: seed.NOW)
    client = TestClient(app, base_url=HOME)
    page = client.get("/")
    assert page.status_code == 503
    assert "Redis could not be reached" in page.text
    assert client.get("/api/v1/lists").json()["status"] == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json()["silent"] == ["redis"]
    metrics = client.get("/metrics")
    assert metrics.status_code == 200
    assert "staysub_store_up 0.0" in metrics.text


def test_ready_only_while_every_part_was_heard_lately(store, client):
    assert client.get("/readyz").json() == {"ready": True, "silent": [], "clock": []}
    later = pages_of(seed.settings, store, lambda: seed.NOW + timedelta(minutes=2))
    answer = TestClient(later, base_url=HOME).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["silent"] == ["worker", "beat"]


def test_a_clock_that_went_back_makes_parts_silent_and_is_told(store, client):
    """What was heard at a time to come was not heard."""
    looked = {"at": seed.NOW.timestamp(), "by": -86400.0, "host": "watch1", "shared": True}
    store.client.hset(keys.CLOCKS, "jumped", json.dumps(looked))
    for part in ("worker", "beat", "resolver"):
        store.heartbeats.beat(part, seed.NOW + timedelta(days=1))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["silent"]) == (503, ["worker", "beat"])
    (said,) = answer.json()["clock"]
    assert said.startswith("The clock of a machine of ours went back by 1 d"), "asked without a token"
    (named,) = client.get("/api/v1/parts").json()["clock"]
    assert named.startswith("The clock of watch1 went back by 1 d")
    page = client.get("/").text
    assert "The clock of watch1 went back by 1 d at <time" in page
    assert "Never heard of." in page, "when it was is not known"


def test_metrics_tell_levels_dates_and_forecasts(client):
    text = client.get("/metrics").text
    for line in (
        'staysub_lists{level="critical"} 1.0',
        'staysub_list_risk_level{level="critical",list="ipv6-ops"} 1.0',
        'staysub_list_subscribers_at_risk{list="ipv6-ops"} 420.0',
        'staysub_forecast_disabled_probability_ratio{list="ipv6-ops",receiver="gmail",within="30d"} 0.97',
        'staysub_incidents_open{level="critical"} 1.0',
        'staysub_notices_recent{channel="webhook",state="pending"} 2.0',
        "staysub_store_up 1.0",
    ):
        assert line in text, line


def test_with_a_token_pages_ask_for_it_and_the_form_opens_them(store):
    seed.fill(store)
    settings = seed.settings(web=WebSettings(token="a-long-and-secret-token"))
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://pages.example.org")
    answer = client.get("/lists/ipv6-ops?a=b", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Flists%2Fipv6-ops%3Fa%3Db")
    assert client.get("/api/v1/lists").status_code == 401
    assert client.get("/healthz").status_code == 200
    bearer = {"authorization": "Bearer a-long-and-secret-token"}
    assert client.get("/api/v1/lists", headers=bearer).status_code == 200
    refused = client.post("/login", data={"token": "wrong", "target": "/"})
    assert refused.status_code == 403
    entered = client.post(
        "/login", data={"token": "a-long-and-secret-token", "target": "/lists/ipv6-ops"}, follow_redirects=False
    )
    assert entered.headers["location"] == "/lists/ipv6-ops"
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").status_code == 200
    assert client.post("/logout").url.path == "/login"
    assert client.get("/", follow_redirects=False).status_code == 303


def test_without_a_token_only_loopback_names_are_answered(store):
    app = pages_of(seed.settings, store, lambda: seed.NOW)
    assert TestClient(app, base_url="http://attacker.example").get("/").status_code == 421
    assert TestClient(app, base_url="http://[::1]:8025").get("/").status_code == 200


def test_an_answer_that_is_known_already_is_not_sent_again(client):
    first = client.get("/api/v1/lists")
    tag = first.headers["etag"]
    again = client.get("/api/v1/lists", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/api/v1/lists", params={"limit": 1}, headers={"if-none-match": tag}).status_code == 200


def test_pages_of_the_api_lead_to_their_neighbours(client):
    middle = client.get("/api/v1/lists", params={"limit": 2, "offset": 2}).headers["link"]
    assert 'offset=4&limit=2>; rel="next"' in middle
    assert 'offset=0&limit=2>; rel="prev"' in middle
    assert "link" not in client.get("/api/v1/lists").headers


def test_the_api_describes_itself(client):
    told = client.get("/api/v1/openapi.json").json()
    assert "application/problem+json" in told["paths"]["/api/v1/lists/{list_id}"]["get"]["responses"]["404"]["content"]
    assert "HTTPValidationError" not in told["components"]["schemas"]
    assert client.post("/api/v1/lists").headers["allow"] == "GET"


def test_an_incident_offers_the_letters_to_forward(client):
    page = client.get("/incidents/inc-ipv6-ops").text
    assert "Letters to forward" in page
    letter = client.get("/incidents/inc-ipv6-ops/letters/sender.eml")
    assert letter.headers["content-type"] == "message/rfc822"
    assert "RFC 7208" in letter.text
    assert client.get("/incidents/inc-ipv6-ops/letters/nobody.eml").status_code == 404
    assert "?in=" not in page, "the page is English, and offers another English letter"


def test_beside_a_letter_in_the_readers_language_stands_the_english_one(client):
    page = client.get("/incidents/inc-ipv6-ops", headers={"accept-language": "de"}).text
    assert 'href="/incidents/inc-ipv6-ops/letters/sender.eml?in=de"' in page
    assert 'href="/incidents/inc-ipv6-ops/letters/sender.eml"' in page
    assert '<div lang="en" data-outside>' in page
    letter = client.get("/incidents/inc-ipv6-ops/letters/sender.eml?in=de")
    assert "Content-Language: de" in letter.text
    assert "Content-Language" not in client.get("/incidents/inc-ipv6-ops/letters/sender.eml?in=tlh").text


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/", "/api/v1/lists", "/lists/gardening", "/metrics", "/nowhere"]
)
def test_head_is_answered_as_get_without_its_body(client, path):
    """RFC 9110 section 9.3.2: monitors and feed readers ask so."""
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
