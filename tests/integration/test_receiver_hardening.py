"""The receiver as the public meets it on port 25: the slow, the greedy, the smugglers and the curious."""

import asyncio
import contextlib
import os
import pwd
import re
import resource
import select
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network

import pytest
import trustme
from aiosmtpd.smtp import SMTP
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.doors.places import Share
from monitor.probe.token import make_probe_id
from monitor.receiver.connection import Connection
from monitor.receiver.limits import Limits
from monitor.receiver.message_room import MessageRoom
from monitor.receiver.sockets import bind, systemd_socket
from tests.fakes import ZoneResolver
from tests.harness import wait_for
from tests.integration.house import KEY, ZONES, House, address, client, message, send

pytestmark = pytest.mark.integration

REPLY_LINE = re.compile(rb"[2-5][0-9]{2}[ -][\t -~]{0,506}")  # RFC 5321 sections 4.2 and 4.5.3.1.5
DROPS = 200  # one every tenth of a second: many times what each limit allows
SENDER = b"MAIL FROM:<ipv6-ops-bounces@lists.example.org>\r\n"


@pytest.fixture
def house():
    return House()


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory):
    """A certificate and its key, as the receiver's settings name them."""
    folder = tmp_path_factory.mktemp("tls")
    issued = trustme.CA().issue_cert("mx.v6.probe.example.org")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    return {"tls_certificate": folder / "cert.pem", "tls_key": folder / "key.pem"}


class Raw:
    """A bare connection that says octets as they are and reads replies whole."""

    def __init__(self, receiver):
        self.socket = socket.create_connection(receiver.address, timeout=10)
        self.replies = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.replies.close()
        self.socket.close()

    def say(self, octets):
        self.socket.sendall(octets)

    def reply(self):
        """The next reply's last line (RFC 5321 section 4.2.1); b"" where the connection is closed."""
        line = self.replies.readline()
        while line[3:4] == b"-":
            line = self.replies.readline()
        return line

    def rest(self):
        """All that is still said until the connection is closed."""
        return self.replies.read()


def raw(receiver, *commands):
    """A bare connection, greeted, after those commands were each answered."""
    session = Raw(receiver)
    assert session.reply().startswith(b"220 ")
    for command in (b"EHLO mail.lists.example.org\r\n", *commands):
        session.say(command)
        assert session.reply()[:1] in b"23", command
    return session


def name_recipient(session):
    for command in (b"EHLO mail.lists.example.org\r\n", SENDER, recipient()):
        session.say(command)
        assert session.reply().startswith(b"250 ")


def recipient(slot=1):
    return f"RCPT TO:<{address(slot)}>\r\n".encode()


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(b"\n.\n", id="LF . LF"),
        pytest.param(b"\n.\r\n", id="LF . CRLF"),
        pytest.param(b"\r\n.\n", id="CRLF . LF"),
        pytest.param(b"\r.\r", id="CR . CR"),
        pytest.param(b"\r\n.\r", id="CRLF . CR"),
        pytest.param(b"\r\n\x00.\r\n", id="CRLF NUL . CRLF"),
    ],
)
def test_only_crlf_dot_crlf_ends_the_data(house, end):
    """RFC 5321 section 4.1.1.4: nothing else may, or a message could be smuggled behind another one's end."""
    smuggled = b"MAIL FROM:<forged@bank.example>\r\n" + recipient(2) + b"DATA\r\nSubject: smuggled\r\n"
    with house.receiver() as receiver, raw(receiver, SENDER, recipient(1), b"DATA\r\n") as session:
        session.say(b"Subject: real\r\n\r\nbody" + end + smuggled + b"\r\n.\r\nQUIT\r\n")
        said = session.rest()
    assert said.splitlines() == [b"250 2.0.0 Recorded; thank you.", b"221 Bye"]
    (arrival,) = house.arrivals
    assert arrival.probe_id == make_probe_id(KEY, "ipv6-ops", 1)
    unstuffed = end.replace(b"\r\n.", b"\r\n")  # RFC 5321 section 4.5.2
    assert arrival.size_bytes == len(b"Subject: real\r\n\r\nbody" + unstuffed + smuggled + b"\r\n")


