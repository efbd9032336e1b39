"""One question's way over the servers: whom to ask next, how, and when to give up. No socket, no clock."""

import pytest

from monitor.dns.resolution import Resolution
from monitor.dns.servers import Server, ServerOrder, parse_server
from monitor.dns.wire import Message, ResourceRecord
from monitor.errors import UsageError

ONE, TWO = Server("192.0.2.1"), Server("2001:db8::2", 5353)


def message(*answers, rcode="NOERROR", truncated=False, authoritative=True, soa=None, authority=()):
    if soa is not None:
        authority = (ResourceRecord("example.org", "SOA", soa[0], str(soa[1])),)
    return Message(rcode, truncated, authoritative, False, tuple(answers), tuple(authority))


def record(name, rrtype, value, ttl_s=300):
    return ResourceRecord(name, rrtype, ttl_s, value)


def resolve(*events, servers=(ONE, TWO), rrtype="A", timeout_s=4.0):
    """Feed the events, a Message or a reason each; gives the resolution and the attempts as (server, tcp, edns)."""
    resolution = Resolution("example.org", rrtype, servers, started=100.0, timeout_s=timeout_s)
    attempts, now = [], 100.0
    for event in events:
        attempt = resolution.next_attempt(now)
        assert attempt is not None, f"gave up before {event}"
        attempts.append((attempt.server, attempt.tcp, attempt.edns))
        if event == "timeout":
            now += attempt.timeout_s
        if isinstance(event, Message):
            resolution.message(attempt, event, now)
        else:
            resolution.trouble(attempt, event)
    last = resolution.next_attempt(now)
    return resolution, attempts, last


GOOD = message(record("example.org", "A", "192.0.2.80"))


@pytest.mark.parametrize(
    ("events", "attempts"),
    [
        pytest.param([GOOD], [(ONE, False, True)], id="first server"),
        pytest.param(["timeout", GOOD], [(ONE, False, True), (TWO, False, True)], id="silence: the next"),
        pytest.param(["network", GOOD], [(ONE, False, True), (TWO, False, True)], id="unreachable: the next"),
        pytest.param(
            [message(rcode="SERVFAIL"), GOOD], [(ONE, False, True), (TWO, False, True)], id="SERVFAIL: the next"
        ),
        pytest.param(
            [message(rcode="REFUSED"), GOOD], [(ONE, False, True), (TWO, False, True)], id="REFUSED: the next"
        ),
        pytest.param(
            [message(authoritative=False, authority=[record("org", "NS", "ns.example")]), GOOD],
            [(ONE, False, True), (TWO, False, True)],
            id="referral: the next",
        ),
        pytest.param(
            [message(truncated=True), GOOD], [(ONE, False, True), (ONE, True, True)], id="truncated: TCP, RFC 7766 §5"
        ),
        pytest.param(
            [message(truncated=True), "network", GOOD],
            [(ONE, False, True), (ONE, True, True), (TWO, False, True)],
            id="TCP refused: the next",
        ),
        pytest.param(
            [message(rcode="FORMERR"), GOOD],
            [(ONE, False, True), (ONE, False, False)],
            id="FORMERR: no EDNS, RFC 6891 §7",
        ),
        pytest.param(
            [message(rcode="BADVERS"), GOOD],
            [(ONE, False, True), (ONE, False, False)],
            id="BADVERS: no EDNS, RFC 6891 §6.1.3",
        ),
        pytest.param(
            ["timeout"] * 4 + [GOOD],
            [(ONE, False, True), (TWO, False, True)] * 2 + [(ONE, False, False)],
            id="twice silent: no EDNS, RFC 6891 §6.2.2",
        ),
        pytest.param(
            [message(rcode="SERVFAIL"), message(rcode="REFUSED"), GOOD],
            [(ONE, False, True), (TWO, False, True), (ONE, False, False)],
            id="SERVFAIL may pass: once more, without EDNS",
        ),
        pytest.param(
            ["timeout", "timeout", GOOD],
            [(ONE, False, True), (TWO, False, True), (ONE, False, True)],
            id="second round",
        ),
    ],
)
def test_whom_to_ask_next(events, attempts):
    resolution, made, last = resolve(*events)
    assert resolution.answer is not None
    assert (resolution.answer.strings, made, last) == (("192.0.2.80",), attempts, None)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        pytest.param(["timeout"] * 9, "timeout", id="nobody answers"),
        pytest.param([message(rcode="REFUSED"), message(rcode="REFUSED")], "refused", id="all say no"),
        pytest.param([message(rcode="SERVFAIL")] * 4, "servfail", id="SERVFAIL again and again"),
        pytest.param(
            [message(rcode="SERVFAIL"), *["timeout"] * 6],
            "servfail",
            id="what was said outweighs silence",
        ),
        pytest.param(["network", "network"], "network", id="no network"),
        pytest.param(["malformed"] * 10, "malformed", id="nonsense"),
        pytest.param([message(record("example.org", "CNAME", "example.org"))], "cname-chain", id="alias of itself"),
    ],
)
def test_when_to_give_up(events, reason):
    resolution, _, last = resolve(*events)
    assert last is None
    assert resolution.error is not None
    assert resolution.error.reason == reason
    assert resolution.error.question.rcode == reason.upper()


