"""The watch over the installation, over a real store: one cause under many lists, our own blindness, weekly digests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.model.incidents import IncidentState, NoticeState
from monitor.model.risk import RiskLevel
from monitor.operations.deliver import deliver
from monitor.operations.installation import watch
from monitor.operations.reassess import step_incident
from monitor.operations.services import Services
from monitor.operations.weekly import tell_weekly
from tests.pages import pages_of
from tests.sample_notices import NO_PTR, assessment, mailing_list
from tests.seed import claim_notices

LISTS = 400
OWNERS = 8
ADMIN = "host@example.org"
PTR = replace(NO_PTR, evidence={"client_ip": "2001:db8:25::25"})
CRIT, OK = RiskLevel.CRITICAL, RiskLevel.OK


class Host:
    """Many lists behind one address; a clock that is set by hand; mail that is only counted."""

    def __init__(self, store, monkeypatch, **changes):
        self.store, self.at, self.sent = store, datetime(2026, 11, 23, 8, 30, tzinfo=UTC), []
        lists = [
            mailing_list(id=f"list-{n}", owners=[f"owner-{n % OWNERS}@example.org"], webhook=[]) for n in range(LISTS)
        ]
        document = {
            "list": lists,
            "notices": {
                "from": "staysub@example.net",
                "relay": "smtp://[::1]:1",
                "administrators": [ADMIN],
                "digest": "mon 08:00 UTC",
            },
            "incidents": {"raise_after": [1, 1], "resolve_after": [1, 1]},
            **changes,
        }
        self.settings = Settings.model_validate(document, by_alias=True)
        self.services = Services(settings=lambda: self.settings, store=store, rules=load_rules(), now=lambda: self.at)
        monkeypatch.setattr("monitor.notify.mail.send", self.send)

    def send(self, message, *_, **__):
        self.sent.append(message)
        from monitor.model.incidents import DeliveryAttempt

        return DeliveryAttempt(at=self.at, outcome="delivered")

    def judge(self, level, number, *findings):
        listed = self.settings.file_lists[number]
        assessed = replace(assessment(level, *findings, at=self.at), list_id=listed.id, findings=findings)
        self.store.outcomes.record_assessment(assessed, cause=f"{self.at.isoformat()}")
        assert step_incident(self.services, listed, assessed)

    def work(self):
        while due := claim_notices(self.store, self.at):
            deliver(self.services, due)

    def of_installation(self):
        return [one for one in self.store.incidents.recent(1000) if one.subject.is_installation]


def test_one_address_without_ptr_under_400_lists(store, monkeypatch):
    """One incident and one mail for the administrator; one mail for each owner, about all of that owner's lists."""
    host = Host(store, monkeypatch)
    for number in range(LISTS):
        host.judge(CRIT, number, PTR)
        host.at += timedelta(seconds=1)
        if number % 100 == 0:
            host.work()
    for _ in range(3):
        watch(host.services)
        host.at += timedelta(seconds=30)
    host.work()
    host.at += timedelta(minutes=20)
    host.work()
    (incident,) = host.of_installation()
    assert (incident.list_id, incident.state, incident.level) == (
        "@ptr.missing:2001:db8:25::25",
        IncidentState.OPEN,
        CRIT,
    )
    to = sorted(message["To"] for message in host.sent)
    assert to == [ADMIN, *(f"owner-{n}@example.org" for n in range(OWNERS))]
    told = next(message for message in host.sent if message["To"] == ADMIN)
    assert told["Subject"].startswith(f"{LISTS} lists with one cause: ptr.missing")
    assert "mail.lists.example.org." in told.get_body(("plain",)).get_content(), "the record to publish"
    assert all(message["Subject"].startswith("[50 lists]") for message in host.sent if message is not told)
    host.sent.clear()
    for number in range(LISTS):
        host.judge(OK, number)
    watch(host.services)
    host.work()
    host.at += timedelta(minutes=20)
    host.work()
    assert host.of_installation()[0].state is IncidentState.RESOLVED
    assert sorted(message["To"] for message in host.sent) == to
    assert store.shared_causes.all() == {}
    watch(host.services)
    assert store.shared_causes.subjects() == frozenset()


