"""A list that is new and in danger, from the first tick to the mail: with the defaults, by a clock that is stepped."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller

from monitor.admission.rules import load_rules
from monitor.clock import now as real_now
from monitor.config.settings import NoticeSettings, ScheduleSettings, Settings
from monitor.dns.authority import Authorities
from monitor.evidence.checks.source import CHECKS
from monitor.incident.confirming import LOOKED_AT, PAUSES
from monitor.model.incidents import IncidentState
from monitor.model.risk import RiskLevel
from monitor.operations import reassess as reassess_operation
from monitor.operations.check import check
from monitor.operations.deliver import deliver
from monitor.operations.services import Services
from monitor.operations.tick import tick
from monitor.operations.timing import LEASE
from monitor.store.list_record import Depth
from tests.builders import a_list
from tests.fakes import ZoneResolver
from tests.harness import free_port

pytestmark = pytest.mark.integration

TICK = timedelta(seconds=2)  # as Celery's beat sends it
FIRST_NOTICE_WITHIN = timedelta(minutes=5)
EVERY = ScheduleSettings().check_every
DOMAIN, HELO = "lists.example.org", "mail.lists.example.org"
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")


def zones(spf):
    return {
        DOMAIN: {"TXT": [spf]},
        HELO: {"A": [str(V4)], "AAAA": [str(V6)], "TXT": ["v=spf1 a -all"]},
        V4.reverse_pointer: {"PTR": [HELO]},
        V6.reverse_pointer: {"PTR": [HELO]},
    }


LACKING = ZoneResolver(zones(f"v=spf1 ip4:{V4} -all"))  # over IPv6 all of its mail is refused
MENDED = ZoneResolver(zones(f"v=spf1 ip4:{V4} ip6:{V6} -all"))


class Deaf:
    """Nobody answers: we are blind."""

    def lookup(self, name, rrtype, *, timeout_s=None):
        return ZoneResolver({}, {name: "timeout"}).lookup(name, rrtype, timeout_s=timeout_s)


class Sink:
    """Takes mail."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 2.0.0 queued"


class House:
    """Whatever a tick hands out is done at once. `answers` resolve for one check after the other, the last goes on."""

    def __init__(self, store, port, lists=1, owner="owner@example.net", **schedule):
        self.at = self.began = real_now()
        self.store, self.answers, self.checked = store, [LACKING], []
        watched = [a_list(id=f"list-{n}", helo=HELO, outbound=(V4, V6), owners=(owner,)) for n in range(lists)]
        notices = NoticeSettings.model_validate({"from": "s@example.net", "relay": f"smtp://127.0.0.1:{port}"})
        self.settings = Settings(list=watched, notices=notices, schedule=ScheduleSettings(**schedule))
        self.services = Services(
            settings=lambda: self.settings,
            store=store,
            resolver=lambda: self.answers[0],
            authorities=lambda: Authorities(ZoneResolver({})),
            rules=load_rules(),
            now=lambda: self.at,
        )

    def step(self, by=TICK):
        self.at += by
        due = tick(self.services)
        for list_id, slot in due.of("check"):
            self.checked.append((list_id, slot, self.at))
            check(self.services, list_id, slot=slot)
            self.answers = self.answers[1:] or self.answers
        if due.mails:
            deliver(self.services, due.mails)

    def until(self, holds, *, within=2 * EVERY):
        """How long it took from the beginning."""
        ends = self.at + within
        while not holds():
            assert self.at < ends, f"not within {within}"
            self.step()
        return self.at - self.began

    def incident(self, name="list-0"):
        return self.store.list_record(name, Depth(current=True)).current

    def due(self, name="list-0"):
        return self.store.list_record(name, Depth(due=True)).next_check


@pytest.fixture
def sink():
    made = Sink()
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    made.port = controller.port
    yield made
    controller.stop()


@pytest.mark.parametrize(
    ("lists", "answers"),
    [
        pytest.param(1, [LACKING], id="at once"),
        pytest.param(1, [Deaf(), LACKING], id="we are blind at first"),
        pytest.param(1, [LACKING, Deaf(), LACKING], id="we are blind when it is to be confirmed"),
        pytest.param(1, [LACKING, MENDED, LACKING], id="seen two times of three"),
        pytest.param(3, [LACKING], id="several of one owner, in one mail"),
    ],
)
def test_the_first_mail_leaves_within_five_minutes(store, sink, lists, answers):
    house = House(store, sink.port, lists)
    house.answers = list(answers)
    assert house.until(lambda: sink.taken) < FIRST_NOTICE_WITHIN
    house.until(lambda: not store.notices.waiting(), within=FIRST_NOTICE_WITHIN)
    (mail,) = sink.taken
    assert all(f"list-{n}" in mail.get_body(("plain",)).get_content() for n in range(lists))


