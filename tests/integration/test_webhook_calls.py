"""Webhook calls against real servers on loopback that answer well, badly, slowly, or not at all."""

import http.server
import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from monitor.config.settings import Settings
from monitor.http.endpoint import retry_after
from monitor.model.incidents import NoticeState
from monitor.notify.delivery import deliver as deliver_notice
from monitor.notify.webhook import deliver
from tests.sample_notices import SECRET, SECRET_TOO, mailing_list, notice

pytestmark = pytest.mark.integration

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
QUICK = timedelta(seconds=1.5)
BOUNDED_S = 12  # on any machine; the endpoints that hang or drip go on for 20 s and more


class Endpoint:
    """A server whose answer the path chooses; it keeps what it was sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self.stop.set()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            stream = connection.makefile("rb")
            path = stream.readline().split()[1].decode()
            headers = {}
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.decode().partition(": ")
                headers[name.lower()] = value
            self.calls.append((path, headers, stream.read(int(headers.get("content-length", 0)))))
            self._behave(path, connection)

    def _behave(self, path: str, connection: socket.socket) -> None:
        if path == "/hang":
            self.stop.wait(30)
        elif path == "/reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif path == "/garbage":
            connection.sendall(b"220 this is SMTP\r\n")
        elif path in ("/drip", "/drip-body"):
            start = (
                b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n" if path == "/drip-body" else b"HTTP/1.1 200 OK\r\n"
            )
            connection.sendall(start)
            while not self.stop.wait(0.05):
                connection.sendall(b"x")
        elif path == "/endless":
            connection.sendall(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        elif path == "/retry-after":
            connection.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 4\r\n\r\nbusy")
        elif path == "/hints":
            hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
            interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + 2 * hints
            connection.sendall(interim + b"HTTP/1.1 204 Taken\r\n\r\n")
        elif path == "/hints-without-end":
            while not self.stop.wait(0.001):
                connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        elif path == "/another-protocol":
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
        elif path.startswith("/redirect"):
            target = self.url("/ok").encode()
            connection.sendall(b"HTTP/1.1 307 Moved\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n")
        else:
            status = path[1:] if path[1:].isdigit() else "200"
            connection.sendall(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.fixture
def endpoint():
    server = Endpoint()
    yield server
    server.close()


def call(url, **options):
    facts = {"secrets": [SECRET], "allow_networks": LOOPBACK, "timeout": QUICK, "now": datetime.now(UTC), **options}
    return deliver(notice("webhook"), url=url, **facts)


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/ok", "delivered"),
        ("/204", "delivered"),
        ("/500", "http-500"),
        ("/404", "http-404"),
        ("/410", "http-410"),
        ("/redirect", "http-307"),
        ("/hang", "timeout"),
        ("/reset", "closed"),
        ("/garbage", "protocol"),
        ("/drip", "timeout"),
        ("/drip-body", "http-500"),
        ("/endless", "http-500"),
        ("/retry-after", "http-503"),
        ("/hints", "delivered"),
        ("/hints-without-end", "protocol"),
        ("/another-protocol", "http-101"),
    ],
)
def test_every_answer_becomes_one_outcome_in_bounded_time(endpoint, path, outcome):
    began = time.monotonic()
    attempt = call(endpoint.url(path))
    assert attempt.outcome == outcome, attempt
    assert time.monotonic() - began < BOUNDED_S
    assert [made[0] for made in endpoint.calls] == [path], "a redirect was followed, or a call repeated"
    assert len(attempt.detail) <= 600


def test_retry_after_comes_back_as_a_moment(endpoint):
    now = datetime.now(UTC)
    assert call(endpoint.url("/retry-after"), now=now).retry_at == now + timedelta(hours=1)


def test_nothing_listening_and_no_such_name_are_told_apart():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert call(f"http://127.0.0.1:{port}/").outcome == "connect"

    def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    assert call("http://nowhere.invalid/", resolver=unknown).outcome == "resolve"


def test_a_resolver_that_hangs_does_not_hold_the_worker(endpoint):
    def slow(host, port):
        endpoint.stop.wait(20)
        return ["127.0.0.1"]

    began = time.monotonic()
    assert call(endpoint.url("/ok", "slow.example"), resolver=slow).outcome == "timeout"
    assert time.monotonic() - began < BOUNDED_S


def test_the_signature_is_accepted_by_the_published_library_for_each_secret(endpoint):
    call(endpoint.url("/ok"), secrets=[SECRET, SECRET_TOO])
    call(endpoint.url("/ok"), secrets=[SECRET, SECRET_TOO])
    (_, headers, content), (_, again, same) = endpoint.calls
    for secret in (SECRET, SECRET_TOO):
        document = Webhook(secret).verify(content, headers)
        assert document["type"] == "list.risk.raised"
        assert document["data"]["incident_id"] == "inc-1"
    assert (headers["webhook-id"], content) == (again["webhook-id"], same), "a retry is another message"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(content + b" ", headers)
    assert headers["content-type"] == "application/json"
    assert len(content) < 20_000


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/ok",
        "http://localhost:{port}/ok",
        "http://[::ffff:127.0.0.1]:{port}/ok",
        "http://2130706433:{port}/ok",
        "http://0x7f.1:{port}/ok",
        "http://0.0.0.0:{port}/ok",
        "http://127.1:{port}/ok",
    ],
)
def test_loopback_is_refused_in_every_spelling(endpoint, url):
    attempt = call(url.format(port=endpoint.port), allow_networks=())
    assert attempt.outcome in ("refused-address", "refused-url", "resolve"), attempt
    assert endpoint.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "http://user:word@127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://@127.0.0.1/",
        "http://hooks.example.org@127.0.0.1/",
        "ftp://x/",
        "http:///x",
        "http://x:99999/",
        "http://x:0/",
    ],
)
def test_a_url_that_may_not_be_called_is_refused_for_good(url):
    assert call(url).outcome == "refused-url"


def test_a_name_that_changes_its_address_gains_nothing(endpoint):
    """DNS rebinding: the address that was judged is the one that is connected to, and the name is asked once only."""
    answers = iter([["127.0.0.1"], ["127.0.0.66"]])
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return next(answers)

    only_this = (ip_network("127.0.0.1/32"),)
    options = {"resolver": rebinding, "allow_networks": only_this}
    assert call(endpoint.url("/ok", "rebind.example"), **options).outcome == "delivered"
    assert asked == ["rebind.example"]
    assert call(endpoint.url("/ok", "rebind.example"), **options).outcome == "refused-address"
    assert len(endpoint.calls) == 1


@pytest.mark.parametrize("port", [22, 25, 6379, 9200])
def test_odd_ports_are_refused_even_on_a_public_address(port):
    """A POST to a mail or Redis server may be read as commands of theirs. Nothing is connected to."""
    attempt = call(f"http://odd.example:{port}/", resolver=lambda *_: ["192.88.98.1"], allow_networks=())
    assert attempt.outcome == "refused-address"
    assert "(port)" in attempt.detail


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("Mon, 23 Nov 2026 13:00:00 GMT", 3600),
        ("Monday, 23-Nov-26 13:00:00 GMT", 3600),
        ("Mon Nov 23 13:00:00 2026", 3600),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 30, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value, seconds):
    """RFC 9110 section 10.2.3 with the three forms of section 5.6.7."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert retry_after(value, now=now) == (None if seconds is None else now + timedelta(seconds=seconds))


