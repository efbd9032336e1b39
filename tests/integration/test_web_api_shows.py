"""What the pages show, as the API tells it."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.admission.data import load_rules
from monitor.model.evidence import CanaryKind, CanaryMail
from monitor.model.reach import ReachDay, ReachRecord
from monitor.risk.reach import reach, title_of
from monitor.store import open_store
from tests import seed
from tests.builders import a_route, an_arrival
from tests.pages import pages_of

LIST = "/api/v1/lists/ipv6-ops"


@pytest.fixture(scope="module")
def client(redis_url):
    store = open_store(redis_url)
    store.client.flushdb()
    seed.fill(store)
    return TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")


def told(client, path, **query):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_forecast_is_told_day_by_day_and_after_a_change(client):
    now = told(client, f"{LIST}/forecast")
    assert (now["level"], now["chosen"]) == ("critical", None)
    band = now["curves"]["microsoft-365"]["disabled"]
    assert len(band["mean"]) == 91
    assert all(low <= high for low, high in zip(band["low"], band["high"], strict=True))
    assert {each["receiver"] for each in now["receivers"]} == set(now["words"])
    assert now["words"]["microsoft-365"]["whom"] == "120 subscribers"
    assert now["elsewhere"] == {"subscribers": 0, "about": ""}
    words = [each["word"] for each in now["changes"]]
    assert words
    changed = told(client, f"{LIST}/forecast", whatif=words[0])
    assert changed["chosen"] == words[0]
    wrong = client.get(f"{LIST}/forecast", params={"whatif": "pray"})
    assert wrong.status_code == 422
    assert words[0] in wrong.json()["detail"]


def test_whom_mail_can_reach_is_told_by_receiver_and_day(client, redis_url):
    """The same sentence as on the page; before anything was looked up, what is known of the receivers."""
    before = told(client, f"{LIST}/reach")
    assert (before["counted_at"], before["subscribers"], before["looked_up"], before["history"]) == (None, 420, 0, [])
    counts = {"microsoft.com": 120, "gmail.com": 300}
    routes = {
        "gmail.com": a_route("gmail-smtp-in.l.google.com", ipv6=True, ipv6_since=seed.NOW - timedelta(days=2)),
        "microsoft.com": a_route("microsoft-com.mail.protection.outlook.com"),
    }
    there = reach(counts, routes, now=seed.NOW)
    days = [seed.NOW - timedelta(days=2), seed.NOW]
    kept = ReachRecord(
        reach=there,
        counted_at=seed.NOW,
        wanted_at=seed.NOW,
        days=tuple(
            ReachDay(day=each.date(), over_ipv6=number, total=420, looked_up=420)
            for each, number in zip(days, (0, 300), strict=True)
        ),
    )
    open_store(redis_url).reaches.keep("ipv6-ops", kept)
    now = told(client, f"{LIST}/reach")
    assert now["about"] == "300 of 420 subscribers can be reached over IPv6 today. 120 over IPv4 alone."
    assert now["receivers"]["gmail"]["over_ipv6"] == 300
    assert now["receivers"]["microsoft-365"]["over_ipv4_only"] == 120
    assert [each["over_ipv6"] for each in now["history"]] == [0, 300]
    page = client.get("/lists/ipv6-ops").text
    assert "300 of 420 subscribers can be reached over IPv6 today." in page
    assert "22 November: 0 of 420 over IPv6" in page
    assert f'<th scope="row">{title_of("gmail")}</th>' in page


def test_each_check_keeps_its_id_and_can_be_asked_for_alone(client):
    page = told(client, f"{LIST}/checks", limit=2, offset=1)
    assert page["next_offset"] == 3
    assert told(client, f"{LIST}/checks/{page['ids'][0]}")["check"] == page["checks"][0]
    assert client.get(f"/lists/ipv6-ops/checks/{page['ids'][0]}").status_code == 200
    assert client.get(f"{LIST}/checks/1").status_code == 404


def test_an_incident_tells_on_what_it_rests(client):
    evidence = told(client, "/api/v1/incidents/inc-ipv6-ops/evidence")
    assert evidence["lists"] == ["ipv6-ops"]
    assert evidence["findings"][0]["fix"]["type"] == "TXT"
    assert "microsoft-365" in evidence["receivers"]
    assert told(client, "/api/v1/incidents/inc-ipv6-ops/letters")["letters"][0]["text"]
    assert [one["channel"] for one in told(client, "/api/v1/incidents/inc-ipv6-ops/notices")["notices"]] == [
        "mail",
        "webhook",
    ]


def test_addresses_stand_side_by_side(client):
    by_ip = {one["ip"]: one for one in told(client, f"{LIST}/addresses")["addresses"]}
    assert by_ip["2001:db8:25::25"]["authorised"] is False
    assert by_ip["192.0.2.25"]["authorised"] is True


def test_what_the_lists_software_writes_to_the_canary_is_told_with_the_arrivals(client, redis_url):
    warning = an_arrival(
        list_id="ipv6-ops",
        probe_id=None,
        received_at=seed.NOW,
        message_id="<disabled@lists.example.org>",
        canary=CanaryMail(kind=CanaryKind.DISABLE_WARNING, notice="mailman3.disabled"),
    )
    assert open_store(redis_url).evidence.record_arrival(warning)
    arrivals = told(client, f"{LIST}/probes")["arrivals"]
    assert [one["canary"]["notice"] for one in arrivals if one["canary"]] == ["mailman3.disabled"]


def test_the_past_is_told_in_counts(client):
    tallies = told(client, f"{LIST}/tallies")["tallies"]
    assert sum(sum(one["checks"].values()) for one in tallies) == len(told(client, f"{LIST}/checks")["checks"])


def test_our_own_blindness_is_told(client):
    parts = told(client, "/api/v1/parts")
    assert parts["ready"] is True
    assert {one["part"] for one in parts["parts"]} >= {"worker", "beat", "receiver", "resolver", "web"}


def test_ids_of_receivers_and_rules_are_explained(client):
    known = told(client, "/api/v1/receivers")
    assert {each["id"] for each in known["rules"]} == {each.id for each in load_rules().rules}
    assert "microsoft-365" in {each["id"] for each in known["receivers"]}
    assert all(each["sources"] and each["about"] for each in known["rules"])


def test_the_links_of_a_list_open(client):
    links = told(client, f"{LIST}/links")
    for name in ("badge", "shields", "feed", "owner"):
        assert client.get(links[name]).status_code == 200, name


@pytest.mark.parametrize("state", ["open", "resolved"])
def test_incidents_are_narrowed_by_state(client, state):
    found = told(client, "/api/v1/incidents", state=state)["incidents"]
    assert all(one["state"] == state for one in found)
    assert bool(found) == (state == "open")
