"""Submission as SMTP servers answer it: taken, deferred, refused, silent, without TLS, with a wrong certificate."""

import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import trustme

from monitor.errors import Refused, RelayUnavailable, UsageError
from monitor.model.secret import Secret
from monitor.smtp.submission import Security, parse_relay, submit

pytestmark = pytest.mark.integration

TAKES = {
    "": "220 mx.example.org ready",
    "EHLO": "250-mx.example.org\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 AUTH PLAIN",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 Ok: queued as 4XyZ",
    "QUIT": "221 2.0.0 Bye",
    "AUTH": "235 2.7.0 welcome",
    "STARTTLS": "220 2.0.0 Ready",
}
SILENCE, HANG_UP = None, ""


class ScriptedServer(threading.Thread):
    """One connection on ::1, answered by the table; `heard` is what the client said."""

    def __init__(self, answers, tls=None, *, tls_at_once=False):
        super().__init__(daemon=True)
        self.answers, self.tls, self.tls_at_once, self.heard = TAKES | answers, tls, tls_at_once, []
        self.listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self.port = self.listener.getsockname()[1]

    def run(self):
        with self.listener:
            peer, _ = self.listener.accept()
        peer.settimeout(5)
        try:
            if self.tls_at_once:
                peer = self.tls.wrap_socket(peer, server_side=True)
            self.talk(peer)
        except OSError:
            pass  # the client has gone, which is what some tests want
        finally:
            peer.close()

    def talk(self, peer):
        command, in_data = "", False
        while True:
            if not in_data:
                answer = self.answers.get(command, "500 5.5.2 what?")
                if answer == HANG_UP:
                    return
                if answer is not SILENCE:
                    peer.sendall(answer.encode() + b"\r\n")
                    if command == "STARTTLS" and answer.startswith("220"):
                        peer = self.tls.wrap_socket(peer, server_side=True)
                    in_data = command == "DATA" and answer.startswith("354")
            line = self.line(peer)
            self.heard.append(line)
            if in_data and line != b".":
                continue
            command, in_data = line.split(b" ")[0].decode().upper(), False

    @staticmethod
    def line(peer):
        octets = b""
        while not octets.endswith(b"\r\n"):
            octet = peer.recv(1)
            if not octet:
                raise ConnectionError("the client hung up")
            octets += octet
        return octets[:-2]


@pytest.fixture
def authority():
    return trustme.CA()


@contextmanager
def serving(answers=(), **options):
    server = ScriptedServer(dict(answers), **options)
    server.start()
    yield server
    server.join(10)


def contexts(authority, *names):
    at_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(at_server)
    at_client = ssl.create_default_context()
    authority.configure_trust(at_client)
    return at_server, at_client


def hand_over(url, **options):
    facts = {
        "reverse_path": "ipv6-ops-bounces@lists.example.org",
        "forward_path": "token@v6.probe.example.org",
        "message": b"Subject: x\r\n\r\n.dot\r\n\xff\r\n",
        "timeout": timedelta(seconds=1),
        "helo": "staysub.example.org",
    }
    return submit(url, **(facts | options))


def test_a_message_is_handed_over_octet_for_octet():
    with serving() as server:
        assert hand_over(f"smtp://[::1]:{server.port}") == "250 2.0.0 Ok: queued as 4XyZ"
    assert server.heard == [
        b"ehlo staysub.example.org",
        b"mail FROM:<ipv6-ops-bounces@lists.example.org> SIZE=23 BODY=8BITMIME",
        b"rcpt TO:<token@v6.probe.example.org>",
        b"data",
        b"Subject: x",
        b"",
        b"..dot",  # transparency, RFC 5321 section 4.5.2
        b"\xff",
        b".",
        b"QUIT",
    ]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param({"": "421 4.3.2 later"}, "reply-4yz", id="greeting 421"),
        pytest.param({"MAIL": "450 4.7.1 later"}, "reply-4yz", id="MAIL 450"),
        pytest.param({"RCPT": "451 4.7.1 greylisted"}, "reply-4yz", id="RCPT 451"),
        pytest.param({"DATA": "451 4.3.0 later"}, "reply-4yz", id="DATA 451"),
        pytest.param({".": "452 4.3.1 full"}, "reply-4yz", id="end of data 452"),
        pytest.param({"": SILENCE}, "timeout", id="no greeting"),
        pytest.param({".": SILENCE}, "slow", id="no answer to the end of data"),
        pytest.param({"RCPT": HANG_UP}, "closed", id="hung up"),
    ],
)
def test_what_may_pass_is_unavailable_with_a_stable_reason(answers, reason):
    with serving(answers) as server, pytest.raises(RelayUnavailable) as said:
        hand_over(f"smtp://[::1]:{server.port}")
    assert said.value.reason == reason


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"": "554 5.7.1 no"}, id="greeting"),
        pytest.param({"MAIL": "554 5.7.1 no"}, id="MAIL"),
        pytest.param({"RCPT": "554 5.7.1 no"}, id="RCPT"),
        pytest.param({"DATA": "554 5.7.1 no"}, id="DATA"),
        pytest.param({".": "554-5.7.1\r\n554 no"}, id="end of data, two lines"),
    ],
)
def test_what_is_for_good_is_refused_with_the_reply(answers):
    with serving(answers) as server, pytest.raises(Refused) as said:
        hand_over(f"smtp://[::1]:{server.port}")
    assert said.value.reply == "554 5.7.1 no"


