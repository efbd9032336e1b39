"""`staysub incidents` and `staysub notices` over a real store."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller

from monitor.cli.main import main
from monitor.incident.notify_reason import NotifyReason, mark_notified
from monitor.incident.silence import make
from monitor.model.incidents import ChangeKind, IncidentState, NoticeState
from tests.configured import LIST, STORE
from tests.harness import free_port
from tests.sample_notices import NO_PTR, NOT_COVERED, URL, assessment, notice, raised
from tests.seed import claim_notices

pytestmark = pytest.mark.integration

CONFIG = f"""
{STORE}
[notices]
from = "staysub@example.org"
relay = "smtp://127.0.0.1:{{port}}"
{LIST}
owners = ["owner@example.org"]
[[list.webhook]]
url = "https://127.0.0.1/T0/secret-path"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""


@pytest.fixture
def staysub(configure, capsys):
    """Runs a command; gives its exit code and what it printed."""
    port = free_port()
    path = configure(CONFIG, port=port)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(path), *arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    run.port = port
    return run


@pytest.fixture
def incident(store):
    """An open incident, told by a mail that was given up and a webhook that is pending."""
    incident, _ = raised()
    incident = mark_notified(incident, NotifyReason.FIRST, now=incident.opened_at)
    dead = replace(notice("mail"), state=NoticeState.DEAD, next_attempt_at=None)
    assert store.incidents.commit(incident, [dead, notice("webhook")], expected_revision=0)
    store.outcomes.record_assessment(assessment(), cause="check:1")
    return incident


def test_open_incidents_and_silences_are_listed(staysub, incident):
    for arguments in (("incidents",), ("incidents", "list"), ("incidents", "list", "--list", "ipv6-ops")):
        code, said = staysub(*arguments)
        assert code == 0
        assert "inc-1" in said
        assert "critical" in said
    code, said = staysub("incidents", "--json")
    document = json.loads(said)
    assert document["schema"] == "staysub.incidents/1"
    assert document["incidents"][0]["id"] == "inc-1"


def test_an_incident_is_shown_with_its_history_and_notices(staysub, incident):
    code, said = staysub("incidents", "show", "ipv6-ops")
    assert code == 0
    for expected in ("raised", "spf.ipv6-not-covered", "owner@example.org", "dead", "https://hooks.example.org/…"):
        assert expected in said
    assert URL not in said
    assert staysub("incidents", "show", "nothing")[0] == 64


def test_acknowledging_is_kept_with_who_and_why(staysub, incident, store):
    code, said = staysub("incidents", "ack", "ipv6-ops", "--by", "ann", "--reason", "asked the\nhoster", "--for", "2d")
    assert code == 0, said
    kept = store.incidents.get("inc-1")
    assert (kept.state, kept.revision) == (IncidentState.ACKNOWLEDGED, 2)
    assert kept.acknowledgement.reason == "asked the hoster"
    assert kept.history[-1].kind is ChangeKind.ACKNOWLEDGED
    assert "ann" in kept.history[-1].cause
    assert staysub("incidents", "ack", "ipv6-ops", "--for", "soon")[0] == 64
    assert staysub("incidents", "ack", "inc-9")[0] == 64


def test_a_silence_hides_and_its_end_shows(staysub, incident, store):
    code, said = staysub("incidents", "silence", "ipv6-ops", "--for", "6h", "--by", "ann", "--reason", "maintenance")
    assert code == 0, said
    assert "it hides 1 open incident." in said
    assert store.incidents.get("inc-1").state is IncidentState.SILENCED
    assert "maintenance" in staysub("incidents")[1]
    (made,) = store.silences.all()
    code, said = staysub("incidents", "unsilence", made.id)
    assert code == 0, said
    assert "open again" in said
    assert store.incidents.get("inc-1").state is IncidentState.OPEN
    assert [change.kind for change in store.incidents.get("inc-1").history[1:]] == [
        ChangeKind.SILENCED,
        ChangeKind.UNSILENCED,
    ]
    assert staysub("incidents", "unsilence", made.id)[0] == 64


