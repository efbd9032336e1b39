"""The store is emptied, replaced or set back while probes are under way: nobody is accused, no mail of ours refused."""

import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from monitor.admission.rules import load_rules
from monitor.cli.doctor.examinations import redis as examine_redis
from monitor.config.settings import Settings
from monitor.dns.authority import Authorities
from monitor.errors import Refused, RelayUnavailable, StoreUnavailable
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.probes.findings import probe_findings
from monitor.incident.upheaval import IN_DOUBT_FOR, TOLD_FOR, Change
from monitor.model.evidence import ProbeState
from monitor.model.risk import RiskLevel
from monitor.model.vantage import Vantage
from monitor.notify.links import link_to
from monitor.notify.share_keys import key_for
from monitor.operations import probe as probes
from monitor.operations.deliver import deliver
from monitor.operations.installation import watch
from monitor.operations.make_probe import make_probe, message_of
from monitor.operations.receiver_health import note_life
from monitor.operations.services import Services
from monitor.operations.tick import tick
from monitor.probe import life
from monitor.probe.token import issue, make_probe_id
from monitor.receiver.replies import IN_DOUBT, UNKNOWN
from monitor.receiver.sockets import bind
from monitor.store import open_store
from monitor.wiring import receiver_backend
from tests.fakes import ZoneResolver
from tests.integration.redis_server import redis_server
from tests.integration.shifted_clock import library, shifted_clock
from tests.pages import pages_of
from tests.receiver_thread import in_thread
from tests.sample_notices import mailing_list

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(120),
    pytest.mark.skipif(library() is None, reason="libfaketime is not installed (apt install faketime)"),
]

LISTS = 100
HOUR = timedelta(hours=1)
RECEIVER = Vantage(domain="v6.probe.example.org", hostname="mx.probe.example.org")
ZONES = {
    RECEIVER.domain: {"MX": [(10, RECEIVER.hostname)]},
    RECEIVER.hostname: {"AAAA": ["2001:db8:53::53"]},
}
ADMIN, TOKEN = "host@example.org", "t" * 20