@pytest.fixture(scope="module")
def standing():
    """One receiver for many messages."""
    house = House()
    with house.receiver() as receiver:
        yield house, receiver


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one receiver for all examples, on purpose
@given(
    content=st.one_of(
        st.binary(max_size=2000),
        st.lists(
            st.sampled_from(
                [b".", b"\r\n", b"\n", b"\r", b"From: x@y\r\n", b"\x00", b"\xff", b"z" * 999, b"." * 70_000]
            ),
            max_size=20,
        ).map(b"".join),
    )
)
def test_any_octets_survive(standing, content):
    """What was sent within the data is what was judged, to the octet; the session goes on after it."""
    house, receiver = standing
    house.arrivals.clear()
    lines = content.split(b"\r\n")
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    with raw(receiver, SENDER, recipient(), b"DATA\r\n") as session:
        session.say(stuffed + b"\r\n.\r\n")
        assert session.reply() == b"250 2.0.0 Recorded; thank you.\r\n"
        session.say(b"NOOP\r\n")
        assert session.reply() == b"250 OK\r\n"
    (arrival,) = house.arrivals
    assert arrival.size_bytes == len(content) + 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one receiver for all examples, on purpose
@given(
    noise=st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.sampled_from(
                [
                    b"EHLO x",
                    b"MAIL FROM:<>",
                    b"RCPT TO:<",
                    b"DATA",
                    b"STARTTLS",
                    b"BDAT 9",
                    b"AUTH PLAIN",
                    b"VRFY \xff",
                    b"HELP \xff",
                    b"PROXY",
                    b"\x16\x03\x01",
                ]
            ),
        ),
        max_size=12,
    )
)
def test_no_dialogue_brings_it_down(standing, noise):
    """Whatever a client says, it gets replies or is cut off, nothing is recorded, and the next client is served."""
    house, receiver = standing
    house.arrivals.clear()
    with Raw(receiver) as session, contextlib.suppress(ConnectionError):  # cut off in the middle
        session.say(b"\r\n".join(noise) + b"\r\nQUIT\r\n")
        session.socket.shutdown(socket.SHUT_WR)
        said = session.rest()
        assert said.startswith(b"220 ")
        assert all(REPLY_LINE.fullmatch(line) for line in said.removesuffix(b"\r\n").split(b"\r\n"))
    assert house.arrivals == []
    with client(receiver) as session:
        assert session.noop()[0] == 250


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\r\x00", id="CR NUL"),
        pytest.param(b"A\r250", id="CR in a command"),
        pytest.param(b"\x1b[2J", id="terminal escape"),
        pytest.param(b"X" * 505, id="a command as long as a line may be"),
        pytest.param(b"EHLO \r250-AUTH\x00", id="in an argument"),
        pytest.param(b"HELP \x00", id="of a known command"),
    ],
)
def test_what_a_client_says_is_never_a_line_of_ours(house, said):
    """To whoever ends lines at CR its control characters would be replies of their own (RFC 5321 section 4.2)."""
    with house.receiver() as receiver, Raw(receiver) as session:
        session.say(said + b"\r\nQUIT\r\n")
        lines = session.rest().removesuffix(b"\r\n").split(b"\r\n")
    assert lines[-1] == b"221 Bye"
    assert all(REPLY_LINE.fullmatch(line) for line in lines)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        *((b"RCPT TO:" + path, b"553") for path in (b"<", b"<@", b"<a@", b"a@", b"<a@[", b"(", b"< >")),
        *((b"MAIL FROM:" + path, b"553") for path in (b"<", b"<@", b"<a@", b"<\xff@")),
        pytest.param(b"RCPT TO:<postmaster>", b"550 5.1.1", id="postmaster alone"),
        pytest.param(b"RCPT TO:<>", b"550 5.1.1", id="nobody"),
        pytest.param(b"RCPT TO:<@a,@b:x@v6.probe.example.org>", b"550 5.1.1", id="source route"),
        pytest.param(b'RCPT TO:<"a b"@v6.probe.example.org>', b"550 5.1.1", id="quoted"),
        pytest.param(b"RCPT TO:<a@[IPv6:2001:db8::1]>", b"550 5.7.1", id="address literal"),
        pytest.param(b"RCPT TO:<a%example.net@v6.probe.example.org>", b"550 5.1.1", id="percent relay"),
        pytest.param(b"RCPT TO:<example.net!a>", b"550 5.1.1", id="bang path"),
        pytest.param(b"RCPT TO:<a@b,", b"5", id="no end"),
        pytest.param(b"RCPT TO:", b"501", id="nothing"),
        pytest.param(b"RCPT", b"501", id="no argument"),
    ],
)
def test_an_odd_path_is_refused_for_good_and_is_no_fault_of_ours(house, caplog, command, code):
    """RFC 5321 section 4.2.4: syntax is answered with 5yz, never with "trouble on our side"."""
    before = (SENDER,) if command.startswith(b"RCPT") else ()
    with house.receiver() as receiver, raw(receiver, *before) as session:
        session.say(command + b"\r\n")
        assert session.reply().startswith(code)
    assert "receiver_failed" not in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "<a@example.org>", "<a.b+c=d_e@ex-ample.org> SIZE=10", "<>", "<>  BODY=8BITMIME", "<a@b>  X=Y Z", "<A@B.Example>",
        "<a@example.org", "< a@example.org>", '<"a b"@example.org> SIZE=10', "a@example.org", "<a@[IPv6:::1]>",
    ],
)  # fmt: skip
def test_a_plain_path_is_read_as_the_library_reads_it(path):
    """The way around its parser leads to the same place."""
    loop = asyncio.new_event_loop()
    session = Connection(
        object(),
        hostname="x",
        client_ip=IPv6Address("::1"),
        limits=Limits(),
        room=MessageRoom(Limits()),
        tls_context=None,
        behind_proxy=False,
        on_end=print,
        loop=loop,
    )
    ours, library = session._getaddr(path), SMTP._getaddr(session, path)
    assert (ours[0], ours[1].split()) == (library[0], library[1].split())
    loop.close()


