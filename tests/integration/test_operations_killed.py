"""Each operation, killed before and after every single word to Redis and then repeated, has one effect.

A worker may die at any instruction. What it did to the world it did through Redis and SMTP; so it is enough to cut it
off at each of its commands, once before the command leaves and once before the answer is read, and to do the work
again.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import redis

from monitor.admission.rules import load_rules
from monitor.config.settings import ScheduleSettings, Settings
from monitor.dns.authority import Authorities
from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import ProbeState
from monitor.model.incidents import IncidentState, NoticeState
from monitor.model.risk import RiskLevel
from monitor.model.vantage import Vantage
from monitor.operations import check as check_operation
from monitor.operations import deliver as deliver_operation
from monitor.operations import direct_probe as direct_operation
from monitor.operations import installation as host_operation
from monitor.operations import probe as probe_operation
from monitor.operations.mail_routes import claim_routes, look_up_routes
from monitor.operations.reach import count_reach
from monitor.operations.services import Services
from monitor.operations.tick import tick
from monitor.operations.timing import LEASE
from monitor.store import Store, keys
from monitor.store.list_record import Depth
from tests.builders import a_list
from tests.fakes import ZoneResolver
from tests.sample_notices import notice
from tests.seed import claim_notices

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
DOMAIN, HELO = "lists.example.org", "mail.lists.example.org"
ZONES = {
    HELO: {"A": [str(V4)], "AAAA": [str(V6)]},
    **{address.reverse_pointer: {"PTR": [HELO]} for address in (V4,)},  # over IPv6 nothing is in order
}
SETTINGS = Settings(
    receiver=Vantage(domain="v6.probe.example.org", hostname="mx.v6.probe.example.org"),
    schedule=ScheduleSettings(check_every=timedelta(minutes=15), probe_every=timedelta(hours=1)),
    list=[
        a_list(
            id="ops",
            address=f"ops@{DOMAIN}",
            reverse_path=f"ops-bounces@{DOMAIN}",
            helo=HELO,
            outbound=(V4, V6),
            owners=("owner@example.net",),
            submission="smtp://[2001:db8:25::25]:587",
        )
    ],
)


class Killed(BaseException):
    """The process is gone."""


class Mortal(redis.UnixDomainSocketConnection):
    """A connection that dies at its n-th word: before it is sent, or when the answer is read."""

    words_left: int | None = None
    before = True

    def send_packed_command(self, *args, **options):
        self._live(sending=True)
        return super().send_packed_command(*args, **options)

    def read_response(self, *args, **options):
        self._live(sending=False)
        return super().read_response(*args, **options)

    @classmethod
    def _live(cls, *, sending):
        if cls.words_left is None or sending is not cls.before:
            return
        cls.words_left -= 1
        if cls.words_left == -1:
            raise Killed
        if cls.words_left < -1:
            raise redis.ConnectionError("the dead say nothing more")


class Clock:
    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_services(store, redis_url, clock):
    """A new process's services on the same store."""

    def make():
        pool = redis.ConnectionPool.from_url(redis_url, connection_class=Mortal)
        resolver = ZoneResolver(ZONES)
        return Services(
            settings=lambda: SETTINGS,
            store=Store(redis.Redis(connection_pool=pool)),
            resolver=lambda: resolver,
            authorities=lambda: Authorities(ZoneResolver({})),
            rules=load_rules(),
            now=clock,
        )

    yield make
    Mortal.words_left = None


@pytest.fixture
def sent(monkeypatch):
    """The messages that a list's MTA was given."""
    messages = []

    def submit(url, *, reverse_path, forward_path, message, helo):
        messages.append(forward_path)
        return "250 2.0.0 Ok: queued"

    monkeypatch.setattr(probe_operation, "submit", submit)
    return messages