@pytest.mark.parametrize("farewell", [SILENCE, HANG_UP, "421 4.3.2 oops"])
def test_once_taken_the_farewell_matters_no_more(farewell):
    """Otherwise the same probe would be sent twice."""
    with serving({"QUIT": farewell}) as server:
        assert hand_over(f"smtp://[::1]:{server.port}").startswith("250 ")


def test_nobody_there():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(RelayUnavailable) as said:
        hand_over(f"smtp://[::1]:{port}")
    assert said.value.reason == "connect"


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp+starttls", False), ("smtps", True)])
def test_tls_is_verified_and_the_password_goes_through_it(authority, scheme, at_once):
    at_server, at_client = contexts(authority, "::1")
    with serving(tls=at_server, tls_at_once=at_once) as server:
        url = Secret(f"{scheme}://list%40example.org:p%3Aw@[::1]:{server.port}")
        assert hand_over(url, tls_context=at_client).startswith("250 ")
    assert b"AUTH PLAIN AGxpc3RAZXhhbXBsZS5vcmcAcDp3" in server.heard  # NUL user NUL password, RFC 4616


@pytest.mark.parametrize(
    ("names", "answers", "trusted"),
    [
        pytest.param(["other.example.org"], {}, True, id="another name"),
        pytest.param(["::1"], {}, False, id="an authority that nobody trusts"),
        pytest.param(["::1"], {"EHLO": "250 mx.example.org"}, True, id="STARTTLS not offered"),
        pytest.param(["::1"], {"STARTTLS": "454 4.7.0 not now"}, True, id="STARTTLS refused"),
    ],
)
def test_without_verified_tls_nothing_is_said(authority, names, answers, trusted):
    at_server, at_client = contexts(authority, *names)
    with serving(answers, tls=at_server) as server, pytest.raises(RelayUnavailable) as said:
        hand_over(
            f"smtp+starttls://u:secret@[::1]:{server.port}",
            tls_context=at_client if trusted else ssl.create_default_context(),
        )
    assert said.value.reason == "tls"
    assert not any(line.lower().startswith((b"auth", b"mail")) for line in server.heard)


def test_a_refused_password_is_ours_to_mend_and_never_repeated():
    with serving({"AUTH": "535 5.7.8 no"}) as server, pytest.raises(RelayUnavailable) as said:
        hand_over(f"smtp://u:secret@[::1]:{server.port}")
    assert said.value.reason == "auth"
    assert "secret" not in str(said.value)


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        pytest.param("smtp://mail.example.org", (Security.NONE, "mail.example.org", 25, None, None), id="port 25"),
        pytest.param("smtps://h.example", (Security.IMPLICIT, "h.example", 465, None, None), id="RFC 8314 §7.3"),
        pytest.param(
            "smtp+starttls://[2001:db8::1]", (Security.STARTTLS, "2001:db8::1", 587, None, None), id="literal"
        ),
        pytest.param("smtp://u%40x:p%2Fw@h:26", (Security.NONE, "h", 26, "u@x", "p/w"), id="percent-encoded"),
    ],
)
def test_a_url_says_where_and_how(url, relay):
    parsed = parse_relay(url)
    assert (parsed.security, parsed.host, parsed.port, parsed.user, parsed.password) == relay
    assert "p/w" not in repr(parsed)


@pytest.mark.parametrize("url", ["http://h", "smtp://", "smtp://u:secret@h:99999", "smtp://u:secret@[::1", "secret"])
def test_a_faulty_url_is_told_without_its_secret(url):
    with pytest.raises(UsageError) as told:
        parse_relay(url)
    assert "secret" not in str(told.value)