def test_who_makes_errors_without_end_is_cut_off(house):
    with house.receiver(limits=Limits(syntax_errors=3)) as receiver, raw(receiver) as session:
        session.say(b"\xff\r\nRCPT\r\n\r\nNOOP\r\nNOOP\r\n")
        assert session.rest().splitlines()[-1] == b"421 4.7.0 Too many errors."


def test_a_network_may_have_so_many_connections_and_no_more(house):
    """Counted by /64: addresses inside one cost nothing. Behind a proxy the client that it announces counts."""
    announce = "PROXY TCP6 2001:db8:0:{net}::{host} 2001:db8::1 1025 25\r\n"

    def connect(net, host):
        session = stack.enter_context(Raw(receiver))
        session.say(announce.format(net=net, host=host).encode())
        return session, session.reply()[:4]

    limits = Limits(shares=(Share(64, 2),))
    with contextlib.ExitStack() as stack, house.receiver(limits=limits, proxies=(IPv6Network("::1"),)) as receiver:
        first, greeting = connect(net=1, host=1)
        assert greeting == b"220 "
        second, greeting = connect(net=1, host=2)
        assert greeting == b"220 "
        assert connect(net=2, host=1)[1] == b"220 "
        third, greeting = connect(net=1, host=3)
        assert greeting == b"220 ", "who has stood longest without a recipient makes room"
        assert first.rest() == b"421 4.3.2 Others are waiting; please try again later.\r\n"
        for session in (second, third):
            name_recipient(session)
        assert connect(net=1, host=4)[1] == b"421 ", "those that have named one stay"
        second.say(b"QUIT\r\n")
        second.rest()
        assert connect(net=1, host=5)[1] == b"220 "


def test_there_is_room_for_so_many_in_all(house):
    with contextlib.ExitStack() as stack, house.receiver(limits=Limits(connections=2)) as receiver:
        for _ in range(2):
            stack.enter_context(raw(receiver, SENDER, recipient()))
        assert stack.enter_context(Raw(receiver)).reply().startswith(b"421 ")


def test_who_is_not_behind_a_proxy_is_counted_by_its_own_address(house):
    with contextlib.ExitStack() as stack, house.receiver(limits=Limits(shares=(Share(64, 1),))) as receiver:
        stack.enter_context(raw(receiver, SENDER, recipient()))
        assert stack.enter_context(Raw(receiver)).reply().startswith(b"421 ")


def test_a_full_house_of_idlers_keeps_no_probe_out(house):
    """Whoever names a recipient gets a place, and an idle connection that has named one keeps its own."""
    limits = Limits(connections=20, shares=())
    with contextlib.ExitStack() as stack, house.receiver(limits=limits) as receiver:
        busy = stack.enter_context(raw(receiver, SENDER, recipient(2)))
        idlers = [stack.enter_context(Raw(receiver)) for _ in range(60)]
        with client(receiver) as session:
            assert send(session, address(), message(address()))[0] == 250
        assert receiver.connections <= limits.connections
        assert idlers[0].rest().splitlines()[-1].startswith(b"421 4.3.2 ")
        busy.say(b"NOOP\r\n")
        assert busy.reply().startswith(b"250 ")