def run_killed(make_services, operation, words, *, before):
    """Run the operation in a process that dies after so many words; whether it died."""
    services = make_services()
    services.store.ping()  # connected: what follows are the operation's own words
    Mortal.words_left, Mortal.before = words, before
    try:
        operation(services)
    except Killed:
        return True
    finally:
        Mortal.words_left = None
    return False


def everywhere(make_services, operation, reset, verify, *, before):
    """Kill the operation at its first word, at its second …, until it survives; repeat it and verify each time."""
    for words in range(500):
        reset()
        died = run_killed(make_services, operation, words, before=before)
        operation(make_services())
        operation(make_services())
        verify()
        if not died:
            return words
    raise AssertionError("the operation never ends")


WHEN = pytest.mark.parametrize("before", [True, False], ids=["before a command", "before its answer"])


@WHEN
def test_a_check_is_recorded_once_and_its_incident_told_once(store, make_services, clock, before):
    def reset():
        store.client.flushdb()
        clock.at = NOW
        first = make_services()
        first.store.schedule.sync({("check", "ops"): timedelta(minutes=15)}, NOW)
        clock.at += timedelta(minutes=1)
        (claim,) = first.store.schedule.claim(clock.at, limit=9, lease=LEASE)
        check_operation.check(first, "ops", slot=claim.slot)  # the first of two bad ones: nothing is told yet
        assert store.incidents.current("ops").state is IncidentState.PENDING
        clock.at += timedelta(minutes=2)
        (claim,) = first.store.schedule.claim(clock.at, limit=9, lease=LEASE)
        slots[:] = [claim.slot]

    def verify():
        assert len(store.evidence.read(CHECKS, "ops")) == 2
        assert len(store.outcomes.levels("ops", 50)) == 2
        incidents = store.incidents.of_list("ops")
        assert [incident.revision for incident in incidents] == [2], "pending, then raised"
        notices = store.notices.of_incident(incidents[0].id)
        assert [(notice.channel, notice.target) for notice in notices] == [("mail", "owner@example.net")]
        assert claim_notices(store, clock.at) == (notices[0].id,)
        assert store.list_record("ops", Depth(due=True)).next_check > clock.at + timedelta(minutes=14)

    slots = []
    words = everywhere(
        make_services,
        lambda services: check_operation.check(services, "ops", slot=slots[0]),
        reset,
        verify,
        before=before,
    )
    assert words > 10


@WHEN
def test_a_turn_of_looking_up_domains_loses_none(store, make_services, clock, before):
    """What it had not recorded is due again after its lease, and recorded twice it is the same."""
    names = ("mail.lists.example.org", "gone.example.org")

    def reset():
        store.client.flushdb()
        clock.at = NOW
        store.mail_routes.want(names, NOW, every=timedelta(0))

    def verify():
        found = store.mail_routes.of(names)
        assert {name: (route.ipv6, route.no_mail) for name, route in found.items()} == dict(
            zip(names, ((True, False), (False, True)), strict=True)
        )
        due = store.client.zrange(keys.ROUTES_DUE, 0, -1, withscores=True)
        assert len(due) == 2
        assert all(at > clock.at.timestamp() + 3600 for _, at in due)

    def work(services):
        for _ in range(2):
            look_up_routes(services, claim_routes(services))
            clock.at += LEASE

    everywhere(make_services, work, reset, verify, before=before)


@WHEN
def test_a_count_of_whom_mail_can_reach_is_kept_once(store, make_services, clock, before):
    """Its domains are due, and the day has one count."""
    (listed,) = SETTINGS.file_lists

    def reset():
        store.client.flushdb()
        clock.at = NOW

    def verify():
        kept = store.list_record("ops", Depth(reach=True)).reach
        assert (kept.reach.total, [(each.day, each.total) for each in kept.days]) == (5, [(NOW.date(), 5)])
        due = store.client.zrange(keys.ROUTES_DUE, 0, -1)
        assert set(due) == set(store.client.zrange(keys.ROUTES_WANTED, 0, -1)) == {b"gmail.com", b"example.edu"}

    everywhere(
        make_services,
        lambda services: count_reach(services, listed, {"gmail.com": 3, "Example.edu": 2}),
        reset,
        verify,
        before=before,
    )


