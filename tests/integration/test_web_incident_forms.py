"""Acknowledging and silencing from the pages and the API, and who may not make a browser do it."""

import re

import pytest
from fastapi.testclient import TestClient

from monitor.model.incidents import IncidentState
from tests import seed
from tests.pages import pages_of

HOME = "http://127.0.0.1:8025"
PAGE = "/incidents/inc-ipv6-ops"


@pytest.fixture
def client(store):
    seed.fill(store)
    return TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url=HOME)


def token(client):
    return re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(PAGE).text)[1]


def test_an_incident_is_acknowledged_by_its_form(client, store):
    answer = client.post(
        f"{PAGE}/acknowledge",
        data={"csrf": token(client), "by": "Ada <b>", "reason": "adding ip6", "lasts": "1d"},
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    incident = store.incidents.get("inc-ipv6-ops")
    assert incident.state is IncidentState.ACKNOWLEDGED
    assert incident.acknowledgement.by == "Ada <b>"
    body = client.get(PAGE).text
    assert "Ada &lt;b&gt;" in body
    assert "acknowledged" in client.get("/").text


def test_a_list_is_silenced_and_the_silence_ended(client, store):
    client.post(f"{PAGE}/silence", data={"csrf": token(client), "by": "Ada", "reason": "known", "lasts": "7d"})
    assert store.incidents.get("inc-ipv6-ops").state is IncidentState.SILENCED
    (silence,) = store.silences.all()
    assert "End this silence" in client.get(PAGE).text
    client.post(f"{PAGE}/unsilence", data={"csrf": token(client), "silence_id": silence.id})
    assert store.silences.all() == ()
    assert store.incidents.get("inc-ipv6-ops").state is IncidentState.OPEN


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        pytest.param({}, {}, id="no token"),
        pytest.param({}, {"csrf": "0" * 64}, id="wrong token"),
        pytest.param({"origin": "https://evil.example"}, {"csrf": None}, id="another origin"),
        pytest.param({"sec-fetch-site": "cross-site"}, {"csrf": None}, id="another site"),
        pytest.param({"origin": "null"}, {"csrf": None}, id="an opaque origin"),
    ],
)
def test_another_site_cannot_send_the_form(client, store, headers, data):
    data = {"by": "Eve", "lasts": "1d"} | {name: value or token(client) for name, value in data.items()}
    answer = client.post(f"{PAGE}/acknowledge", data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert store.incidents.get("inc-ipv6-ops").state is IncidentState.OPEN


@pytest.mark.parametrize("lasts", ["forever", "end"])
def test_a_silence_without_an_end_is_refused(client, store, lasts):
    answer = client.post(f"{PAGE}/silence", data={"csrf": token(client), "by": "Ada", "lasts": lasts})
    assert answer.status_code == 422
    assert store.silences.all() == ()


def test_programs_do_the_same(client, store):
    done = client.post("/api/v1" + PAGE + "/acknowledge", json={"by": "bot", "reason": "seen"})
    assert done.status_code == 200
    assert done.json()["state"] == "acknowledged"
    silenced = client.post("/api/v1" + PAGE + "/silence", json={"by": "bot", "until": "2026-11-25T09:30:00Z"})
    assert silenced.json()["state"] == "silenced"
    past = client.post("/api/v1" + PAGE + "/silence", json={"by": "bot", "until": "2020-01-01T00:00:00Z"})
    assert past.status_code == 409
    assert client.post("/api/v1/incidents/none/acknowledge", json={}).status_code == 404
    assert client.post("/api/v1" + PAGE + "/acknowledge", content=b"{").status_code == 422
    foreign = client.post("/api/v1" + PAGE + "/acknowledge", json={}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