def test_our_own_blindness_is_told_to_the_administrator_and_raises_nothing(store, monkeypatch):
    host = Host(store, monkeypatch)

    def passes(minutes, *parts):
        for _ in range(minutes):
            host.at += timedelta(minutes=1)
            for part in parts:
                store.heartbeats.beat(part, host.at)
            watch(host.services)
        host.work()

    passes(60, "worker", "beat", "resolver")
    assert host.of_installation() == []
    passes(44, "worker", "beat")
    assert host.of_installation() == [], "DNS is asked every 15 minutes: three of them may go by"
    passes(2, "worker", "beat")
    (mail,) = host.sent
    assert mail["Subject"] == "Staysub cannot see: resolver"
    passes(60, "worker", "beat")
    assert len(host.sent) == 1
    passes(1, "worker", "beat", "resolver")
    assert [message["Subject"] for message in host.sent[1:]] == ["Over: blind resolver"]
    assert {one.list_id for one in store.incidents.recent(10)} == {"@blind:resolver"}


def test_a_weekly_digest_is_made_once(store, monkeypatch):
    host = Host(store, monkeypatch)
    listed = host.settings.file_lists[0]
    before = replace(assessment(CRIT), list_id=listed.id, findings=())
    store.outcomes.record_assessment(before, cause="old")
    monkeypatch.setattr(type(store.outcomes), "level_at", lambda *_: CRIT)
    host.judge(OK, 0)
    assert tell_weekly(host.services) == 1
    assert tell_weekly(host.services) == 0
    host.work()
    (mail,) = host.sent
    assert (mail["To"], mail["Subject"]) == ("owner-0@example.org", "[Staysub] Your week: 1 improved")
    assert "critical → ok" in mail.get_body(("plain",)).get_content()
    host.at += timedelta(days=7)
    assert tell_weekly(host.services) == 1, "there is another week"


def test_the_level_of_a_week_ago_is_found(store):
    store.outcomes.record_assessment(assessment(CRIT), cause="one")
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert store.outcomes.level_at("ipv6-ops", now) is CRIT
    assert store.outcomes.level_at("ipv6-ops", now - timedelta(days=7)) is None
    store.outcomes.record_assessment(assessment(RiskLevel.UNKNOWN), cause="two")
    assert store.outcomes.level_at("ipv6-ops", now + timedelta(seconds=1)) is CRIT, "unknown is no level"


@pytest.mark.parametrize("who", ["owner-0@example.org", ADMIN])
def test_who_has_paused_gets_nothing_and_it_is_kept_as_withheld(store, monkeypatch, who):
    host = Host(store, monkeypatch)
    subject = "list-0" if who != ADMIN else "@ptr.missing:2001:db8:25::25"
    store.suppressions.begin(who, subject, now=host.at)
    for number in range(0, LISTS, OWNERS)[:6] if who == ADMIN else (0,):
        host.judge(CRIT, number, PTR)
    watch(host.services)
    host.at += timedelta(minutes=20)
    host.work()
    held = [one for one in store.notices.recent(50) if one.state is NoticeState.WITHHELD]
    assert {one.target for one in held} == {who}
    assert who not in {message["To"] for message in host.sent}


def test_the_page_of_a_hosts_incident_names_the_lists_and_what_mends_it(store, monkeypatch):
    host = Host(store, monkeypatch)
    for number in range(6):
        host.judge(CRIT, number, PTR)
    watch(host.services)
    (incident,) = host.of_installation()
    app = pages_of(lambda: host.settings, store, lambda: host.at)
    client = TestClient(app, base_url="http://127.0.0.1:8025")
    body = client.get(f"/incidents/{incident.id}").text
    assert "6 lists have it now" in body
    assert 'href="/lists/list-5"' in body
    assert "mail.lists.example.org." in body
    assert "/lists/@" not in body
    assert "host: ptr.missing" in client.get("/incidents").text