@WHEN
def test_a_probe_is_sent_at_most_once_and_never_hangs(store, make_services, clock, sent, before):
    def reset():
        store.client.flushdb()
        clock.at = NOW
        sent.clear()
        store.heartbeats.beat("receiver", NOW)
        store.schedule.sync({("probe", "ops"): timedelta(hours=1)}, NOW - timedelta(minutes=1))
        (claim,) = store.schedule.claim(NOW, limit=9, lease=LEASE)
        slots[:] = [claim.slot]

    def verify():
        (probe,) = store.probes.of_list("ops")
        assert len(sent) <= 1
        if probe.state is ProbeState.SUBMITTED:
            assert len(sent) == 1
            return
        # It was cut short while it was being handed over: it is not sent again, but given up when the lease has run
        # out.
        clock.at = NOW + LEASE + timedelta(seconds=1)
        store.heartbeats.beat("receiver", clock.at)
        probe_operation.probe(make_services(), "ops", slot=slots[0])
        ended = store.probes.get(probe.id)
        assert (ended.state, ended.ours) == (ProbeState.LOST, True)
        assert len(sent) <= 1

    slots = []
    words = everywhere(
        make_services,
        lambda services: probe_operation.probe(services, "ops", slot=slots[0]),
        reset,
        verify,
        before=before,
    )
    assert words > 5


@pytest.fixture
def ways(sent, monkeypatch):
    """What went through the MTA, and what went around it."""
    straight = []
    monkeypatch.setattr(direct_operation, "submit", lambda *_, **mail: straight.append(mail) or "250 2.0.0 Recorded")
    monkeypatch.setattr(direct_operation, "receiver_address", lambda *_: V6)
    return sent, straight


@WHEN
def test_a_direct_probe_is_sent_at_most_once_and_stands_in_no_other_probes_way_for_long(
    store, make_services, clock, ways, before
):
    sent, straight = ways
    (listed,) = SETTINGS.file_lists

    def reset():
        store.client.flushdb()
        clock.at = NOW
        straight.clear()
        sent.clear()
        store.heartbeats.beat("receiver", NOW)

    def verify():
        assert len(straight) <= 1
        (probe,) = store.probes.of_list("ops")
        assert probe.source == V6
        store.client.delete(keys.probe_open("ops"))  # what its deadline does
        clock.at = probe.deadline_at + timedelta(seconds=1)
        store.heartbeats.beat("receiver", clock.at)
        probe_operation.probe(make_services(), "ops", slot=2)
        ended = store.probes.get(probe.id)
        assert ended.state is ProbeState.ARRIVED or (ended.state, ended.ours) == (ProbeState.LOST, True)
        assert [probe.source for probe in store.probes.of_list("ops")] == [None, V6]
        assert (len(sent), len(straight)) in {(1, 0), (1, 1)}

    words = everywhere(
        make_services,
        lambda services: direct_operation.probe_directly(services, listed, SETTINGS.receivers[0], slot=1, only=(V6,)),
        reset,
        verify,
        before=before,
    )
    assert words > 3


@WHEN
def test_a_notice_is_delivered_and_never_forgotten(store, make_services, clock, monkeypatch, before):
    delivered = []

    def deliver_notice(notice, lists, settings, *, now, **_):
        delivered.append(notice.id)
        return replace(notice, state=NoticeState.DELIVERED, next_attempt_at=None, finished_at=now)

    monkeypatch.setattr(deliver_operation, "deliver_notice", deliver_notice)

    def reset():
        store.client.flushdb()
        clock.at = NOW
        delivered.clear()
        for minutes in (1, 21):
            clock.at = NOW + timedelta(minutes=minutes)
            check_operation.check(make_services(), "ops", slot=minutes)
        ids[:] = claim_notices(store, clock.at)
        assert len(ids) == 1

    def verify():
        assert store.notices.get(ids[0]).state is NoticeState.DELIVERED
        assert 1 <= len(delivered) <= 2  # at most once more, under the same id
        assert set(delivered) == set(ids)
        assert store.notices.waiting() == 0

    ids = []
    everywhere(
        make_services, lambda services: deliver_operation.deliver_one(services, ids[0]), reset, verify, before=before
    )


