"""The doctor at a real receiver and a real SMTP server: it knocks with a token of ours, and sends no mail."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import SMTP

from monitor.cli.doctor.examinations import greeting, receivers
from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.model.findings import CheckStatus
from monitor.model.secret import Secret
from monitor.processes.ports import has_ipv6
from monitor.store import Store
from tests.fakes import ZoneResolver
from tests.integration.house import House
from tests.receiver_thread import in_thread

pytestmark = pytest.mark.integration

KEY = b"k" * 32
NOW = datetime.now(UTC)
ZONES = {
    "v6.example.org": {"MX": [(10, "mx.v6.example.org.")]},
    "mx.v6.example.org": {"AAAA": ["2001:db8::25"]},
}


def settings_at(port, proxies=""):
    text = f"""
[receiver]
domain = "v6.example.org"
hostname = "mx.v6.example.org"
listen = "[::1]:{port}"
{proxies}
[[list]]
id = "a"
address = "a@a.example"
reverse_path = "b@a.example"
helo = "m.a.example"
outbound = ["2001:db8::1"]
"""
    return parse(text.encode(), Sources(), name="x")


class KeyStore(Store):
    """A store of which only the signing key is asked."""

    def __init__(self, key):
        self._key = key

    def signing_key(self):
        return self._key


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("proxies", ["", 'proxies = ["::1/128"]'], ids=["direct", "behind a proxy"])
@pytest.mark.parametrize(("key", "status"), [(KEY, "ok"), (b"x" * 32, "critical")], ids=["our key", "another key"])
def test_the_receiver_on_the_port_must_know_our_tokens(proxies, key, status):
    """A port that is taken may be anybody's: only our own receiver accepts a token of ours."""
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        port = free.getsockname()[1]
    settings = settings_at(port, proxies)
    backend = House(key=KEY, lists={"a"}, clock=lambda: NOW)
    resolver = ZoneResolver(ZONES)
    with in_thread(settings.receivers[0], backend=backend, resolver=resolver):
        found = list(receivers(settings.receivers, settings.file_lists, resolver, lambda: KeyStore(key), NOW))
    assert [(one.subject, str(one.status)) for one in found] == [("receiver", status), ("probe domain", "ok")]
    assert backend.arrivals == []


@contextmanager
def smtp_server(**options):
    """A real SMTP server in a thread; yields its port and the mails it took."""
    taken, ready, port = [], threading.Event(), []

    class Handler:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
            taken.append(envelope)
            return "250 OK"

    loop = asyncio.new_event_loop()

    async def start():
        server = await loop.create_server(lambda: SMTP(Handler(), loop=loop, **options), "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()

    def live():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()
        loop.close()

    thread = threading.Thread(target=live)
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0], taken
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def test_a_mail_server_is_greeted_and_gets_no_mail():
    with smtp_server() as (port, taken):
        found = greeting("relay", Secret(f"smtp://user:secret@127.0.0.1:{port}"))
    assert (found.status, taken) == (CheckStatus.OK, [])


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_server_without_the_tls_that_the_url_demands_is_told(scheme):
    with smtp_server() as (port, _):
        found = greeting("relay", Secret(f"{scheme}://user:secret@127.0.0.1:{port}"))
    assert found.status is CheckStatus.CRITICAL
    assert "secret" not in found.sentence


def test_a_server_that_is_not_there_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = greeting("relay", Secret(f"smtp://127.0.0.1:{port}"))
    assert found.status is CheckStatus.CRITICAL
    assert "refused" in found.sentence