def test_who_has_delivered_a_message_makes_room_after_those_who_came_before_it(house):
    limits = Limits(connections=3, shares=())
    with contextlib.ExitStack() as stack, house.receiver(limits=limits) as receiver:
        delivered = stack.enter_context(raw(receiver, SENDER, recipient(), b"DATA\r\n"))
        idler = stack.enter_context(raw(receiver))
        delivered.say(b"x\r\n.\r\n")
        assert delivered.reply().startswith(b"250 ")
        others = [stack.enter_context(raw(receiver)) for _ in range(2)]
        assert idler.rest().startswith(b"421 4.3.2 ")
        stack.enter_context(raw(receiver))
        assert delivered.rest().startswith(b"421 4.3.2 ")
        others[0].say(b"NOOP\r\n")
        assert others[0].reply().startswith(b"250 ")


@pytest.mark.parametrize(
    ("said", "limits"),
    [
        pytest.param([], {"idle": timedelta(seconds=2)}, id="after the greeting"),
        pytest.param([SENDER, recipient(), b"DATA\r\n"], {"idle": timedelta(seconds=2)}, id="within the data"),
        pytest.param([SENDER], {"session": timedelta(seconds=2)}, id="the session as a whole"),
        pytest.param([SENDER], {"before_recipient": timedelta(seconds=2)}, id="without a recipient"),
        pytest.param(
            [SENDER, recipient(), b"RSET\r\n"],
            {"before_recipient": timedelta(seconds=2)},
            id="after one that was given up",
        ),
    ],
)
def test_the_slow_are_cut_off(house, said, limits):
    """RFC 5321 section 3.8: with 421. A drop of data now and then does not help."""
    with house.receiver(limits=Limits(**limits)) as receiver, raw(receiver, *said) as session:
        with contextlib.suppress(ConnectionError):
            for _ in range(DROPS):
                session.say(b"x")
                if select.select([session.socket], [], [], 0.1)[0]:
                    break
            else:
                pytest.fail("each drop bought it more time")
        assert session.rest().startswith(b"421 4.4.2 ")
    assert house.arrivals == []


def test_too_much_mail_data_is_refused_and_endless_data_cut_off(house):
    limits = Limits(message_octets=10_000, report_octets=10_000)
    with house.receiver(limits=limits) as receiver:
        with client(receiver) as session:
            assert session.esmtp_features["size"] == "10000"
            assert session.docmd("MAIL", "FROM:<a@example.org> SIZE=10001")[0] == 552  # RFC 1870 section 6.1
            assert send(session, address(), b"x" * 900 + b"\r\n" + (b"y" * 900 + b"\r\n") * 11)[0] == 552
        with raw(receiver, SENDER, recipient(), b"DATA\r\n") as session, contextlib.suppress(ConnectionError):
            session.say(b"z" * 50_000)  # a line that never ends
            assert session.rest() in (b"552 5.3.4 Too much mail data.\r\n", b"")
    assert house.arrivals == []


@pytest.mark.parametrize("line", [b"x" * 1500, b"." * 70_000, b"\r" * 3000, b"x" * 1000 + b"\r.\r" + b"y" * 1000])
def test_a_line_may_be_longer_than_lines_should_be(house, line):
    """RFC 5321 section 4.5.3.1: no limits where possible; refused for good, real posts would count as bounces."""
    with house.receiver() as receiver, raw(receiver, SENDER, recipient(), b"DATA\r\n") as session:
        session.say(b"Subject: x\r\n\r\n." + line + b"\r\n.\r\nQUIT\r\n")
        assert session.rest().splitlines() == [b"250 2.0.0 Recorded; thank you.", b"221 Bye"]
    assert house.arrivals[0].size_bytes == len(b"Subject: x\r\n\r\n" + line + b"\r\n")


def test_who_guesses_addresses_is_shown_the_door(house):
    with house.receiver(limits=Limits(unknown_recipients=3)) as receiver, raw(receiver, SENDER) as session:
        for _ in range(3):
            session.say(b"RCPT TO:<guess@v6.probe.example.org>\r\n")
            assert session.reply().startswith(b"550 5.1.1 ")
        session.say(b"RCPT TO:<guess@v6.probe.example.org>\r\n")
        assert session.rest().startswith(b"421 4.7.0 Too many unknown addresses.")


