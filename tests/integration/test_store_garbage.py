"""One thing in the store that cannot be read costs itself: its list is unknown, everything else goes on."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from monitor.admission.rules import load_rules
from monitor.cli.doctor import examinations as examine
from monitor.errors import StoreUnavailable
from monitor.metrics import UNREADABLE
from monitor.model.incidents import IncidentState
from monitor.model.risk import RiskLevel
from monitor.operations import tick as clock
from monitor.operations.installation import watch
from monitor.operations.mail_routes import claim_routes, look_up_routes, sweep_routes
from monitor.operations.plan_deliveries import plan
from monitor.operations.reach import count_reach
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.operations.weekly import tell_weekly
from monitor.store import keys
from monitor.store.unreadable import MET
from tests import seed
from tests.fakes import ZoneResolver
from tests.pages import pages_of

pytestmark = pytest.mark.integration

LIST, OTHER = "ipv6-ops", "no-ptr"
GARBAGE = [b"garbage", b"", b"\xff\xfe", b"{}", b"null", b"[]", b"x\x9c" + bytes(20), b"9" * 5000, b"1e999", b"nan"]


@pytest.fixture
def filled(store):
    seed.fill(store)
    MET.take()
    MET._told.clear()
    return store


@pytest.fixture
def services(filled):
    resolver = ZoneResolver({"gmail.com": {"MX": [(1, "mx.gmail.com")]}, "mx.gmail.com": {"A": ["192.0.2.1"]}})
    return Services(
        settings=seed.settings, store=filled, rules=load_rules(), now=lambda: seed.NOW, resolver=lambda: resolver
    )


def pages(services):
    return TestClient(
        pages_of(services.settings, services.store, services.now),
        base_url="http://127.0.0.1:8025",
        raise_server_exceptions=False,
    )


def everything_goes_on(services):
    """All that loops over lists, incidents, notices and parts; and the other lists."""
    clock.tick(services)
    watch(services)
    tell_weekly(services)
    look_up_routes(services, claim_routes(services))
    sweep_routes(services)
    for list_id in (LIST, OTHER):
        count_reach(services, services.watched(list_id), {"microsoft.com": 120, "gmail.com": 300})
    plan(services, [each.id for each in services.store.notices.recent(5)])
    other = services.watched(OTHER)
    reassess(services, other, cause=f"test:{services.now()}")
    client = pages(services)
    for path in (
        "/",
        "/incidents",
        "/notices",
        f"/lists/{OTHER}",
        f"/lists/{LIST}",
        "/api/v1/lists",
        "/api/v1/overview",
        "/api/v1/incidents",
        "/api/v1/notices",
        "/api/v1/parts",
        f"/api/v1/lists/{OTHER}",
        f"/api/v1/lists/{LIST}",
        f"/api/v1/lists/{LIST}/history",
        f"/api/v1/lists/{LIST}/tallies",
        f"/api/v1/lists/{LIST}/checks",
        "/metrics",
    ):
        answer = client.get(path)
        assert answer.status_code in (200, 404), (path, answer.text)
    assert client.get("/").text.count(f'href="/lists/{OTHER}"') > 0
    assert "staysub_store_up 1" in client.get("/metrics").text
    return client


HASH = {
    "assessment": keys.ASSESSMENT,
    "silence": keys.SILENCES,
    "token": keys.TOKENS,
    "cause": keys.CAUSES,
    "sending": keys.SENDINGS,
    "added list": keys.LISTS,
    "heartbeat": keys.HEARTBEAT,
    "return": keys.BACK,
    "interval": keys.SCHEDULE_EVERY,
    "slot": keys.SCHEDULE_SLOT,
    "success": keys.SUCCESSES,
    "count": keys.COUNTS,
    "clock": keys.CLOCKS,
    "days": keys.days(LIST),
    "ledger": keys.ledger(LIST),
    "bases": keys.bases("checks", LIST),
    "old tallies": keys.tallies(LIST),
    "routes": keys.ROUTES,
    "replies": keys.replies(LIST),
    "waiting": keys.waiting(LIST),
}
FIELDS = (
    LIST,
    "gmail.com",
    f"check:{LIST}",
    "worker",
    "ffff",
    "20784",
    UNREADABLE.field(),
    "staysub_checks ok",
    b"\xff",
)


@pytest.mark.parametrize("first", range(0, len(GARBAGE), 3))
def test_fields_of_garbage(services, first):
    """In every hash at once: each field something else each time, so that each is met by most of them."""
    for m, key in enumerate(HASH.values()):
        for n, field in enumerate(FIELDS):
            services.store.client.hset(key, field, GARBAGE[(first + m + n) % len(GARBAGE)])
    services.store.client.set(keys.LISTS_VERSION, str(first))
    everything_goes_on(services)


STRING = [
    "incident",
    "open",
    "notice",
    "probe",
    "probe open",
    "roster",
    "learnt",
    "reach",
    "turn",
    "mail host",
    "pause",
    "own way",
    "allowance",
]


def named(store, name):
    notices = store.notices.of_list(LIST)
    return {
        "incident": [keys.incident(each.id) for each in store.incidents.of_list(LIST)],
        "open": [keys.incident_open(LIST)],
        "notice": [keys.notice(each.id) for each in notices],
        "probe": [keys.probe(each.id) for each in store.probes.of_list(LIST)],
        "probe open": [keys.probe_open(LIST)],
        "roster": [keys.roster(LIST)],
        "learnt": [keys.learnt(LIST)],
        "reach": [keys.reach(LIST)],
        "turn": [keys.ROUTES_TURN],
        "mail host": [keys.mail_host("mx.gmail.com")],
        "pause": [keys.pause(each.target, LIST) for each in notices],
        "own way": [keys.OWN_OUTBOUND],
        "allowance": [keys.allowance(each.target) for each in notices],
    }[name]


@pytest.mark.parametrize("garbage", GARBAGE[::3])
def test_strings_of_garbage(services, garbage):
    for touched in [named(services.store, name) for name in STRING]:
        assert touched
        for key in touched:
            services.store.client.set(key, garbage)
    everything_goes_on(services)


@pytest.mark.parametrize("garbage", GARBAGE[::3])
def test_members_of_garbage_in_lists_indexes_and_schedules(services, garbage):
    client = services.store.client
    for key in (keys.levels(LIST), keys.kept("checks", LIST), keys.kept("arrivals", LIST)):
        client.delete(key)
        client.rpush(key, garbage, garbage + bytes(30))
    for key in (keys.INCIDENTS, keys.NOTICES, keys.incidents_of(LIST), keys.notices_of_list(LIST), keys.probes(LIST)):
        client.zadd(key, {garbage: 4e9})
    client.zadd(keys.SCHEDULE, {garbage: 1.0, b"check:" + garbage: 1.0})
    client.zadd(keys.NOTICES_DUE, {garbage: 1.0})
    client.zadd(keys.ROUTES_DUE, {garbage: 1.0, "gmail.com": 1.0})
    client.zadd(keys.ROUTES_WANTED, {garbage: seed.NOW.timestamp()})
    client.sadd(keys.OPEN_CONDITIONS, garbage)
    client.zadd(keys.refused(LIST), {garbage: 4e9})
    client.zadd(keys.sources(LIST), {garbage: 4e9})
    for key in (keys.evidence("bounces", LIST), keys.assessments(LIST), keys.evidence("checks", LIST)):
        client.xadd(key, {"d": garbage})
        client.xadd(key, {"e": garbage})
    everything_goes_on(services)
    assert set(client.zrange(keys.ROUTES_DUE, 0, -1)) == {b"gmail.com", b"microsoft.com"}


def per_list():
    return [
        keys.levels(LIST),
        keys.kept("checks", LIST),
        keys.bases("checks", LIST),
        keys.evidence("bounces", LIST),
        keys.ledger(LIST),
        keys.days(LIST),
        keys.tallies(LIST),
        keys.incidents_of(LIST),
        keys.notices_of_list(LIST),
        keys.probes(LIST),
        keys.incident_open(LIST),
        keys.roster(LIST),
        keys.reach(LIST),
        keys.assessments(LIST),
        keys.marks(LIST),
        keys.replies(LIST),
        keys.waiting(LIST),
        keys.refused(LIST),
        keys.sources(LIST),
    ]


@pytest.mark.parametrize("kind", ["string", "hash"])
def test_keys_of_the_wrong_type(services, kind):
    client = services.store.client
    for key in per_list():
        client.delete(key)
        client.set(key, "x") if kind == "string" else client.hset(key, "x", "y")
    everything_goes_on(services)


def test_the_list_is_unknown_with_a_sentence_and_the_log_names_the_key_once(services, caplog):
    services.store.client.hset(keys.ASSESSMENT, LIST, b"garbage")
    client = pages(services)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            found = client.get(f"/api/v1/lists/{LIST}").json()
            assert found["level"] == RiskLevel.UNKNOWN
            assert "cannot be read; its next check writes it anew" in found["reason"]
            rows = {each["id"]: each for each in client.get("/api/v1/lists").json()["lists"]}
            assert rows[LIST]["level"] == RiskLevel.UNKNOWN
            assert "cannot be read" in rows[LIST]["reason"]
            assert rows[OTHER]["level"] != RiskLevel.UNKNOWN
    told = [each for each in caplog.records if each.message == "store_unreadable"]
    assert [each.key for each in told] == [f"{keys.ASSESSMENT} {LIST}"]
    assert "staysub_store_unreadable_total 1.0" in client.get("/metrics").text
    later = replace(services, now=lambda: seed.NOW + timedelta(minutes=10))
    reassess(later, services.watched(LIST), cause="test:1")
    assert "cannot be read" not in client.get(f"/api/v1/lists/{LIST}").json()["reason"]


def test_an_incident_that_cannot_be_read_gives_its_place_to_another(services):
    store = services.store
    before = store.incidents.current(LIST)
    store.client.set(keys.incident(before.id), b"garbage")
    assert store.incidents.current(LIST) is None
    another = seed_incident(before, services)
    assert store.incidents.commit(another, (), expected_revision=0)
    assert store.incidents.current(LIST) == another


def seed_incident(before, services):
    return replace(
        before,
        id="another",
        opened_at=services.now() + timedelta(minutes=1),
        state=IncidentState.OPEN,
        revision=1,
        history=before.history[:1],
    )


def test_an_added_list_that_cannot_be_read_is_shown_not_forgotten_and_can_be_mended(services):
    store = services.store
    store.client.hset(keys.LISTS, "added", b"garbage")
    store.client.set(keys.LISTS_VERSION, "1")
    store.schedule.sync({("check", "added"): timedelta(minutes=15)}, services.now())
    store.shared_causes.note("added", RiskLevel.CRITICAL, [("spf.none", "x")])
    client = everything_goes_on(services)
    assert "added" in store.shared_causes.all(), "its past was forgotten"
    rows = {each["id"]: each for each in client.get("/api/v1/lists").json()["lists"]}
    assert rows["added"]["level"] == RiskLevel.UNKNOWN
    assert "Send them again over the API" in rows["added"]["reason"]
    assert client.delete("/api/v1/lists/added").status_code == 204
    assert "added" not in {each["id"] for each in client.get("/api/v1/lists").json()["lists"]}


def test_doctor_names_each_key_of_the_wrong_type(services):
    store, lists = services.store, services.lists()
    assert list(examine.keys_of_others(lambda: store, lists)) == [], "what we wrote ourselves is as the table says"
    wrong = (keys.HEARTBEAT, keys.ASSESSMENT, keys.SCHEDULE, keys.levels(LIST), keys.marks(LIST))
    for key in wrong:
        store.client.delete(key)
        store.client.set(key, "x")
    with pytest.raises(StoreUnavailable, match="`staysub doctor` names them"):
        store.heartbeats.all()
    found = {one.sentence.split()[2]: one for one in examine.keys_of_others(lambda: store, lists)}
    assert found.keys() == set(wrong)
    assert "is a string and must be a hash" in found[keys.ASSESSMENT].sentence
    assert f"DEL {keys.levels(LIST)}" in found[keys.levels(LIST)].advice
