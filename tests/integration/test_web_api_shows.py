"""What the pages show, as the API tells it."""

import pytest
from fastapi.testclient import TestClient

from monitor.admission.data import load_rules
from monitor.model.evidence import CanaryKind, CanaryMail
from monitor.store import open_store
from tests import seed
from tests.builders import an_arrival
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