class House:
    """A hundred lists, a real receiver, and a worker with a connection of its own to the store, as another process.

    The store's clock is the house's.
    """

    def __init__(self, url, clock):
        self.url, self.clock = url, clock
        self.at = datetime.now(UTC).replace(second=10, microsecond=0) + timedelta(minutes=1)
        lists = [mailing_list(id=f"list-{number}", submission="smtp://[::1]:1", webhook=[]) for number in range(LISTS)]
        self.settings = Settings.model_validate(
            {
                "receiver": {"domain": RECEIVER.domain, "hostname": RECEIVER.hostname},
                "schedule": {"probe_every": "30m"},
                "notices": {"from": "staysub@example.net", "relay": "smtp://[::1]:1", "administrators": [ADMIN]},
                "web": {"token": TOKEN},
                "list": lists,
            },
            by_alias=True,
        )
        self.worker, self.receiving = self.services(), self.services()
        self.store = self.worker.store
        tick(self.worker)
        self.at += 2 * IN_DOUBT_FOR  # it has been there for long
        self.backend = receiver_backend(self.receiving)
        self.sent = {}
        self.lives(5)

    @property
    def at(self):
        """What time it is."""
        return self._at

    @at.setter
    def at(self, at):
        self._at = at
        self.clock.jump(at - self.clock.now())

    def services(self):
        return Services(
            settings=lambda: self.settings,
            store=open_store(self.url),
            resolver=lambda: ZoneResolver(ZONES),
            authorities=lambda: Authorities(ZoneResolver({})),
            rules=load_rules(),
            now=lambda: self.at,
        )

    def begin(self, slot):
        """A probe of every list, handed to its mail server."""
        key = self.store.signing_key()
        for listed in self.settings.file_lists:
            made = make_probe(key, listed, RECEIVER, slot=slot, now=self.at, deadline_at=self.at + HOUR)
            self.store.probes.open(made, now=self.at)
            self.store.probes.change(made.id, lambda one: life.submitted(one, reply="250 Ok", now=self.at))
            self.sent[listed.id, slot] = made

    def lives(self, minutes):
        """All parts live on."""
        for _ in range(int(minutes * 2)):
            self.at += timedelta(seconds=30)
            note_life(self.receiving, RECEIVER)
            self.store.heartbeats.beat("worker", self.at)
            deliver(self.worker, tick(self.worker).mails)

    @contextmanager
    def session(self):
        with (
            in_thread(RECEIVER, backend=self.backend, resolver=ZoneResolver(ZONES), sock=bind(("::1", 0))) as receiver,
            smtplib.SMTP(*receiver.address, local_hostname="mail.lists.example.org", timeout=20) as session,
        ):
            session.ehlo()
            yield session

    def deliver(self, session, slot):
        """What the lists' mail servers do with the probes of that slot; the replies."""
        said = []
        for (list_id, number), made in self.sent.items():
            if number != slot:
                continue
            listed = self.worker.watched(list_id)
            try:
                session.sendmail(made.reverse_path, [made.forward_path], message_of(made, listed, self.settings))
                said.append(250)
            except smtplib.SMTPRecipientsRefused as refused:
                said.append(next(iter(refused.recipients.values()))[0])
            except smtplib.SMTPServerDisconnected:
                said.append(421)
        return said

    def accused(self):
        """Lists with a probe that went wrong, and not by our fault."""
        for listed in self.settings.file_lists:
            probes.end_overdue(self.worker, listed)
        kept = [self.store.probes.of_list(each.id) for each in self.settings.file_lists]
        return [each.list_id for of in kept for each in of if each.state in life.GONE_WRONG and not each.ours]

    def backup(self):
        client = self.store.client
        return {key: client.dump(key) for key in client.keys("*")}

    def restore(self, backup):
        client = self.store.client
        client.flushall()
        for key, value in backup.items():
            client.restore(key, 0, value)

    def unknown(self, key=b"k" * 32):
        """An address that looks like one of ours."""
        ident = make_probe_id(key, "list-1", 1)
        return f"{issue(key, list_id='list-1', probe_id=ident, expires_at=self.at + HOUR)}@{RECEIVER.domain}"

    def add(self, name):
        """A list at run time."""
        document = {
            "id": name,
            "address": f"{name}@lists.example.org",
            "reverse_path": f"{name}-bounces@lists.example.org",
            "helo": "mail.lists.example.org",
            "outbound": ["2001:db8:25::25"],
        }
        self.store.lists.put(document, seen=None)

    def asked(self, session, address):
        session.rset()
        session.mail("someone@example.net")
        return session.rcpt(address)


@pytest.fixture
def clock(tmp_path):
    with shifted_clock(tmp_path) as clock:
        yield clock


@pytest.fixture
def house(clock):
    with redis_server(environ=clock.environ) as url:
        yield House(url, clock)


def test_an_emptied_store_refuses_no_probe_and_accuses_nobody(house):
    """FLUSHALL with a hundred probes under way: they and the next hundred arrive, and no list is at fault."""
    house.begin(1)
    with house.session() as session:
        house.store.client.flushall()
        house.lives(5)
        house.begin(2)
        assert house.deliver(session, 2) == [250] * LISTS, "made with the key that the store has now"
        assert house.deliver(session, 1) == [250] * LISTS, "made with the key that it had"
    house.lives(120)
    assert house.accused() == []
    assert len(house.store.evidence.read(ARRIVALS, "list-7")) == 2


def test_another_key_that_somebody_made_in_the_emptied_store_holds_beside_the_former(house):
    """A process without memory was first: the receiver learns its key at the first address that is not known."""
    house.begin(1)
    with house.session() as session:
        house.store.client.flushall()
        other = open_store(house.url)
        house.store = other
        house.begin(2)
        assert house.deliver(session, 2) == [250] * LISTS
        assert house.deliver(session, 1) == [250] * LISTS
    assert len(open_store(house.url).signing_keys.all()) == 2, "the former is kept for those who begin later"


