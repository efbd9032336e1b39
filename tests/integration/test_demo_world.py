"""The demonstration's world is real: DNS gives each story's SPF results, MTAs deliver over IPv6, catchers catch."""

import asyncio
import smtplib
from contextlib import contextmanager
from datetime import UTC, datetime

import dkim
import pytest
from aiosmtpd.smtp import SMTP

from monitor.config.load import read
from monitor.demo.plan import make_plan, read_plan
from monitor.demo.stories import STORIES
from monitor.demo.world import World
from monitor.dns.ptr import reverse
from monitor.dns.resolver import system_resolver
from monitor.model.dns import Identity
from monitor.processes.ports import has_ipv6
from monitor.spf.check import Subject, check
from monitor.spf.check_host import check_host

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# story → SPF over IPv4, over IPv6 strict, over IPv6 lenient, PTR of the IPv6 address: first as it is, then mended
EXPECTED = {
    "garden-club": [("pass", "pass", "pass", "pass")] * 2,
    "ipv6-ops": [("pass", "fail", "fail", "pass"), ("pass", "pass", "pass", "pass")],
    "village-news": [("none", "none", "none", "pass"), ("pass", "pass", "pass", "pass")],
    "choir": [("pass", "permerror", "pass", "pass"), ("pass", "pass", "pass", "pass")],
    "radio-hams": [("pass", "pass", "pass", "missing"), ("pass", "pass", "pass", "pass")],
    "law-review": [("pass", "pass", "pass", "pass")] * 2,
}


class Sink:
    """Stands for the receiver: keeps the message and what it is told of the client; defers as often as asked."""

    def __init__(self, defer=0):
        self.defer = defer
        self.taken = []

    async def handle_PROXY(self, _server, session, _envelope, proxy):  # noqa: N802 - aiosmtpd's name
        session.proxied = proxy.src_addr
        return True

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.defer:
            self.defer -= 1
            return "451 4.7.1 Not now"
        self.taken.append((session.proxied, session.host_name, envelope.mail_from, envelope.content))
        return "250 OK"


@contextmanager
def no_servers_left(world):
    try:
        yield world
    finally:
        world.stop()


@pytest.fixture
def plan(tmp_path):
    return make_plan(tmp_path)


@pytest.mark.parametrize("one", [one for one in STORIES if one.id in EXPECTED], ids=lambda one: one.id)
def test_each_story_is_what_it_tells_and_mends(one, plan):
    """Asked through our own resolver over real UDP, evaluated by the product's own check_host()."""

    def evaluate():
        resolver = system_resolver([f"127.0.0.1:{plan.dns}"])

        def spf(address):
            return check_host(
                resolver,
                client_ip=address,
                reverse_path=f"x@{one.domain}",
                helo=one.helo,
                identity=Identity.MAILFROM,
                now=NOW,
            )

        four, six = spf(one.ipv4), spf(one.ipv6)
        return (four.result, six.result, six.lenient_result, reverse(resolver, one.ipv6).result)

    async def story():
        with no_servers_left(World(plan)) as world:
            await world.start()
            before = await asyncio.to_thread(evaluate)
            world.mend(one.id)
            return [before, await asyncio.to_thread(evaluate)]

    found = asyncio.run(story())
    assert [tuple(map(str, row)) for row in found] == EXPECTED[one.id]


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("one", [STORIES[0], STORIES[1]], ids=lambda one: one.id)
def test_a_list_mta_delivers_over_ipv6_from_its_own_address(one, plan):
    """Submission over IPv4, relayed over IPv6 with a Received field; signed where the story says so."""
    sink = Sink()

    async def story():
        with no_servers_left(World(plan)) as world:
            await world.start()
            loop = asyncio.get_running_loop()
            receiver = await loop.create_server(
                lambda: SMTP(sink, hostname="sink", loop=loop, proxy_protocol_timeout=5), "::1", plan.receiver
            )
            await asyncio.to_thread(submit, plan.mtas[one.id])
            for _ in range(100):
                if sink.taken:
                    break
                await asyncio.sleep(0.05)
            receiver.close()
            keys = {f"demo._domainkey.{one.domain}.": txt(world, f"demo._domainkey.{one.domain}")}
            return dkim.verify(sink.taken[0][3], dnsfunc=lambda name, **_: keys.get(name.decode()))

    signed = asyncio.run(story())
    client, helo, reverse_path, content = sink.taken[0]
    assert (client, helo, reverse_path) == (one.ipv6, one.helo, f"bounces@{one.domain}")
    assert content.startswith(b"Received: from ")
    assert f"by {one.helo} with ESMTP id 1;".encode() in content
    assert signed is one.signs
    assert content.endswith(b"hello\r\n")