@pytest.mark.parametrize(
    ("response", "rcode", "records", "cache_s"),
    [
        pytest.param(GOOD, "NOERROR", ("192.0.2.80",), 300, id="TTL"),
        pytest.param(message(record("example.org", "A", "192.0.2.80", 1 << 30)), "NOERROR", ("192.0.2.80",), 86400, id="TTL is capped"),
        pytest.param(message(rcode="NXDOMAIN", soa=(900, 60)), "NXDOMAIN", (), 60, id="negative TTL is the lesser, RFC 2308 §5"),
        pytest.param(message(soa=(30, 900)), "NOERROR", (), 30, id="no data, RFC 2308 §2.2"),
        pytest.param(message(), "NOERROR", (), 0, id="no data without SOA is not kept, RFC 2308 §5"),
        pytest.param(message(authoritative=False), "NOERROR", (), 0, id="no data without any sign, RFC 2308 §2.2 type 3"),
        pytest.param(message(*[record("example.org", "A", "192.0.2.80")] * 2), "NOERROR", ("192.0.2.80",), 300, id="twice the same record, RFC 2181 §5"),
        pytest.param(message(record("other.org", "A", "192.0.2.66")), "NOERROR", (), 0, id="records of another name are ignored"),
        pytest.param(
            message(record("example.org", "CNAME", "www.example.org", 20), record("www.example.org", "A", "192.0.2.81")),
            "NOERROR", ("192.0.2.81",), 20, id="alias in one response",
        ),
        pytest.param(
            message(record("example.org", "CNAME", "gone.example.org"), rcode="NXDOMAIN", soa=(60, 60)),
            "NXDOMAIN", (), 60, id="alias to nothing, RFC 2308 §2.1",
        ),
    ],
)  # fmt: skip
def test_what_a_response_says(response, rcode, records, cache_s):
    resolution, _, _ = resolve(response)
    assert resolution.answer is not None
    assert (resolution.answer.rcode, resolution.answer.records, resolution.cache_s) == (rcode, records, cache_s)


def test_an_alias_out_of_the_zone_is_asked_for():
    resolution = Resolution("example.org", "A", (ONE,), started=0, timeout_s=5)
    first = resolution.next_attempt(0)
    resolution.message(first, message(record("example.org", "CNAME", "www.example.net")), 0)
    second = resolution.next_attempt(0)
    assert b"\x03www\x07example\x03net\x00" in second.asked
    resolution.message(second, message(record("www.example.net", "A", "192.0.2.1")), 0)
    assert resolution.answer.strings == ("192.0.2.1",)
    assert resolution.answer.question.name == "example.org"