def test_arrivals_that_a_set_back_store_has_lost_are_no_losses(house):
    """A replica that lagged half a minute behind takes over: it knows the probes, and not that they arrived."""
    house.begin(1)
    house.lives(1)
    lagging = house.backup()
    house.lives(0.5)
    with house.session() as session:
        assert house.deliver(session, 1) == [250] * LISTS
    house.restore(lagging)
    house.lives(150)
    assert house.accused() == []
    assert house.store.probes.of_list("list-7")[0].state is ProbeState.LOST


def test_a_server_that_was_started_anew_may_lack_the_last(tmp_path, clock):
    """The file of half a minute ago, and a store that nobody has looked at since: its server tells of it."""
    with redis_server(directory=tmp_path, environ=clock.environ) as url:
        house = House(url, clock)
        house.begin(1)
        house.store.client.save()
    with redis_server(directory=tmp_path, environ=clock.environ) as url:
        assert url == house.url
        house.lives(150)
        assert house.accused() == []


@pytest.mark.parametrize("age", [timedelta(0), IN_DOUBT_FOR + HOUR], ids=["young", "old"])
def test_in_doubt_an_address_is_put_off_and_else_refused(house, age):
    """After the loss of store and memory together nobody can say whose an address is, as long as a probe may live."""
    house.store.client.flushall()
    house.worker = house.receiving = house.services()
    house.backend = receiver_backend(house.receiving)
    tick(house.worker)
    house.at += age
    with house.session() as session:
        code, said = house.asked(session, house.unknown())
        expected = UNKNOWN if age else IN_DOUBT
        assert f"{code} {said.decode()}" == expected
        assert house.asked(session, f"postmaster@{RECEIVER.domain}")[0] == 550, "what is no token of anybody's"


def test_without_the_store_nobody_is_a_stranger(house, monkeypatch):
    with house.session() as session:
        assert house.asked(session, house.unknown())[0] == 550

        def away(*_, **__):
            raise StoreUnavailable("Redis is away.", reason="connect")

        monkeypatch.setattr(house.receiving.store.identity, "look", away)
        assert house.asked(session, house.unknown())[0] == 451


def test_guesses_cost_redis_one_look_a_second(house):
    """However many guess, on however many connections."""
    looks = []
    house.backend = replace(house.backend, look_again=lambda: looks.append(time.monotonic()) or True)
    with house.session() as session, ThreadPoolExecutor(8) as clients:
        host, port = session.sock.getpeername()[:2]

        def guess(_):
            with smtplib.SMTP(host, port, timeout=20) as one:
                one.ehlo()
                return house.asked(one, house.unknown())[0]

        assert list(clients.map(guess, range(8))) == [550] * 8
    assert len(looks) < 8
    assert all(after - before > 0.9 for before, after in pairwise(looks))


def test_a_list_that_was_added_a_moment_ago_is_known(house):
    """The receiver looks every two seconds; a probe may be quicker."""
    with house.session() as session:
        assert house.asked(session, house.unknown())[0] == 550
        house.add("new")
        key = house.store.signing_key()
        made = make_probe(key, house.worker.watched("new"), RECEIVER, slot=1, now=house.at, deadline_at=house.at + HOUR)
        assert house.asked(session, made.forward_path)[0] == 250


def mails(house, monkeypatch):
    sent = []

    def send(message, *_, **__):
        from monitor.model.incidents import DeliveryAttempt

        sent.append((message["To"], message["Subject"], message.get_body(("plain",)).get_content()))
        return DeliveryAttempt(at=house.at, outcome="delivered")

    monkeypatch.setattr("monitor.notify.mail.send", send)
    return sent


def test_the_administrators_are_told_what_is_lost_since_when_and_what_happens_now(house, monkeypatch):
    sent = mails(house, monkeypatch)
    house.add("added")
    house.lives(1)
    house.store.client.flushall()
    since = house.at
    house.lives(1)
    for _ in range(3):
        watch(house.worker)
        house.lives(1)
    ((to, subject, text),) = sent
    assert (to, subject) == (ADMIN, "Staysub's store: emptied")
    words = " ".join(text.split())
    assert f"The store was emptied after {since.day} {since:%B}, {since:%H:%M} UTC" in words
    assert "that are gone: added. Add them again." in words
    found = [each.sentence for each in examine_redis(lambda: house.store, house.at, receivers=())]
    assert any("The store was emptied" in each for each in found)
    house.at += TOLD_FOR
    watch(house.worker)
    house.lives(1)
    assert [subject for _, subject, _ in sent[1:]] == ["Over: store emptied"]


