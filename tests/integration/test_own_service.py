"""A service of the operator's own is asked at localhost too, and whatever it does, the answer has an end."""

import socket
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from monitor.errors import Unavailable
from monitor.http import own_service
from monitor.http.own_service import OwnService

pytestmark = pytest.mark.integration


@contextmanager
def answering(*pieces, pause_s=0.0):
    """A server on localhost that answers one request with these pieces; gives its URL and what it read."""
    stop, heard = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def serve():
            connection, _ = listening.accept()
            with connection:
                heard.append(connection.recv(65536))
                for piece in pieces:
                    connection.sendall(piece)
                    if stop.wait(pause_s):
                        return

        def served():
            try:
                serve()
            except OSError:  # the client went away, or never came
                return

        thread = threading.Thread(target=served, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{listening.getsockname()[1]}/api/", heard
        finally:
            stop.set()
            thread.join(5)


def ask(url):
    return OwnService(url, user="user", password="pass").get("lists", {"page": 2})


def test_it_is_asked_with_user_and_password_at_this_host():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (url, heard):
        assert ask(url) == (200, b"{}")
    assert heard[0].startswith(b"GET /api/lists?page=2 HTTP/1.1\r\n")
    assert b"Authorization: Basic dXNlcjpwYXNz\r\n" in heard[0]


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (url, _):
        assert ask(url) == (200, b"{}")


def test_a_redirect_is_an_answer_and_not_followed():
    """The password must not go where nobody sent it."""
    with answering(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n") as (url, _):
        assert ask(url) == (302, b"")


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        pytest.param((b"",), "closed", id="closed"),
        pytest.param((b"220 mail.example ESMTP\r\n",), "protocol", id="SMTP"),
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",), "protocol", id="cut short"),
        pytest.param((b"HTTP/1.1 200 OK\r\n\r\n", *(b"x" * 4096,) * 8), "protocol", id="endless"),
        pytest.param((b"HTTP/1.1 200 OK\r\n\r\n", *(b"x",) * 60), "timeout", id="dripping"),
        pytest.param((b"HTTP/1.1 200 OK\r\n", *(b"X: y\r\n",) * 60), "timeout", id="dripping header"),
    ],
)
def test_every_trouble_is_one_named_error(monkeypatch, pieces, reason):
    monkeypatch.setattr(own_service, "WITHIN", timedelta(seconds=0.6))
    monkeypatch.setattr(own_service, "OCTETS_MAX", 16384)
    with (
        answering(*pieces, pause_s=0.02 if reason == "timeout" else 0.0) as (url, _),
        pytest.raises(Unavailable) as caught,
    ):
        ask(url)
    assert caught.value.reason == reason
    assert "pass" not in str(caught.value)


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unavailable) as caught:
        ask(f"http://localhost:{port}/")
    assert caught.value.reason == "connect"


def test_no_url():
    with pytest.raises(Unavailable):
        ask("localhost:8001")
