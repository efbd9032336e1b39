"""The demonstration's world holds together: zones, configuration, catchers, the PROXY header."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from ipaddress import IPv6Address

import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from aiosmtpd.proxy_protocol import PROTO, V2_CMD, get_proxy
from standardwebhooks.webhooks import Webhook

from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.demo.catch import KEPT, Catch
from monitor.demo.guide import guide
from monitor.demo.mta import proxy_header
from monitor.demo.nameserver import SPELL_S, SPELLS, NameServer, Zones, in_bad_spell
from monitor.demo.plan import Plan, configuration
from monitor.demo.stories import STORIES, falters, zones

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


def world(*mended):
    loaded = Zones()
    loaded.load(zones(mended, serial=1, dkim_key="QUJD"))
    return loaded


def ask(loaded, name, rrtype):
    answer = loaded.answer(dns.message.make_query(name, rrtype))
    return answer.rcode(), [rdata.to_text() for rrset in answer.answer for rdata in rrset]


@pytest.mark.parametrize("one", STORIES, ids=lambda one: one.id)
def test_each_list_has_the_records_that_its_story_tells(one):
    """SPF and PTR before and after mending; addresses forward and back."""
    for mended in ((), (one.id,)):
        loaded = world(*mended)
        spf = one.mended_spf if mended and one.mended_spf else one.spf
        assert ask(loaded, one.domain, "TXT") == (dns.rcode.NOERROR, [f'"{spf}"'] if spf else [])
        assert ask(loaded, one.helo, "AAAA") == (dns.rcode.NOERROR, [str(one.ipv6)])
        rcode, names = ask(loaded, one.ipv6.reverse_pointer, "PTR")
        assert names == ([f"{one.helo}."] if one.ptr or mended else [])
        assert rcode == (dns.rcode.NOERROR if names else dns.rcode.NXDOMAIN)


@pytest.mark.parametrize(
    ("name", "rrtype", "rcode", "records"),
    [
        pytest.param("v6.probe.example", "MX", "NOERROR", ["10 mx.v6.probe.example."], id="the probes' MX"),
        pytest.param("mx.v6.probe.example", "A", "NOERROR", [], id="the receiver has no A: no data"),
        pytest.param("nobody.garden-club.example", "A", "NXDOMAIN", [], id="no name"),
        pytest.param("_domainkey.garden-club.example", "TXT", "NOERROR", [], id="empty non-terminal, RFC 8020"),
        pytest.param("elsewhere.test", "A", "NXDOMAIN", [], id="the world is small"),
        pytest.param("_dmarc.bank.example", "TXT", "NOERROR", ['"v=DMARC1; p=reject"'], id="the bank's DMARC"),
    ],
)
def test_the_name_server_answers_with_authority(name, rrtype, rcode, records):
    assert ask(world(), name, rrtype) == (dns.rcode.from_text(rcode), records)


@pytest.mark.parametrize("one", STORIES, ids=lambda one: one.id)
def test_every_subscriber_of_the_small_world_can_be_reached(one):
    """A domain without mail servers would take no mail, and nobody there would be in danger."""
    for domain in one.subscribers:
        (exchange,) = ask(world(), domain, "MX")[1]
        assert ask(world(), exchange.split()[1], "A")[1], domain


def test_a_faltering_server_fails_in_spells_until_it_is_mended():
    mended = set()
    clock = [0.0]
    server = NameServer(world(), lambda name: falters(name, mended), clock=lambda: clock[0])

    def rcode(name):
        return dns.message.from_wire(server.respond(dns.message.make_query(name, "TXT").to_wire(), limit=1232)).rcode()

    spells = [in_bad_spell(n * SPELL_S) for n in range(SPELLS)]
    assert sum(spells) == 4
    clock[0] = (spells.index(True) + 0.99) * SPELL_S
    assert rcode("CHESS-club.example") == dns.rcode.SERVFAIL
    assert rcode("choir.example") == dns.rcode.NOERROR
    mended.add("chess-club")
    assert rcode("chess-club.example") == dns.rcode.NOERROR
    mended.clear()
    clock[0] = spells.index(False) * SPELL_S
    assert rcode("chess-club.example") == dns.rcode.NOERROR


@pytest.mark.parametrize(
    "octets", [b"", b"\0" * 11, b"\xff" * 40, dns.message.make_query("x.", "A", id=1).to_wire()[:-3]]
)
def test_what_is_no_query_gets_no_answer(octets):
    assert NameServer(world(), lambda _: False).respond(octets, limit=512) is None


def test_a_long_answer_is_truncated_over_udp_and_whole_over_tcp():
    long = Zones()
    strings = " ".join([f'"{"x" * 250}"'] * 3)
    long.load({"x.example.": f"@ 2 IN SOA ns. host. 1 1 1 1 1\n@ 2 IN NS ns.\n@ 2 IN TXT {strings}\n"})
    query = dns.message.make_query("x.example", "TXT").to_wire()
    udp, tcp = (
        dns.message.from_wire(NameServer(long, lambda _: False).respond(query, limit=limit)) for limit in (512, 65535)
    )
    assert udp.flags & dns.flags.TC
    assert not udp.answer
    assert not tcp.flags & dns.flags.TC
    assert len(tcp.answer) == 1


PLAN = Plan(
    data_dir="/srv/demo",
    web=8025,
    workshop=8026,
    dns=5300,
    receiver=2500,
    mail=2501,
    mtas={one.id: 2600 + one.number for one in STORIES},
    secret=SECRET,
    dkim_seed="QUJD",
)


def test_the_plan_is_a_good_configuration():
    settings = parse(configuration(PLAN).encode(), Sources(), name="x")
    assert [one.id for one in settings.file_lists] == [one.id for one in STORIES]
    assert settings.web.url == "http://127.0.0.1:8025"
    assert settings.receivers[0].listen == "[::1]:2500"


def test_the_guide_says_where_to_look_and_what_to_press():
    with_keys = guide(PLAN, keys=True, command="staysub")
    assert PLAN.pages in with_keys
    assert "Press f" in with_keys
    without = guide(PLAN, keys=False, command=".venv/bin/staysub")
    assert "Press f" not in without
    assert ".venv/bin/staysub init asks for its address" in without


def test_a_webhook_is_caught_with_whether_its_signature_is_right():
    catch = Catch()
    body = json.dumps({"type": "list.risk.raised"})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "n1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("n1", now, body),
    }
    right = catch.add_webhook(body.encode(), headers, secret=SECRET, list_id="choir", at=AT)
    wrong = catch.add_webhook(b'{"type": "x"}', headers, secret=SECRET, list_id="choir", at=AT)
    none = catch.add_webhook(b"\xff", {}, secret=SECRET, list_id="choir", at=AT)
    assert (right.verified, right.subject) == (True, "list.risk.raised")
    assert (wrong.verified, none.verified) == (False, False)
    assert catch.newest_first() == [none, wrong, right]
    assert catch.get(right.number) is right


def test_a_mail_is_caught_in_both_its_forms_and_the_catch_is_bounded():
    catch = Catch()
    mail = (
        b"Subject: =?utf-8?q?Gef=C3=A4hr?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--\r\n"
    )
    caught = catch.add_mail(mail, "owner@choir.example", at=AT)
    assert (caught.subject, caught.text.strip(), caught.html.strip()) == ("Gefähr", "plain", "<p>html")
    for _ in range(KEPT + 5):
        catch.add_mail(b"\xff\r\n\r\n\xff", "x", at=AT)
    assert len(catch.newest_first()) == KEPT


def test_the_proxy_header_is_read_back_by_a_parser_that_is_not_ours():
    async def read_back():
        stream = asyncio.StreamReader()
        stream.feed_data(proxy_header(IPv6Address("2001:db8:2::25"), IPv6Address("::1"), 40000, 2525))
        return await get_proxy(stream)

    data = asyncio.run(read_back())
    assert (data.src_addr, data.src_port) == (IPv6Address("2001:db8:2::25"), 40000)
    assert (data.protocol, data.command) == (PROTO.STREAM, V2_CMD.PROXY)