def test_one_refused_address_among_several_refuses_the_name(endpoint):
    both = ["127.0.0.1", "127.0.0.66"]
    only_this = (ip_network("127.0.0.1/32"),)
    attempt = call(endpoint.url("/ok", "mixed.example"), resolver=lambda *_: both, allow_networks=only_this)
    assert attempt.outcome == "refused-address"
    assert endpoint.calls == []


def test_a_proxy_of_the_environment_is_not_used(endpoint, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    assert call(endpoint.url("/ok")).outcome == "delivered"


@contextmanager
def https_server(directory: Path, name: str):
    """A TLS server with a certificate for a name; yields port and CA file."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    authority.cert_pem.write_to_path(directory / "ca.pem")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, directory / "ca.pem"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("name", "outcome"), [("hooks.example.org", "delivered"), ("other.example.org", "tls")])
def test_tls_verifies_the_name_though_the_address_is_connected_to(tmp_path, name, outcome):
    with https_server(tmp_path, name) as (port, authority):
        url = f"https://hooks.example.org:{port}/"
        assert call(url, resolver=lambda *_: ["127.0.0.1"], trust=authority).outcome == outcome
        assert call(url, resolver=lambda *_: ["127.0.0.1"]).outcome == "tls", "an unknown CA was trusted"


def settings_for(url, **more):
    webhook = [{"url": url, "secret": SECRET, **more}]
    return Settings.model_validate(
        {"list": [mailing_list(webhook=webhook)], "notices": {"allow_networks": ["127.0.0.0/8"]}}, by_alias=True
    )


def tried(one, settings, now):
    return deliver_notice(one, settings.file_lists, settings, now=now)


def test_the_entry_point_delivers_retries_and_gives_up(endpoint):
    now = datetime.now(UTC)
    one = replace(notice("webhook"), target=endpoint.url("/ok"))
    assert tried(one, settings_for(endpoint.url("/ok")), now=now).state is NoticeState.DELIVERED
    failing = replace(one, target=endpoint.url("/500"))
    again = tried(failing, settings_for(endpoint.url("/500")), now=now)
    assert again.state is NoticeState.PENDING
    assert timedelta(seconds=5) <= again.next_attempt_at - now <= timedelta(seconds=5.5)
    gone = replace(one, target=endpoint.url("/410"))
    assert tried(gone, settings_for(endpoint.url("/410")), now=now).state is NoticeState.DEAD
    forgotten = tried(one, settings_for(endpoint.url("/other")), now=now)
    assert (forgotten.state, forgotten.attempts[-1].outcome) == (NoticeState.DEAD, "no-endpoint")


@pytest.mark.parametrize("kind", ["alertmanager", "slack"])
def test_the_other_formats_are_posted(endpoint, kind):
    one = replace(notice("webhook"), target=endpoint.url("/ok"))
    assert tried(one, settings_for(one.target, format=kind), now=datetime.now(UTC)).finished_at
    document = json.loads(endpoint.calls[0][2])
    assert ("version" in document) is (kind == "alertmanager")
    assert ("blocks" in document) is (kind == "slack")
