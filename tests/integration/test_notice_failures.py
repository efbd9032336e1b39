"""Ways that fail: another relay takes the mail, another channel tells of it, bounces are noticed, 410 ends calls."""

import http.server
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from monitor.admission.rules import load_rules
from monitor.cli.main import cli
from monitor.config.settings import Settings
from monitor.model.incidents import NoticeState
from monitor.notify.reverse_path import goes_back_to_sender
from monitor.operations.deliver import deliver, replay_notice
from monitor.operations.notice_bounces import note_notice_bounce, note_returned
from monitor.operations.services import Services
from monitor.receiver.token_addresses import notice_mark
from tests.harness import free_port
from tests.sample_notices import SECRET, mailing_list, notice
from tests.seed import claim_notices

ADMIN = "host@example.org"
DSN = """\
From: MAILER-DAEMON@relay.example.net
To: staysub@example.net
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I am sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.net

Final-Recipient: rfc822; owner@example.org
Action: {action}
Status: 5.7.26
Diagnostic-Code: smtp; 550 5.7.26 This mail has been blocked because the sender is unauthenticated.

--b
Content-Type: message/rfc822

From: Staysub <staysub@example.net>
Message-ID: <{ident}@example.net>
Subject: [ipv6-ops] critical

--b--
"""


class Sink:
    """Takes mail, or answers as told."""

    def __init__(self):
        self.taken, self.answer = [], "250 2.0.0 queued"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        if self.answer.startswith("2"):
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


class Hook:
    """Answers with one status and counts."""

    def __init__(self):
        self.status, self.calls = 200, []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                hook.calls.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/secret-path"


@pytest.fixture
def relays():
    """Two relays, each with its sink and port."""
    running = []
    for _ in range(2):
        sink = Sink()
        controller = Controller(sink, hostname="127.0.0.1", port=free_port())
        controller.start()
        sink.port = controller.port
        running.append((sink, controller))
    yield [sink for sink, _ in running]
    for _, controller in running:
        controller.stop()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()


class House:
    """One list over a store, a relay or two, and an endpoint."""

    def __init__(self, store, relays, hook, **changes):
        self.store, self.at = store, datetime.now(UTC)
        self.listed = mailing_list(webhook=[{"url": hook.url, "secret": SECRET}])
        notices = {
            "from": "staysub@example.net",
            "relay": f"smtp://127.0.0.1:{relays[0].port}",
            "administrators": [ADMIN],
            "allow_networks": ["127.0.0.0/8"],
            **changes,
        }
        self.settings = Settings.model_validate({"list": [self.listed], "notices": notices}, by_alias=True)
        self.services = Services(settings=lambda: self.settings, store=store, rules=load_rules(), now=lambda: self.at)
        self.made = 0

    def tell(self, channel):
        self.made += 1
        made = notice(channel, webhook=[{"url": self.listed.webhooks[0].url, "secret": SECRET}])
        one = replace(made, id=f"msg_{self.made:026}".replace("0", "a").replace("1", "b"), created_at=self.at)
        one = replace(one, next_attempt_at=self.at)
        self.store.notices.add([one])
        return one.id

    def work(self, *, rounds=1):
        for _ in range(rounds):
            deliver(self.services, claim_notices(self.store, self.at))
            self.at += timedelta(seconds=1)


def test_the_relay_that_shares_the_fate_is_passed_over(store, relays, hook):
    """The list's own IPv6 address is refused, and the relay's mail leaves from there."""
    house = House(
        store,
        relays,
        hook,
        relay_outbound=["2001:db8:25::25"],
        other_relay=f"smtp://127.0.0.1:{relays[1].port}",
    )
    ident = house.tell("mail")
    house.work()
    assert ([len(relay.taken) for relay in relays], store.notices.get(ident).state) == ([0, 1], NoticeState.DELIVERED)


def test_where_the_relay_refuses_the_other_one_takes_it_under_the_same_id(store, relays, hook):
    house = House(store, relays, hook, other_relay=f"smtp://127.0.0.1:{relays[1].port}")
    relays[0].answer = "550 5.7.1 no PTR record for you"
    ident = house.tell("mail")
    house.work()
    (taken,) = relays[1].taken
    assert taken["Message-ID"] == f"<{ident}@example.net>"
    told = store.notices.get(ident)
    assert told.state is NoticeState.DELIVERED
    assert "no PTR record for you" in told.attempts[0].detail
    assert "the other relay" in told.attempts[0].detail


def test_a_mail_that_is_given_up_is_told_by_webhook_and_to_the_administrators(store, relays, hook):
    house = House(store, relays, hook, other_relay=f"smtp://127.0.0.1:{relays[1].port}")
    for relay in relays:
        relay.answer = "550 5.1.1 no such user"
    house.tell("mail")
    house.tell("mail")
    house.work()
    relays[0].answer = "250 2.0.0 queued"
    house.work(rounds=2)
    (call,) = hook.calls
    assert (call["type"], call["data"]["channel"], call["data"]["outcome"]) == ("channel.failed", "mail", "smtp-550")
    (mail,) = relays[0].taken
    assert mail["To"] == ADMIN
    assert "do not get through by mail" in mail.get_body(("plain",)).get_content()
    assert "staysub notices replay" in mail.get_body(("html",)).get_content()


