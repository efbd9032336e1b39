"""The web server as strangers meet it: half-open requests in numbers, the slow, the endless and the unreadable."""

import asyncio
import contextlib
import logging
import resource
import socket
import time

import httpx
import pytest

from monitor.web import patience
from monitor.web.access.requests import DOCUMENT_OCTETS, FIELDS_MOST, FORM_OCTETS, MESSAGE_OCTETS
from monitor.web.http_connection import GONE_AFTER_MS
from monitor.web.pages import events
from monitor.web.patience import Stage
from tests import seed
from tests.harness import wait_for
from tests.pages import pages_of
from tests.web_thread import web_in_thread

HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
SLOW_S = 5.0  # /healthz answers in milliseconds; half-open requests made it wait for ever


@pytest.fixture
def web(store):
    seed.fill(store)
    with web_in_thread(store) as running:
        yield running


def said(address, octets, *, timeout=10):
    """Everything that is answered to those octets until the server closes."""
    with socket.create_connection(address, timeout=timeout) as sock:
        sock.sendall(octets)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while more := sock.recv(65536):
                answer += more
        return answer


def status(answer):
    return int(answer.split(b" ", 2)[1])


def healthz(address):
    """Seconds until /healthz has answered."""
    began = time.monotonic()
    assert status(said(address, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")) == 200
    return time.monotonic() - began


def test_half_open_requests_keep_nobody_out(web, monkeypatch):
    """More than there is room for: those that came first make room."""
    server, address = web
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    monkeypatch.setattr(server.door.places, "_most", 300)
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            sock = stack.enter_context(socket.create_connection(address, timeout=10))
            sock.sendall(HALF)
        assert healthz(address) < SLOW_S
        assert len(server.door.places) <= 300


@pytest.mark.parametrize(
    "request_so_far",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HALF, id="half a header"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + HALF, id="half of a second header"),
        pytest.param(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\ntoken=", id="half a body"),
        pytest.param(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nt\r\n", id="chunks"
        ),
        pytest.param(
            b"POST /logout HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx", id="a body that nobody reads"
        ),
    ],
)
def test_a_request_that_does_not_end_is_cut_off(web, monkeypatch, request_so_far):
    """An octet now and then does not help: uvicorn's own timeout began anew with each, or not at all."""
    server, address = web
    monkeypatch.setattr(patience, "HEAD_S", 1.0)
    monkeypatch.setattr(patience, "BODY_S", 1.0)
    with socket.create_connection(address, timeout=10) as sock:
        sock.sendall(request_so_far)
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                sock.sendall(b"x" if request_so_far else b"")
                time.sleep(0.1)
                if not server.door.places.guests:
                    break
        wait_for(lambda: not server.door.places.guests, "end of the connection", within_s=1)


def test_who_does_not_read_an_answer_is_cut_off(web, monkeypatch):
    server, address = web
    monkeypatch.setattr(patience, "READ_S", 1.0)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(address)
        sock.settimeout(0.2)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                sock.sendall(b"GET /static/staysub.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
        wait_for(lambda: {one.stage for one in server.door.places.guests} <= {Stage.READING}, "answers that wait")
        wait_for(lambda: not server.door.places.guests, "end of the connection")


def test_a_client_that_vanishes_is_noticed(web):
    """What stands open for long, a stream of events, tells nothing of a client that is gone without a word."""
    server, address = web
    with socket.create_connection(address) as sock:
        sock.sendall(HALF)
        (connection,) = wait_for(lambda: server.door.places.guests, "connection")
        kept = connection.transport.get_extra_info("socket")
        assert kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == GONE_AFTER_MS


@contextlib.contextmanager
def log():
    """What uvicorn and asyncio write into it meanwhile."""
    heard, handler = [], logging.Handler(logging.ERROR)
    handler.emit = lambda record: heard.append(record.getMessage())
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield heard
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def test_who_leaves_within_a_body_writes_nothing_into_our_log(web):
    """Whoever likes could fill it with tracebacks."""
    server, address = web
    with log() as heard:
        with socket.create_connection(address) as sock:
            sock.sendall(b"POST /api/v1/explain HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nFrom:")
            wait_for(lambda: [one.stage for one in server.door.places.guests] == [Stage.BODY], "half a body")
        wait_for(lambda: not server.server_state.tasks, "end of the request")
    assert heard == []


BROKEN = [
    pytest.param(b"zz\r\n", id="no size of a chunk"),
    pytest.param(b"0\r\n: no name\r\n\r\n", id="a bad trailer"),
    pytest.param(b"1" * 20_000, id="an endless size"),
]


@pytest.mark.parametrize("rest", BROKEN)
def test_a_body_that_breaks_after_its_answer_writes_nothing_into_our_log(web, rest):
    """The answer came before the body's end; there is nothing left to say, and saying it was an error of ours."""
    server, address = web
    head = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://elsewhere.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    with log() as heard:
        with socket.create_connection(address, timeout=10) as sock:
            sock.sendall(head + b"1\r\nt\r\n")
            assert 400 <= status(sock.recv(65536)) < 500
            sock.sendall(rest)
            with contextlib.suppress(ConnectionError):
                while sock.recv(65536):
                    pass
        wait_for(lambda: not server.door.places.guests, "end of the connection")
    assert heard == []


@pytest.mark.parametrize("rest", BROKEN)
def test_a_body_that_breaks_before_its_answer_is_answered_400(web, rest):
    server, address = web
    head = b"POST /api/v1/explain HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nt\r\n"
    with log() as heard:
        with socket.create_connection(address, timeout=10) as sock:
            sock.sendall(head)
            wait_for(lambda: [one.stage for one in server.door.places.guests] == [Stage.BODY], "half a body")
            sock.sendall(rest)
            assert status(sock.recv(65536)) == 400
        wait_for(lambda: not server.server_state.tasks, "end of the request")
    assert heard == []


def test_while_all_places_are_busy_others_are_told_so(web, monkeypatch):
    server, address = web
    monkeypatch.setattr(server.door.places, "_most", 1)
    with socket.create_connection(address) as stream:
        stream.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert stream.recv(100).startswith(b"HTTP/1.1 200 ")
        assert status(said(address, b"")) == 503
    wait_for(lambda: not server.door.places.guests, "end of the stream")
    assert healthz(address) < SLOW_S


@pytest.mark.parametrize(
    ("path", "most"),
    [("/login", FORM_OCTETS), ("/api/v1/lists/x", DOCUMENT_OCTETS), ("/api/v1/explain", MESSAGE_OCTETS)],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_its_size_is_refused(web, path, most, announced):
    """413 (RFC 9110 section 15.5.14), whether it says so before or not."""
    _, address = web
    method = "PUT" if "lists" in path else "POST"
    body = b"x=" + b"y" * most
    sent = body if announced else iter([body[: most // 2], body[most // 2 :]])
    url = f"http://{address[0]}:{address[1]}{path}"
    headers = {"content-type": "application/x-www-form-urlencoded" if path == "/login" else "application/json"}
    answer = httpx.request(method, url, content=sent, headers=headers)
    assert (answer.status_code, f"Send {most >> 10} KiB at most." in answer.text) == (413, True)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param(b"X: y\r\n" * (FIELDS_MOST - 2), 200, id="many fields"),
        pytest.param(b"X: y\r\n" * FIELDS_MOST, 431, id="too many"),
        pytest.param(b"X: " + b"y" * 20_000 + b"\r\n", 431, id="too long a field"),
        pytest.param(b"X: " + b"y" * 600_000 + b"\r\n", 400, id="endless"),
        pytest.param(b"Host: 127.0.0.1\r\n", 400, id="two hosts"),
    ],
)
def test_a_header_beyond_its_size_is_refused(web, fields, code):
    """431 is RFC 6585 section 5; what is longer than any header is none (h11)."""
    head = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + fields + b"\r\n"
    assert status(said(web[1], head)) == code


@pytest.mark.parametrize(("field", "word"), [("Host", b"Host"), ("Origin", b"Origin")])
def test_a_host_or_origin_that_cannot_be_read_is_answered_400(web, field, word):
    head = f"POST /logout HTTP/1.1\r\n{field}: http://[\r\nConnection: close\r\n"
    answer = said(web[1], head.encode() + (b"" if field == "Host" else b"Host: 127.0.0.1\r\n") + b"\r\n")
    assert (status(answer), word in answer) == (400, True)


def test_http_1_0_needs_no_host(web):
    """Some load balancers ask for /healthz so."""
    assert status(said(web[1], b"GET /healthz HTTP/1.0\r\n\r\n")) == 200


def test_a_large_message_is_explained_by_its_first_mebibyte(web):
    _, address = web
    message = b"From: a@example.org\r\n\r\n" + b"x" * (MESSAGE_OCTETS - 100)
    answer = httpx.post(f"http://{address[0]}:{address[1]}/api/v1/explain", content=message)
    assert answer.status_code == 200


ODD = [b"[", b"http://[", b"http://a:b", b"x:99999999", b"\xff\xfe", b"\t", b"%00", b'"', b",,,;;;", b"=;=", b"-1",
       b"bytes=9-1,a", b"99999999999999999999", b"\xc3\xa9", b"a" * 8000, b"()<>@"]  # fmt: skip
FIELDS = ["Host", "Origin", "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Content-Length", "Content-Type",
          "Expect", "Forwarded", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Range", "Referer", "Sec-Fetch-Site",
          "Transfer-Encoding", "Upgrade", "Connection", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
          "X-Remote-User", "Last-Event-ID"]  # fmt: skip
REQUESTS = [b"GET /", b"GET /metrics", b"GET /static/staysub.css", b"GET /api/v1/lists", b"GET /healthz", b"POST /login",
            b"POST /explain", b"POST /api/v1/explain", b"PUT /api/v1/lists/x", b"HEAD /lists/ipv6-ops"]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_cannot_be_read_is_no_fault_of_ours(store, field):
    """Whatever stands in it: an answer, and never 500."""
    seed.fill(store)
    with web_in_thread(store, proxies=("127.0.0.1",), user_header="X-Remote-User", url="http://127.0.0.1") as (
        _,
        address,
    ):
        for request in REQUESTS:
            for odd in ODD:
                head = request + b" HTTP/1.1\r\nConnection: close\r\n"
                if field != "Host":
                    head += b"Host: 127.0.0.1\r\n"
                if field != "X-Remote-User":
                    head += b"X-Remote-User: ada\r\n"
                answer = said(address, head + field.encode() + b": " + odd + b"\r\n\r\n")
                assert answer == b"" or status(answer) < 500, (request, field, odd, answer[:300])


def test_of_many_who_ask_at_once_no_more_get_a_stream_than_there_may_be(store, monkeypatch):
    """Counted in the same step as let in; and each place is free again, also of who left before the first event."""
    seed.fill(store)
    monkeypatch.setattr(events, "STREAMS", 5)
    monkeypatch.setattr(events, "STREAMS_OF_ONE", 3)
    settings = seed.settings()
    app = pages_of(lambda: settings, store, lambda: seed.NOW)

    clients = [f"127.0.0.{1 + number % 4}" for number in range(40)]

    async def open_stream(client, answers, all_answered):
        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            if message["type"] == "http.response.start":
                answers.append((client, message["status"]))
                if len(answers) == len(clients):
                    all_answered.set()

        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/events", "raw_path": b"/events",
                 "query_string": b"list=ipv6-ops", "headers": headers, "client": (client, 1), "server": ("127.0.0.1", 80),
                 "scheme": "http", "root_path": ""}  # fmt: skip
        await app(scope, receive, send)

    async def many():
        answers, all_answered = [], asyncio.Event()
        tasks = [asyncio.create_task(open_stream(client, answers, all_answered)) for client in clients]
        await all_answered.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [client for client, status in answers if status == 200]

    for _ in range(2):
        got = asyncio.run(many())
        assert len(got) == 5
        assert max(got.count(client) for client in got) <= 3


def test_a_stream_ends_so_that_nobody_who_left_keeps_it(web, monkeypatch):
    """The browser comes again by itself."""
    monkeypatch.setattr(events, "STREAM_LASTS_S", 1.0)
    answer = said(web[1], b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", timeout=20)
    assert b"retry: 5000" in answer