@WHEN
def test_mails_that_waited_to_be_told_together_are_each_told_under_one_id(
    store, make_services, clock, monkeypatch, before
):
    told = defaultdict(set)

    def deliver_notice(notice, lists, settings, *, now, members, **_):
        for one in members or (notice,):
            told[one.id].add(notice.id)
        return replace(notice, state=NoticeState.DELIVERED, next_attempt_at=None, finished_at=now)

    def work(services):
        due = claim_notices(services.store, clock.at)
        for ident in deliver_operation.plan(services, due):
            deliver_operation.deliver_one(services, ident)

    monkeypatch.setattr(deliver_operation, "deliver_notice", deliver_notice)
    monkeypatch.setattr("monitor.operations.plan_deliveries.lists_told", lambda *_: {"owner@example.org": 3})

    def reset():
        store.client.flushdb()
        told.clear()
        clock.at = NOW
        for number in range(3):
            one = replace(notice(), id=f"msg_{number}", list_id=f"list-{number}", created_at=NOW, next_attempt_at=NOW)
            store.notices.add([one])
        work(make_services())
        assert not told, "they wait for more"
        clock.at += timedelta(minutes=20)

    def verify():
        for _ in range(4):
            clock.at += LEASE + timedelta(seconds=1)
            work(make_services())
        assert set(told) == {f"msg_{number}" for number in range(3)}
        assert {len(ids) for ids in told.values()} == {1}, "one was told under two ids"
        assert store.notices.waiting() == 0
        assert {one.state for one in store.notices.recent(9)} == {NoticeState.DELIVERED}

    words = everywhere(make_services, work, reset, verify, before=before)
    assert words > 8


@WHEN
def test_a_matter_of_the_host_is_told_once(store, make_services, clock, monkeypatch, before):
    settings = SETTINGS.model_copy(
        update={
            "notices": SETTINGS.notices.model_copy(update={"administrators": ("host@example.org",)}),
            "incidents": SETTINGS.incidents.model_copy(update={"shared_from": 1}),
        }
    )

    def watch(services):
        host_operation.watch(replace(services, settings=lambda: settings))

    def reset():
        store.client.flushdb()
        clock.at = NOW
        store.shared_causes.note("ops", RiskLevel.CRITICAL, [("ptr.missing", str(V6))])

    def verify():
        (incident,) = store.incidents.recent(9)
        assert [change.kind for change in incident.history] == ["raised"]
        assert [one.target for one in store.notices.of_incident(incident.id)] == ["host@example.org"]
        store.shared_causes.note("ops", RiskLevel.OK, ())
        watch(make_services())
        watch(make_services())
        assert store.incidents.get(incident.id).state is IncidentState.RESOLVED
        assert len(store.notices.of_incident(incident.id)) == 2
        assert store.shared_causes.subjects() == frozenset()

    words = everywhere(make_services, watch, reset, verify, before=before)
    assert words > 5


def test_a_beat_that_dies_between_claim_and_dispatch_loses_nothing(store, make_services, clock):
    services = make_services()
    tick(services)
    clock.at = NOW + timedelta(minutes=1)
    lost = tick(services).claims
    assert {claim.kind for claim in lost} == {"check", "probe"}
    assert tick(services).claims == ()
    clock.at += LEASE + timedelta(seconds=1)
    assert set(tick(services).claims) == set(lost)