def test_an_endpoint_that_says_410_is_called_no_more_until_somebody_calls_it_back(store, relays, hook):
    house = House(store, relays, hook)
    hook.status = 410
    first, second = house.tell("webhook"), None
    house.work()
    second = house.tell("webhook")
    house.work(rounds=2)
    assert len(hook.calls) == 1
    outcomes = [store.notices.get(ident).attempts[-1].outcome for ident in (first, second)]
    assert outcomes == ["http-410", "endpoint-gone"]
    assert sorted(mail["To"] for mail in relays[0].taken) == [ADMIN, "owner@example.org"], "told once, by mail"
    assert "secret-path" not in str(relays[0].taken[0])
    hook.status = 200
    replay_notice(store, house.settings, second, now=house.at)
    house.work()
    assert store.notices.get(second).state is NoticeState.DELIVERED


def test_a_bounce_of_a_notice_gives_it_up_and_is_told(store, relays, hook):
    house = House(store, relays, hook)
    ident = house.tell("mail")
    house.work()
    assert store.notices.get(ident).state is NoticeState.DELIVERED
    for action in ("delayed", "failed"):
        octets = DSN.format(ident=ident, action=action).encode()
        found = note_notice_bounce(store, house.settings, octets, now=house.at)
        assert [one.id for one in found] == ([ident] if action == "failed" else [])
    assert note_notice_bounce(store, house.settings, octets, now=house.at) == (), "the same bounce counted twice"
    bounced = store.notices.get(ident)
    assert (bounced.state, bounced.attempts[-1].outcome) == (NoticeState.DEAD, "bounced")
    assert "5.7.26" in bounced.attempts[-1].detail
    house.work()
    assert hook.calls[0]["data"]["outcome"] == "bounced"


@pytest.mark.parametrize("returned", [True, False], ids=["with the mail", "without it"])
def test_a_bounce_to_the_notices_own_address_gives_up_that_notice_alone(store, relays, hook, returned):
    house = House(store, relays, hook)
    ident, other = house.tell("mail"), house.tell("mail")
    house.work()
    octets = DSN.format(ident=ident if returned else "gone", action="failed").replace("5.7.26", "5.1.1").encode()
    facts = {"list_id": "ipv6-ops", "now": house.at}
    assert note_returned(store, house.settings, octets, mark=notice_mark("msg_" + "z" * 26), **facts) is None
    assert note_returned(store, house.settings, octets, mark=notice_mark(ident), **facts) == ident
    assert note_returned(store, house.settings, octets, mark=notice_mark(ident), **facts) is None, "counted twice"
    assert store.notices.get(ident).state is NoticeState.DEAD
    assert store.notices.get(other).state is NoticeState.DELIVERED
    house.work()
    assert hook.calls[0]["data"]["outcome"] == "bounced"


def test_a_bounce_for_policy_is_told_and_tried_once_more_by_the_usual_way(store, relays, hook):
    """The reverse-path itself may be what is not liked: the notice must not die of it."""
    house = House(store, relays, hook)
    ident = house.tell("mail")
    house.work()
    octets = DSN.format(ident=ident, action="failed").encode()
    assert "5.7.26" in octets.decode()
    facts = {"list_id": "ipv6-ops", "mark": notice_mark(ident), "now": house.at}
    assert note_returned(store, house.settings, octets, **facts) == ident
    again = store.notices.get(ident)
    assert again.state is NoticeState.PENDING
    assert goes_back_to_sender(again)
    house.work()
    assert store.notices.get(ident).state is NoticeState.DELIVERED
    assert hook.calls[0]["data"]["outcome"] == "bounced", "others were not told"
    assert note_returned(store, house.settings, octets, **facts) == ident
    assert store.notices.get(ident).state is NoticeState.DEAD, "a second time it is given up"


def test_a_bounce_that_names_nothing_of_ours_changes_nothing(store, relays, hook):
    house = House(store, relays, hook)
    for octets in (b"", b"\xff\0nonsense", DSN.format(ident="msg_" + "z" * 26, action="failed").encode()):
        assert note_notice_bounce(store, house.settings, octets, now=house.at) == ()


def test_the_command_reads_bounces_from_a_pipe(store, relays, hook, redis_url, tmp_path):
    house = House(store, relays, hook)
    ident = house.tell("mail")
    house.work()
    path = tmp_path / "staysub.toml"
    path.write_text(
        f'[redis]\nurl = "{redis_url}"\n[notices]\nfrom = "staysub@example.net"\nrelay = "smtp://127.0.0.1"\n'
    )
    octets = DSN.format(ident=ident, action="failed").encode()
    ended = CliRunner().invoke(cli, ["--config", str(path), "notices", "bounced", "-"], input=octets)
    assert ended.exit_code == 0, ended.output
    assert f"{ident} to owner@example.org came back: 5.7.26" in ended.output
    again = CliRunner().invoke(cli, ["--config", str(path), "notices", "bounced", "-"], input=octets)
    assert "No notice of ours came back" in again.output