def test_an_incident_of_the_host_is_silenced_by_its_name(staysub, incident, store):
    named = "@ptr.missing:2001:db8:25::25"
    assert staysub("incidents", "silence", named)[0] == 64, "there is none"
    of_host = replace(incident, id="inc-host", list_id=named)
    assert store.incidents.commit(of_host, [], expected_revision=0)
    code, said = staysub("incidents", "silence", named, "--reason", "the hoster knows")
    assert (code, "it hides 1 open incident." in said) == (0, True), said
    assert store.incidents.get("inc-host").state is IncidentState.SILENCED
    assert store.incidents.get("inc-1").state is IncidentState.OPEN
    assert staysub("incidents", "unsilence", named)[0] == 0
    assert staysub("incidents", "ack", named, "--by", "ann")[0] == 0


def test_a_silence_of_one_finding_hides_not_the_other(staysub, incident, store):
    assert {NOT_COVERED.code, NO_PTR.code} == set(incident.reasons)
    assert "it hides 0 open" in staysub("incidents", "silence", "--finding", "ptr.missing")[1]
    assert "it hides 1 open" in staysub("incidents", "silence", "--finding", "spf.ipv6-not-covered")[1]


@pytest.mark.parametrize("wrong", [(), ("unknown-list",), ("ipv6-ops", "--for", "0s"), ("ipv6-ops", "--for", "x")])
def test_a_silence_that_says_too_little_or_nonsense_is_refused(staysub, store, wrong):
    assert staysub("incidents", "silence", *wrong)[0] == 64
    assert store.silences.all() == ()


def test_silences_that_have_ended_are_swept(store):
    now = datetime.now(UTC)
    facts = {"by": "", "reason": "", "list_id": "a", "receiver": None, "finding": None}
    old = make(now=now - timedelta(hours=2), until=now - timedelta(hours=1), **facts)
    store.silences.add(old, now=now - timedelta(hours=2))
    store.silences.add(make(now=now, until=now + timedelta(hours=1), **facts), now=now)
    assert old not in store.silences.all()
    assert len(store.silences.all()) == 1


def test_dead_letters_are_shown_and_replayed(staysub, incident, store):
    code, said = staysub("notices", "list", "--dead")
    dead = notice("mail").id
    assert (code, dead in said, "1 was given up" in said) == (0, True, True)
    assert notice("webhook").id not in said
    code, said = staysub("notices", "replay", dead)
    assert code == 0, said
    again = store.notices.get(dead)
    assert (again.id, again.state) == (dead, NoticeState.PENDING)
    assert dead in claim_notices(store, datetime.now(UTC))
    assert staysub("notices", "replay", "msg_none")[0] == 64
    assert staysub("notices", "replay")[0] == 64
    assert staysub("notices", "list", "--dead")[1] == "There are no dead notices.\n"


def test_all_dead_letters_at_once(staysub, incident, store):
    assert "1 notice is due again" in staysub("notices", "replay", "--dead", "--list", "ipv6-ops")[1]
    assert "0 notices are due again" in staysub("notices", "replay", "--dead")[1]


def test_a_notice_is_shown_with_each_try_and_without_the_endpoints_secret(staysub, incident):
    _, said = staysub("notices", "show", notice("webhook").id, "--json")
    document = json.loads(said)
    assert document["notice"]["data"]["incident_id"] == "inc-1"
    assert document["notice"]["target"] == "https://hooks.example.org/…"
    assert json.loads(staysub("notices", "--json")[1])["schema"] == "staysub.notices/1"


class Sink:
    """Takes every message."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.taken.append(envelope)
        return "250 2.0.0 queued"


def test_a_test_notice_is_sent_on_each_way_and_the_result_told(staysub):
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=staysub.port)
    controller.start()
    try:
        code, said = staysub("notices", "test", "ipv6-ops")
        assert code == 1
        assert "mail to owner@example.org: delivered. 250 2.0.0 queued" in said
        assert "webhook to https://127.0.0.1/…: refused-address." in said
        assert "notices.allow_networks" in said
        assert "secret-path" not in said
        assert staysub("notices", "test", "ipv6-ops", "--channel", "mail")[0] == 0
        assert len(sink.taken) == 2
    finally:
        controller.stop()
    assert staysub("notices", "test", "other")[0] == 64
    code, said = staysub("notices", "test", "ipv6-ops", "--channel", "mail")
    assert (code, "relay-connect" in said) == (1, True)