def submit(port):
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        domain = client.ehlo()[1].decode().split()[0].removeprefix("mail.")
        message = f"From: list@{domain}\r\nTo: t@v6.probe.example\r\nSubject: s\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n"
        client.sendmail(f"bounces@{domain}", ["t@v6.probe.example"], message)


def txt(world, name):
    import dns.message

    answer = world._zones.answer(dns.message.make_query(name, "TXT"))
    return b"".join(answer.answer[0][0].strings) if answer.answer else None


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_a_deferred_message_is_tried_again(plan, monkeypatch):
    monkeypatch.setattr("monitor.demo.mta._RETRY_S", (0.05,))
    sink = Sink(defer=2)

    async def story():
        with no_servers_left(World(plan)) as world:
            await world.start()
            loop = asyncio.get_running_loop()
            receiver = await loop.create_server(
                lambda: SMTP(sink, hostname="sink", loop=loop, proxy_protocol_timeout=5), "::1", plan.receiver
            )
            await asyncio.to_thread(submit, plan.mtas["choir"])
            for _ in range(100):
                if sink.taken:
                    break
                await asyncio.sleep(0.05)
            receiver.close()

    asyncio.run(story())
    assert len(sink.taken) == 1


def test_the_catcher_takes_mail(plan):
    told = []

    async def story():
        with no_servers_left(World(plan, on_notice=told.append)) as world:
            await world.start()
            await asyncio.to_thread(send)
            return world.catch.newest_first()

    def send():
        with smtplib.SMTP("127.0.0.1", plan.mail) as client:
            client.sendmail("a@x.example", ["b@x.example", "c@x.example"], "Subject: danger\r\n\r\ntext\r\n")

    caught = asyncio.run(story())
    assert [(one.to, one.subject) for one in caught] == [("c@x.example", "danger"), ("b@x.example", "danger")]
    assert told == list(reversed(caught))


@pytest.mark.parametrize("one", [one for one in STORIES if one.mended_spf], ids=lambda one: one.id)
def test_what_the_button_publishes_is_what_the_product_suggests(one, plan):
    def suggest():
        subject = Subject(
            list_id=one.id,
            domain=one.domain,
            reverse_path=f"x@{one.domain}",
            helo=one.helo,
            outbound=(one.ipv4, one.ipv6),
            author_domains=(),
        )
        return check(subject, system_resolver([f"127.0.0.1:{plan.dns}"]), now=NOW).suggested_record

    async def story():
        with no_servers_left(World(plan)) as world:
            await world.start()
            return await asyncio.to_thread(suggest)

    assert asyncio.run(story()) == one.mended_spf


def test_the_plan_is_written_for_its_owners_eyes_only(tmp_path):
    plan = make_plan(tmp_path)
    assert read_plan(plan.path) == plan
    settings = read(plan.configuration, environ={}).settings
    assert [one.id for one in settings.file_lists] == [one.id for one in STORIES]
    assert settings.data_dir == tmp_path
    assert plan.path.stat().st_mode & 0o777 == 0o600
    assert plan.configuration.stat().st_mode & 0o777 == 0o600
    ports = [plan.web, plan.workshop, plan.dns, plan.receiver, plan.mail, *plan.mtas.values()]
    assert len(set(ports)) == len(ports)