def test_a_name_that_cannot_be_is_not_asked_for():
    resolution = Resolution("a..example.org", "A", (ONE,), started=0, timeout_s=5)
    assert resolution.next_attempt(0) is None
    assert resolution.answer.records == ()


def test_the_time_limit_is_kept():
    """However many servers there are, and whatever they do."""
    resolution = Resolution("example.org", "A", [Server(f"192.0.2.{n}") for n in range(1, 9)], started=0, timeout_s=2)
    now, attempts = 0.0, 0
    while (attempt := resolution.next_attempt(now)) is not None:
        assert attempt.timeout_s <= 2 - now
        now += attempt.timeout_s
        attempts += 1
        resolution.trouble(attempt, "timeout")
    assert now == pytest.approx(2)
    assert attempts == 5


def test_a_datagram_that_is_lost_is_soon_sent_again():
    """Five times within the time, each wait about twice the one before (RFC 1035 section 4.2.1)."""
    resolution = Resolution("example.org", "A", [ONE], started=0, timeout_s=12.4)
    now, waits = 0.0, []
    while (attempt := resolution.next_attempt(now)) is not None:
        waits.append(attempt.timeout_s)
        now += attempt.timeout_s
        resolution.trouble(attempt, "timeout")
    assert waits == pytest.approx([0.4, 0.8, 1.6, 3.2, 6.4])


def test_an_answer_to_an_earlier_message_counts():
    """The server is slow: what it says to the first message ends the question while the second is on its way."""
    resolution = Resolution("example.org", "A", [ONE], started=0, timeout_s=6)
    first = resolution.next_attempt(0)
    resolution.trouble(first, "timeout")
    second = resolution.next_attempt(1)
    resolution.message(first, GOOD, 1.5)
    assert resolution.answer.strings == ("192.0.2.80",)
    resolution.message(second, message(rcode="NXDOMAIN"), 1.6)
    assert resolution.answer.strings == ("192.0.2.80",)


def test_a_server_that_knows_no_edns_is_remembered():
    order = ServerOrder([ONE, TWO])
    order.worked(ONE, 0, edns=False)
    assert order.plain(1) == (ONE,)
    order.worked(ONE, 1, edns=True)
    assert order.plain(2) == ()
    order.worked(ONE, 3, edns=False)
    assert order.plain(4) == (), "it did answer the option: only a datagram was lost"
    order.worked(TWO, 0, edns=False)
    assert order.plain(899) == (TWO,)
    assert order.plain(901) == (), "it may have been mended"
    resolution = Resolution("example.org", "A", [TWO], started=0, timeout_s=6, plain=(TWO,))
    assert not resolution.next_attempt(0).edns


def test_servers_take_turns_and_one_that_failed_comes_last():
    order = ServerOrder([ONE, TWO])
    assert {order.order(0)[0], order.order(0)[0]} == {ONE, TWO}
    order.failed(ONE, 0)
    assert [order.order(1)[0] for _ in range(4)] == [TWO] * 4
    assert {order.order(60)[0], order.order(60)[0]} == {ONE, TWO}


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.53", Server("192.0.2.53", 53)),
        ("192.0.2.53:5353", Server("192.0.2.53", 5353)),
        ("2001:db8::53", Server("2001:db8::53", 53)),
        ("[2001:DB8::53]", Server("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", Server("2001:db8::53", 5353)),
    ],
)
def test_how_servers_are_written(text, server):
    assert parse_server(text) == server
    assert parse_server(str(server)) == server


@pytest.mark.parametrize(
    "text",
    ["", "ns.example.org", "192.0.2.53:", "192.0.2.53:0", "[2001:db8::53]5353", "192.0.2.53:70000", "[::1", "::1:x"],
)
def test_how_servers_are_not_written(text):
    with pytest.raises(UsageError):
        parse_server(text)
