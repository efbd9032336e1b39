"""One owner of many lists: an allowance of mails, then all that is new in one; through a real store and SMTP server."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.model.incidents import IncidentState, NoticeState
from monitor.model.risk import RiskLevel
from monitor.notify.notice import notice_id
from monitor.operations.deliver import deliver
from monitor.operations.services import Services
from monitor.store.mail_limits import BURST, EVERY
from tests.builders import an_incident
from tests.harness import free_port
from tests.sample_notices import mailing_list, notice
from tests.seed import claim_notices

pytestmark = pytest.mark.integration

LISTS = 12
OWNER = "owner@example.org"
GATHERED = timedelta(minutes=17)  # longer than a mail to an owner of many lists waits for more of its kind


class Sink:
    """Takes mail, or answers as told."""

    def __init__(self):
        self.taken, self.answer = [], "250 2.0.0 queued"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


class House:
    """Lists of one owner, a store, a relay, and a clock that is set by hand."""

    def __init__(self, store, port):
        self.store, self.at = store, datetime.now(UTC)
        lists = [mailing_list(id=f"list-{n}", webhook=[]) for n in range(LISTS)]
        document = {"list": lists, "notices": {"from": "staysub@example.org", "relay": f"smtp://127.0.0.1:{port}"}}
        settings = Settings.model_validate(document, by_alias=True)
        self.services = Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: self.at)

    def tell(self, number, **changes):
        """A new notice about a list, due now."""
        data = {**json.loads(notice().payload), "list": f"list-{number}", **changes}
        incident = f"inc-{number}-{len(self.store.notices.recent(500))}"
        one = replace(
            notice(),
            id=notice_id(incident, 1, "mail", OWNER),
            incident_id=incident,
            list_id=f"list-{number}",
            payload=json.dumps(data),
            created_at=self.at,
            next_attempt_at=self.at,
        )
        opened = an_incident(
            RiskLevel.OK,
            id=incident,
            list_id=f"list-{number}",
            state=IncidentState.RESOLVED,
            worst_level=RiskLevel.CRITICAL,
            opened_at=self.at,
        )
        assert self.store.incidents.commit(opened, [one], expected_revision=0)
        return one.id

    def settle(self):
        """What ticks do until nothing waits for more of its kind."""
        self.work()
        self.at += GATHERED
        return self.work()

    def work(self):
        """What one tick does."""
        due = claim_notices(self.store, self.at)
        deliver(self.services, due)
        return due


@pytest.fixture
def sink():
    made = Sink()
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    made.port = controller.port
    yield made
    controller.stop()


@pytest.fixture
def house(store, sink):
    return House(store, sink.port)


def test_what_is_new_at_once_is_one_mail_that_names_every_list(house, sink):
    """Though the lists are found in danger one after the other, as they are checked."""
    ids = []
    for n in range(LISTS):
        ids.append(house.tell(n))
        house.work()
        house.at += timedelta(minutes=1)
    assert sink.taken == []
    house.settle()
    (mail,) = sink.taken
    assert "List-Unsubscribe" not in mail, "there is no page to pause on"
    assert mail["Subject"].startswith(f"[{LISTS} lists] {LISTS * 120} subscribers at Microsoft 365 at risk")
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for n in range(LISTS):
        assert f"* list-{n}: 120 subscribers at Microsoft 365 at risk" in " ".join(text.split())
        assert f">list-{n}</a>" in html
    assert text.count("ptr.missing, RFC 1912 section 2.1") == 1, "the shared cause is told once"
    told = [house.store.notices.get(ident) for ident in ids]
    assert {one.state for one in told} == {NoticeState.DELIVERED}
    assert {one.digest_id for one in told} == {mail["Message-ID"].strip("<>").partition("@")[0]}
    assert house.store.notices.waiting() == 0


def test_one_after_the_other_uses_the_allowance_up_and_the_rest_waits_for_one_mail(house, sink):
    began = house.at
    for n in range(LISTS):
        house.tell(n)
        house.settle()
    assert len(sink.taken) == BURST + (house.at - began) // EVERY
    house.at += EVERY
    house.work()
    assert house.store.notices.waiting() == 0
    assert any("lists]" in mail["Subject"] for mail in sink.taken[BURST:]), "what waited together came singly"


def test_a_day_has_a_bounded_number_of_mails(house, sink):
    for minute in range(0, 24 * 60, 5):
        house.tell(minute % LISTS)
        house.work()
        house.at += timedelta(minutes=5)
    assert len(sink.taken) <= BURST + timedelta(days=1) / EVERY


def test_a_digest_that_is_put_off_comes_again_whole_under_the_same_id(house, sink):
    sink.answer = "451 4.3.0 not now"
    ids = [house.tell(n) for n in range(3)]
    house.settle()
    assert {house.store.notices.get(ident).state for ident in ids} == {NoticeState.PENDING}
    sink.answer = "250 2.0.0 queued"
    house.tell(4)
    house.settle()
    first, second = (mail for mail in sink.taken if "3 lists" in mail["Subject"])
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()
    assert {house.store.notices.get(ident).state for ident in ids} == {NoticeState.DELIVERED}


def test_a_worker_killed_before_the_digest_left_loses_nothing(house, sink, monkeypatch):
    ids = [house.tell(n) for n in range(3)]

    class Killed(BaseException):
        pass

    def dies(*_, **__):
        raise Killed

    house.work()
    house.at += GATHERED
    monkeypatch.setattr("monitor.operations.deliver.by_hands", dies)
    with pytest.raises(Killed):
        house.work()
    monkeypatch.undo()
    assert sink.taken == []
    house.at += timedelta(minutes=4)
    house.work()
    assert len(sink.taken) == 1
    assert {house.store.notices.get(ident).state for ident in ids} == {NoticeState.DELIVERED}


def test_a_digest_that_is_refused_for_good_leaves_dead_letters_that_can_be_replayed(house, sink):
    sink.answer = "550 5.7.1 no"
    ids = [house.tell(n) for n in range(3)]
    house.settle()
    told = [house.store.notices.get(ident) for ident in ids]
    assert {(one.state, one.attempts[-1].outcome) for one in told} == {(NoticeState.DEAD, "smtp-550")}
    sink.answer = "250 2.0.0 queued"
    house.store.notices.replay(ids[0], house.at)
    house.work()
    assert house.store.notices.get(ids[0]).state is NoticeState.DELIVERED
    assert sink.taken[-1]["Message-ID"].startswith(f"<{ids[0]}@")


def test_only_the_newest_of_each_list_is_told_and_what_is_over_comes_last(house, sink):
    house.tell(1, level="watch")
    house.at += timedelta(seconds=1)
    house.tell(1)
    house.tell(2, level="watch", act_by=None)
    house.tell(3, reason="<b>x</b>\x1b[1m")
    house.settle()
    (mail,) = sink.taken
    assert mail["Subject"].startswith("[3 lists] 360 subscribers at Microsoft 365 at risk")
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert text.index("* list-1") < text.index("* list-2")
    assert "<b>x" not in html
    assert "\x1b" not in text + html


def test_escalations_of_many_lists_reach_an_administrator_in_one_mail(house, sink):
    notices = house.services.settings().notices.model_copy(update={"administrators": ("host@example.org",)})
    settings = house.services.settings().model_copy(update={"notices": notices})
    house.services = replace(house.services, settings=lambda: settings)
    for n in range(LISTS):
        one = replace(house.store.notices.get(house.tell(n)), target="host@example.org", type="list.risk.escalated")
        house.store.notices.save(one)
    house.settle()
    (mail,) = sink.taken
    assert mail["To"] == "host@example.org"
    assert mail["Subject"].startswith(f"[{LISTS} lists]")