def test_a_list_that_is_added_to_an_owners_others_is_told_as_soon(store, sink):
    house = House(store, sink.port, 2)
    house.answers = [MENDED]
    house.until(lambda: len(house.checked) >= 4, within=4 * EVERY)
    added = replace(house.settings.file_lists[0], id="added", address=f"added@{DOMAIN}")
    house.settings = house.settings.model_copy(update={"file_lists": (*house.settings.file_lists, added)})
    house.answers, began = [LACKING], house.at
    house.until(lambda: sink.taken)
    assert house.at - began < FIRST_NOTICE_WITHIN
    assert "added" in sink.taken[0]["Subject"]


def test_afterwards_it_is_checked_as_often_as_it_says(store, sink):
    """Two checks more, not one more each time; and the end of the danger is told by the usual ones."""
    house = House(store, sink.port)
    house.until(lambda: sink.taken)
    told_at, count = house.at, len(house.checked)
    assert count == LOOKED_AT - 1
    house.answers = [MENDED]
    while house.at - told_at < 4 * EVERY:
        house.step()
    assert len(house.checked) - count in (3, 4)
    assert house.incident() is None


def test_a_check_that_is_delivered_twice_is_one_and_comes_back_as_if_it_were(store, sink):
    house = House(store, sink.port)
    house.until(lambda: house.incident() is not None)
    assert house.incident().state is IncidentState.PENDING
    (list_id, slot, at), due = house.checked[-1], house.due()
    assert due == pytest.approx(at + PAUSES[0], abs=timedelta(seconds=1))
    house.at += timedelta(seconds=20)
    check(house.services, list_id, slot=slot)
    assert house.due() == due
    assert house.incident().state is IncidentState.PENDING, "one look was taken for two"
    assert len(store.list_record(list_id, Depth(evidence={CHECKS: 9})).of(CHECKS)) == 1


def test_a_worker_that_dies_over_the_first_check_makes_it_no_more_than_its_lease_later(store, sink, monkeypatch):
    house = House(store, sink.port)

    class Killed(BaseException):
        pass

    def dies(*_, **__):
        raise Killed

    finish = store.schedule.finish
    monkeypatch.setattr(store.schedule, "finish", dies)
    with pytest.raises(Killed):
        house.until(lambda: False)
    monkeypatch.setattr(store.schedule, "finish", finish)
    assert house.incident().state is IncidentState.PENDING
    assert house.until(lambda: sink.taken) < FIRST_NOTICE_WITHIN + LEASE
    assert len({(list_id, slot) for list_id, slot, _ in house.checked}) == len(house.checked) - 1


def test_what_is_seen_between_checks_brings_the_next_one_forward(store, sink, monkeypatch):
    """A probe that was refused, a bounce: whatever makes an assessment; but not where a check is under way."""
    house = House(store, sink.port, check_every=timedelta(days=1))
    house.answers = [MENDED]
    house.until(lambda: house.checked)
    house.at += timedelta(hours=1)
    seen, _ = reassess_operation.assess_now(house.services, house.settings.file_lists[0])
    seen = replace(seen, level=RiskLevel.CRITICAL, reason="a probe was refused", assessed_at=house.at)
    monkeypatch.setattr(reassess_operation, "judge", lambda *_, **__: seen)
    listed = house.settings.file_lists[0]
    for _ in range(2):
        assert reassess_operation.reassess(house.services, listed, cause="rejected:1") == house.at + PAUSES[0]
        assert house.due() == pytest.approx(house.at + PAUSES[0], abs=timedelta(milliseconds=1))
    house.at += PAUSES[0]
    (claim,) = store.schedule.claim(house.at, limit=9, lease=LEASE)
    leased_until = house.due()
    reassess_operation.reassess(house.services, listed, cause="rejected:2")
    assert house.due() == leased_until, "somebody has it in hand"
    assert claim.list_id == "list-0"