def test_who_repeats_himself_without_end_is_cut_off(house):
    with house.receiver(limits=Limits(other_commands=5)) as receiver, raw(receiver) as session:
        session.say(b"NOOP\r\n" * 6)
        assert session.rest().splitlines()[-1] == b"421 4.7.0 NOOP sent too many times"


@pytest.mark.parametrize(
    "commands",
    [pytest.param(b"NOOP\r\n" * 100_000, id="pipelined"), pytest.param(b"x" * 600_000, id="a line without end")],
)
def test_who_speaks_without_waiting_for_replies_is_cut_off(house, commands):
    """Long before they would fill our memory: we offer no PIPELINING (RFC 2920)."""
    with house.receiver() as receiver, Raw(receiver) as session, contextlib.suppress(ConnectionError):
        session.say(commands)
        assert session.rest().splitlines()[-1] == b"421 4.7.0 Too much was said without waiting for a reply."


def test_who_takes_no_replies_is_cut_off(house):
    """RFC 5321 section 3.8's 421 is said, and who leaves that unread as well does not keep the connection by it."""
    limits = Limits(idle=timedelta(seconds=1), last_words=timedelta(seconds=1), other_commands=1_000_000)
    with house.receiver(limits=limits) as receiver, Raw(receiver) as session:
        session.socket.settimeout(0.2)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:  # until neither side's buffers take more
                session.say(b"HELP\r\n" * 20)
                time.sleep(0.001)
        wait_for(lambda: not receiver.connections, "end of the connection")


@pytest.mark.parametrize(
    "said", [pytest.param(b"", id="silence"), pytest.param(b"\x16\x03\x01\x02\x00\x01", id="a beginning")]
)
def test_a_tls_handshake_without_end_keeps_no_place(house, tls_files, said):
    """Nobody is told by asyncio of a connection that ends within it: it held its place for good."""
    limits = Limits(session=timedelta(seconds=1), last_words=timedelta(seconds=1))
    with house.receiver(limits=limits, **tls_files) as receiver, raw(receiver, b"STARTTLS\r\n") as session:
        session.say(said)
        assert receiver.connections == 1
        wait_for(lambda: not receiver.connections, "end of the connection")


def test_who_makes_room_within_a_tls_handshake_is_gone_at_once(house, tls_files):
    limits = Limits(connections=1, shares=())
    with house.receiver(limits=limits, **tls_files) as receiver, raw(receiver, b"STARTTLS\r\n") as session:
        with client(receiver) as other:
            assert other.noop()[0] == 250
        assert session.rest() == b""
        wait_for(lambda: not receiver.connections, "end of the connections")


def test_while_large_messages_fill_the_room_small_ones_are_taken(house):
    """452 4.3.1 for another large one, at the end of its data; none of it is kept meanwhile."""
    limits = Limits(small_message_octets=2_000, large_messages_octets=50_000)
    with contextlib.ExitStack() as stack, house.receiver(limits=limits) as receiver:
        first, second = (stack.enter_context(raw(receiver, SENDER, recipient(slot), b"DATA\r\n")) for slot in (2, 3))
        first.say((b"x" * 998 + b"\r\n") * 40)
        wait_for(lambda: receiver.message_octets > 39_000, "large message")
        second.say((b"x" * 998 + b"\r\n") * 40 + b".\r\n")
        assert second.reply() == b"452 4.3.1 Too many large messages at once; please try again in a minute.\r\n"
        with client(receiver) as session:
            assert send(session, address(), message(address()))[0] == 250
        first.say(b".\r\n")
        assert first.reply().startswith(b"250 ")
        for command in (SENDER, recipient(3), b"DATA\r\n"):
            second.say(command)
            assert second.reply()[:1] in b"23"
        second.say((b"x" * 998 + b"\r\n") * 40 + b".\r\n")
        assert second.reply().startswith(b"250 ")
        first.socket.close()
        assert receiver.message_octets == 0