def test_pages_and_metrics_tell_it_and_links_and_forms_of_before_hold(house):
    web = house.services()
    app = pages_of(web.settings, web.store, web.now)
    client = TestClient(app, base_url="http://127.0.0.1:8025", headers={"authorization": f"Bearer {TOKEN}"})
    key = house.store.signing_key()
    owner = f"/own/{key_for(key, 'owner', 'list-3')}"
    badge = f"/badge/{key_for(key, 'badge', 'list-3')}.svg"
    assert client.get(owner, follow_redirects=False).status_code == 200
    watch(web)
    house.store.client.flushall()
    house.store = open_store(house.url)
    assert house.store.signing_key() != key, "a process without memory was first"
    tick(house.worker)
    watch(web)
    for address in (owner, f"/own/{key_for(house.store.signing_key(), 'owner', 'list-3')}"):
        time_out = time.monotonic() + 10
        while client.get(address, follow_redirects=False).status_code != 200:
            assert time.monotonic() < time_out
            time.sleep(0.2)
    assert client.get(badge).status_code == 200
    assert "The store was emptied" in client.get("/").text
    assert 'staysub_store_upheaval_timestamp_seconds{change="emptied"}' in client.get("/metrics").text
    gone = SimpleNamespace(id="ntc-gone", created_at=house.at)
    page = client.get(link_to(gone, base="", key=key).page)
    assert (page.status_code, "This link holds no longer" in page.text) == (404, True)


def test_a_list_in_danger_is_not_told_that_it_is_well_again(house, monkeypatch):
    """With the incident its end is gone, too; what is wrong is found anew."""
    from tests.integration.test_installation_watch import CRIT, PTR, assessment, step_incident

    sent = mails(house, monkeypatch)
    listed = house.settings.file_lists[3]
    for minute in range(2):
        assessed = replace(assessment(CRIT, PTR, at=house.at), list_id=listed.id, findings=(PTR,))
        house.store.outcomes.record_assessment(assessed, cause=str(minute))
        assert step_incident(house.worker, listed, assessed)
        house.lives(1)
    assert house.store.incidents.current(listed.id).level is CRIT
    house.store.client.flushall()
    for minute in range(5):
        house.lives(1)
        assessed = replace(assessment(RiskLevel.OK, at=house.at), list_id=listed.id, findings=())
        house.store.outcomes.record_assessment(assessed, cause=f"after {minute}")
        assert step_incident(house.worker, listed, assessed)
    assert [each for each in sent if each[0] != ADMIN] == []
    assert house.store.incidents.of_list(listed.id) == ()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(Refused("mail.lists refused", reply=f"550 5.1.1 callout said: {UNKNOWN}"), ProbeState.REJECTED, id="5yz"),
        pytest.param(RelayUnavailable(f"mail.lists said: 451 {IN_DOUBT}", reason="reply-4yz"), ProbeState.DEFERRED, id="4yz"),
    ],
)  # fmt: skip
def test_a_mail_server_that_asked_our_receiver_and_quotes_it_is_not_at_fault(house, monkeypatch, answer, state):
    """Postfix and Exim may verify the recipient before they take the message."""

    def refuse(*_, **__):
        raise answer

    monkeypatch.setattr(probes, "submit", refuse)
    probes.probe(house.worker, "list-5", slot=7)
    (ended,) = house.store.probes.of_list("list-5")
    assert (ended.state, ended.ours) == (state, True)
    assert probe_findings([ended]) == ()


def test_a_store_of_another_installation_is_told_as_such(house, clock):
    with redis_server(environ=clock.environ) as url:
        other = House(url, clock)
        other.lives(1)
        foreign = other.backup()
    house.restore(foreign)
    house.lives(1)
    seen = house.store.identity.look(count=False)
    assert seen.upheaval.change is Change.REPLACED
    assert "See that redis.url leads to the store of this installation." in seen.upheaval.sentence
