"""Notices by mail through a real SMTP server: taken, deferred, refused, protected, and told by one Message-ID."""

import ssl
from email import message_from_bytes, policy

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from monitor.config.settings import Settings
from monitor.model.incidents import NoticeState
from monitor.notify.delivery import deliver
from tests.harness import free_port
from tests.sample_notices import NOW, SUGGESTED, mailing_list, notice

pytestmark = pytest.mark.integration

SENDER = "staysub@watch.example.net"


class Sink:
    """Takes every message, unless it was told what to answer."""

    def __init__(self):
        self.taken = []
        self.at_rcpt = self.at_data = None
        self.disliked = ""  # a reverse-path
        self.reverse_paths = []

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802 - the name is aiosmtpd's
        self.reverse_paths.append(address)
        if address == self.disliked:
            return "550 5.1.8 we cannot reach that"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - the name is aiosmtpd's
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.taken.append(envelope)
        return self.at_data or "250 2.0.0 queued as 4XyZ"


@pytest.fixture
def start():
    """Starts a server; gives its sink and port."""
    running = []

    def started(kind=Controller, **options):
        sink = Sink()
        controller = kind(sink, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return sink, controller.port

    yield started
    for controller in running:
        controller.stop()


def settings(relay, **changes):
    document = {"list": [mailing_list(**changes)], "notices": {"from": SENDER, "relay": relay}}
    return Settings.model_validate(document, by_alias=True)


def tried(one, configured, now):
    return deliver(one, configured.file_lists, configured, now=now)


def test_the_owner_gets_both_parts_from_the_notices_own_reverse_path(start):
    sink, port = start()
    told = tried(notice(), settings(f"smtp://127.0.0.1:{port}"), now=NOW)
    assert told.state is NoticeState.DELIVERED
    assert "queued as 4XyZ" in told.attempts[0].detail
    (envelope,) = sink.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["owner@example.org"])
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["Message-ID"] == f"<{notice().id}@watch.example.net>"
    assert SUGGESTED in message.get_body(("plain",)).get_content().splitlines()
    assert SUGGESTED in message.get_body(("html",)).get_content()
    assert message.defects == []


def test_a_second_try_carries_the_same_message_id(start):
    sink, port = start()
    sink.at_data = "451 4.3.0 try again"
    config = settings(f"smtp://127.0.0.1:{port}")
    deferred = tried(notice(), config, now=NOW)
    assert (deferred.state, deferred.attempts[0].outcome) == (NoticeState.PENDING, "smtp-451")
    sink.at_data = None
    assert tried(deferred, config, now=deferred.next_attempt_at).state is NoticeState.DELIVERED
    ids = {message_from_bytes(envelope.content)["Message-ID"] for envelope in sink.taken}
    assert len(sink.taken) == 2
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("reply", "outcome", "state"),
    [
        ("550 5.1.1 no such user", "smtp-550", NoticeState.DEAD),
        ("450 4.7.1 greylisted, see http://x/550", "smtp-450", NoticeState.PENDING),
    ],
)
def test_a_refusal_is_recorded_with_its_reply_and_ends_only_for_good(start, reply, outcome, state):
    sink, port = start()
    sink.at_rcpt = reply
    told = tried(notice(), settings(f"smtp://127.0.0.1:{port}"), now=NOW)
    assert (told.attempts[0].outcome, told.state) == (outcome, state)
    assert reply in told.attempts[0].detail


def test_a_reverse_path_that_the_relay_does_not_take_is_changed_for_the_usual_one(start):
    sink, port = start()
    sink.disliked = "token@v6.probe.example.org"
    configured = settings(f"smtp://127.0.0.1:{port}")
    told = deliver(notice(), configured.file_lists, configured, now=NOW, reverse_path=sink.disliked)
    assert told.state is NoticeState.DELIVERED
    assert sink.reverse_paths[-1] == SENDER
    assert "we cannot reach that" in told.attempts[0].detail
    (envelope,) = sink.taken
    assert message_from_bytes(envelope.content, policy=policy.default)["From"] == f"Staysub <{SENDER}>"


def test_our_own_trouble_is_tried_again():
    gone = tried(notice(), settings(f"smtp://127.0.0.1:{free_port()}"), now=NOW)
    assert (gone.state, gone.attempts[0].outcome) == (NoticeState.PENDING, "relay-connect")
    none = Settings.model_validate({"list": [mailing_list()]}, by_alias=True)
    unset = tried(notice(), none, now=NOW)
    assert (unset.state, unset.attempts[0].outcome) == (NoticeState.PENDING, "no-relay")


def test_somebody_who_no_longer_owns_the_list_is_not_told(start):
    sink, port = start()
    told = tried(notice(), settings(f"smtp://127.0.0.1:{port}", owners=["new@example.org"]), now=NOW)
    assert (told.state, told.attempts[0].outcome) == (NoticeState.DEAD, "no-owner")
    assert sink.taken == []


def log_in(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"staysub", b"p@ss/word")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def tls(tmp_path, monkeypatch):
    """A certificate for localhost whose CA this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("word", "outcome"), [("p%40ss%2Fword", "delivered"), ("wrong", "relay-auth")], ids=["right", "wrong"]
)
def test_starttls_with_user_and_password(start, tls, word, outcome):
    sink, port = start(tls_context=tls, require_starttls=True, auth_required=True, authenticator=log_in)
    told = tried(notice(), settings(f"smtp+starttls://staysub:{word}@127.0.0.1:{port}"), now=NOW)
    assert told.attempts[0].outcome == outcome, told.attempts
    assert len(sink.taken) == (outcome == "delivered")
    assert word not in told.attempts[0].detail


def test_smtps(start, tls):
    sink, port = start(ssl_context=tls)
    told = tried(notice(), settings(f"smtps://127.0.0.1:{port}"), now=NOW)
    assert told.attempts[0].outcome == "delivered", told.attempts
    assert len(sink.taken) == 1


def test_a_relay_without_the_tls_that_was_demanded_gets_nothing(start):
    sink, port = start()
    told = tried(notice(), settings(f"smtp+starttls://127.0.0.1:{port}"), now=NOW)
    assert told.attempts[0].outcome == "relay-tls"
    assert sink.taken == []