def test_while_too_many_messages_wait_the_next_ones_are_sent_away_for_later(house):
    """451 4.3.2: nothing is accepted that cannot be looked at."""
    go_on = threading.Event()

    class SlowResolver(ZoneResolver):
        def lookup(self, name, rrtype, *, timeout_s=None):
            go_on.wait(10)
            return super().lookup(name, rrtype, timeout_s=timeout_s)

    slow = SlowResolver(ZONES)
    limits = Limits(evaluations=1, evaluations_waiting=1)
    with house.receiver(resolver=slow, limits=limits) as receiver, contextlib.ExitStack() as stack:
        for slot in (1, 2):
            waiting = stack.enter_context(raw(receiver, SENDER, recipient(slot), b"DATA\r\n"))
            waiting.say(b"x\r\n.\r\n")
        deadline = time.monotonic() + 10
        said = b""
        while not said.startswith(b"451") and time.monotonic() < deadline:
            with client(receiver) as session:
                session.sock.settimeout(0.5)
                with contextlib.suppress(Exception):
                    said = b"%d" % send(session, address(3), message(address(3)))[0]
        go_on.set()
    assert said == b"451"


def test_an_idle_thousand_does_not_keep_a_probe_waiting(house):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4096:
        pytest.skip(f"the machine allows {hard} open files; this needs 4096")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    limits = Limits(shares=())
    with contextlib.ExitStack() as stack, house.receiver(limits=limits) as receiver:
        for _ in range(1000):
            stack.enter_context(socket.create_connection(receiver.address, timeout=10))
        with client(receiver) as session:
            assert send(session, address(), message(address()))[0] == 250
            assert receiver.connections >= 1000, "some of them were sent away"


def test_the_end_waits_for_the_message_that_is_being_recorded(house):
    """Who is in the middle is answered; who is idle hears 421 4.3.2."""
    go_on, busy = threading.Event(), threading.Event()
    keep = house.record

    def keep_slowly(arrival):
        busy.set()
        go_on.wait(10)
        keep(arrival)

    house.record = keep_slowly
    with contextlib.ExitStack() as stack:
        with house.receiver() as receiver:
            idle = stack.enter_context(raw(receiver))
            sending = stack.enter_context(raw(receiver, SENDER, recipient(), b"DATA\r\n"))
            sending.say(b"x\r\n.\r\n")
            assert busy.wait(10)
            threading.Timer(0.2, go_on.set).start()
        assert sending.rest().startswith(b"250 2.0.0 Recorded; thank you.\r\n421 4.3.2 ")
        assert idle.rest().startswith(b"421 4.3.2 ")
    assert len(house.arrivals) == 1


SYSTEMD_CHILD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)  # here, not in the parent, whose descriptor 3 is somebody else's
os.environ["LISTEN_PID"] = str(os.getpid())
from monitor.receiver.sockets import systemd_socket
sock = systemd_socket()
print(sock.getsockname()[1] if sock else None)
"""


@pytest.mark.parametrize(
    ("v6only", "code", "says"),
    [pytest.param(1, 0, "", id="IPv6 only"), pytest.param(0, 1, "BindIPv6Only=ipv6-only", id="IPv4 could reach it")],
)
def test_the_socket_may_come_from_systemd(v6only, code, says):
    """As sd_listen_fds(3) hands it over: descriptor 3."""
    with socket.socket(socket.AF_INET6) as listening:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
        listening.bind(("::1" if v6only else "::", 0))
        listening.listen()
        child = subprocess.run(
            [sys.executable, "-c", SYSTEMD_CHILD, str(listening.fileno())],
            env=os.environ | {"LISTEN_FDS": "1"},
            pass_fds=[listening.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == code, child.stderr
        assert says in child.stderr
        if code == 0:
            assert child.stdout.strip() == str(listening.getsockname()[1])
    assert systemd_socket() is None


ROOT_CHILD = """
import os, signal, sys
from tests.integration.house import House
from monitor.model.vantage import Vantage
from tests.fakes import ZoneResolver
from monitor.receiver import server

def ready(receiver):
    try:
        os.setuid(0)
    except PermissionError:
        print(os.getresuid(), os.getresgid(), 0 in os.getgroups(), receiver.address[1] > 0, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

settings = Vantage(domain="v6.example.org", hostname="mx.example.org", listen=sys.argv[1])
server.run(settings, backend=House(), resolver=ZoneResolver({}), ready=ready, user="nobody")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_root_becomes_another_user_for_good():
    """Started by root it keeps the port and nothing else, and ends cleanly on SIGTERM."""
    with bind(("::1", 0)) as free:
        listen = f"[::1]:{free.getsockname()[1]}"
    child = subprocess.run([sys.executable, "-c", ROOT_CHILD, listen], capture_output=True, text=True, check=False)
    nobody, group = pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid
    assert child.stdout == f"{(nobody,) * 3} {(group,) * 3} False True\n", child.stderr
    assert child.returncode == 0
