"""What `staysub init` proposes of what DNS tells: only what is public and so, and one sentence where it is nothing."""

import re
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.admission.rules import load_rules
from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.errors import ConfigError
from monitor.managers.catalogue import MANAGERS
from monitor.proposal.file import LINES_MOST, short_example, written
from monitor.proposal.found import ADDRESSES_MOST, Arrival
from monitor.proposal.look import look
from monitor.proposal.propose import propose, read_address, remarks, why_unknown
from monitor.proposal.providers import provider_of
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ADDRESS = "ipv6-ops@lists.example.org"
DOMAIN, HOST = "lists.example.org", "mail.lists.example.org"
FOUR, SIX = "9.9.9.9", "2620:fe::9"


def pointer(address, *names):
    return {ip_address(address).reverse_pointer: {"PTR": list(names)}}


WHOLE = {
    DOMAIN: {"MX": [(10, HOST)], "TXT": [f"v=spf1 ip4:{FOUR} -all"]},
    HOST: {"A": [FOUR], "AAAA": [SIX]},
    **pointer(FOUR, HOST),
    **pointer(SIX, HOST),
}


def found(zones, errors=None):
    return look(DOMAIN, ZoneResolver(zones, errors), load_rules(), now=NOW)


def proposed(zones, errors=None):
    return propose(ADDRESS, found(zones, errors))


def file_of(zones, errors=None):
    one = found(zones, errors)
    return written(propose(ADDRESS, one), one, on=date(2026, 11, 28))


def test_everything_is_proposed_of_a_list_that_is_in_order():
    one = proposed(WHOLE)
    assert one.complete
    assert one.list_id == "ipv6-ops"
    assert [*map(str, one.outbound)] == [FOUR, SIX]
    assert one.helo == HOST
    assert one.reverse_path == "ipv6-ops-bounces@lists.example.org"
    assert one.owners == ("ipv6-ops-owner@lists.example.org",)
    assert (one.relay, one.manager) == ("smtp://localhost:25", "mailman3")


def test_the_file_says_what_was_found_and_is_good_as_it_stands():
    text = file_of(WHOLE)
    (listed,) = parse(text.encode(), Sources(), name="x").file_lists
    assert (listed.id, [*map(str, listed.outbound)], listed.helo) == ("ipv6-ops", [FOUR, SIX], HOST)
    assert f"#   MX   {HOST}" in text
    assert f"{FOUR}  PTR {HOST}; SPF pass" in text
    assert f"{SIX}  PTR {HOST}; SPF fail" in text
    assert f"SPF  v=spf1 ip4:{FOUR} -all" in text
    assert "`staysub config check`, `staysub check ipv6-ops`, `staysub run`" in text
    assert all(line.isprintable() and len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize(
    ("zones", "errors", "outbound", "helo", "says"),
    [
        pytest.param(
            {**WHOLE, HOST: {"A": [FOUR, "10.0.0.4", "192.0.2.7"], "AAAA": ["2001:db8::5", "fd00::1", SIX]}},
            {},
            [FOUR, SIX],
            HOST,
            "10.0.0.4 of mail.lists.example.org is left out: it is a private address (RFC 1918), which no receiver sees.",
            id="private and documentation addresses are left out",
        ),
        pytest.param(
            {**WHOLE, HOST: {"A": [FOUR], "AAAA": ["::ffff:9.9.9.10", SIX]}},
            {},
            [FOUR, SIX],
            HOST,
            "is left out: it is no public address (IPv4 in the form of IPv6), which no receiver sees.",
            id="an IPv4-mapped AAAA is rubbish",
        ),
        pytest.param(
            {**WHOLE, DOMAIN: {"A": [FOUR], "TXT": []}},
            {},
            [FOUR],
            HOST,
            "No IPv6 address was found",
            id="no MX: the domain itself, RFC 5321 section 5.1",
        ),
        pytest.param(
            {**WHOLE, **pointer(SIX)}, {}, [FOUR, SIX], HOST, f"{SIX} has no reverse name (PTR)", id="no PTR for one"
        ),
        pytest.param(
            {**WHOLE, **pointer(FOUR), **pointer(SIX)},
            {},
            [FOUR, SIX],
            HOST,
            f"{FOUR} has no reverse name (PTR)",
            id="no PTR at all: the mail server's own name",
        ),
        pytest.param(
            {**WHOLE, **pointer(FOUR, "out.example.net"), **pointer(SIX), "out.example.net": {"A": [FOUR]}},
            {},
            [FOUR, SIX],
            "out.example.net",
            f"{SIX} has no reverse name",
            id="another name in the PTR",
        ),
        pytest.param(
            {**WHOLE, **pointer(FOUR, "liar.example.net"), **pointer(SIX)},
            {},
            [FOUR, SIX],
            HOST,
            f"{SIX} has no reverse name",
            id="a PTR that does not lead back is nobody's name",
        ),
        pytest.param(
            {
                **WHOLE,
                DOMAIN: {"MX": [(10, HOST), (20, "aspmx.l.google.com")]},
                "aspmx.l.google.com": {"A": ["8.8.8.8"]},
            },
            {},
            [FOUR, SIX],
            HOST,
            "aspmx.l.google.com belongs to Google, which sends from other addresses",
            id="one's own and a provider's",
        ),
        pytest.param(
            WHOLE,
            {(HOST, "AAAA"): "timeout"},
            [FOUR],
            HOST,
            "DNS did not tell every address of mail.lists.example.org",
            id="DNS tells half",
        ),
        pytest.param(
            WHOLE,
            {ip_address(SIX).reverse_pointer: "timeout"},
            [FOUR, SIX],
            HOST,
            "",
            id="an unanswered PTR is no missing one",
        ),
    ],
)
def test_what_is_odd_is_said_and_the_rest_proposed(zones, errors, outbound, helo, says):
    one = found(zones, errors)
    made = propose(ADDRESS, one)
    assert ([*map(str, made.outbound)], made.helo) == (outbound, helo)
    assert says in "\n".join(remarks(one, made.outbound))
    assert why_unknown(one) == ""
    parse(file_of(zones, errors).encode(), Sources(), name="x")


@pytest.mark.parametrize(
    ("zones", "errors", "says"),
    [
        pytest.param({DOMAIN: {"MX": [(0, ".")]}}, {}, "takes no mail (a null MX, RFC 7505)", id="null MX"),
        pytest.param({}, {}, "There is no domain lists.example.org in DNS.", id="NXDOMAIN"),
        pytest.param({DOMAIN: {"TXT": ["x"]}}, {}, "neither an MX record nor an address", id="neither MX nor address"),
        pytest.param(WHOLE, {DOMAIN: "timeout"}, "DNS did not tell where mail for lists.example.org", id="silence"),
        pytest.param(
            WHOLE, {HOST: "servfail"}, "DNS did not tell the addresses of the mail servers", id="silence of the host"
        ),
        pytest.param(
            {DOMAIN: {"MX": [(1, "aspmx.l.google.com")]}, "aspmx.l.google.com": {"A": ["8.8.8.8"]}},
            {},
            "arrives at Google (aspmx.l.google.com), which sends from other addresses than it receives at.",
            id="Google Workspace",
        ),
        pytest.param(
            {DOMAIN: {"MX": [(0, "x-org.mail.protection.outlook.com")]}},
            {},
            "arrives at Exchange Online (x-org.mail.protection.outlook.com)",
            id="Exchange Online",
        ),
        pytest.param(
            {DOMAIN: {"MX": [(0, "in1-smtp.messagingengine.com")]}}, {}, "arrives at Fastmail", id="a gateway"
        ),
        pytest.param({DOMAIN: {"MX": [(10, HOST)]}}, {}, "have no address in DNS.", id="a host that is not there"),
        pytest.param(
            {DOMAIN: {"MX": [(10, HOST)]}, HOST: {"A": ["192.168.1.2", "192.0.2.1"]}},
            {},
            "have no public address in DNS (documentation, private only).",
            id="none public",
        ),
        pytest.param({DOMAIN: {"MX": [(10, "localhost")]}}, {}, "have no address in DNS.", id="an MX that is no host"),
    ],
)
def test_where_nothing_can_be_proposed_a_sentence_says_why_and_the_file_what_to_do(zones, errors, says):
    one = found(zones, errors)
    made = propose(ADDRESS, one)
    assert (made.outbound, made.helo, made.complete) == ((), "", False)
    why = why_unknown(one)
    assert says in why
    assert why.count(". ") == 0
    text = file_of(zones, errors)
    assert '#outbound = ["…", "…"]' in text
    assert "Received line" in text
    with pytest.raises(ConfigError) as refused:
        parse(text.encode(), Sources(), name="x")
    assert {where for where, _ in refused.value.faults} == {"list[0].outbound", "list[0].helo"}
    filled = text.replace('#outbound = ["…", "…"]', f'outbound = ["{FOUR}"]').replace('#helo = "…"', f'helo = "{HOST}"')
    parse(filled.encode(), Sources(), name="x")


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("ASPMX2.googlemail.com.", "Google"),
        ("x-org.mail.protection.outlook.com", "Exchange Online"),
        ("mx0a-0012.pphosted.com", "Proofpoint"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "Amazon SES"),
        ("ec2-9-9-9-9.compute-1.amazonaws.com", None),
        ("mx1.mail.ovh.net", "OVHcloud"),
        ("ns3012345.ip-9-9-9.ovh.net", None),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mail.lists.example.org", None),
        ("google.com.example.org", None),
    ],
)
def test_a_provider_is_known_by_the_names_of_its_service(host, provider):
    assert provider_of(host, load_rules()) == provider


def test_silence_is_not_absence():
    assert found(WHOLE, {DOMAIN: "timeout"}).arrival is Arrival.SILENT
    assert found({DOMAIN: {}}, {(DOMAIN, "A"): "timeout"}).arrival is Arrival.SILENT
    assert found({DOMAIN: {"TXT": ["x"]}}).arrival is Arrival.NOWHERE


def test_the_largest_file_is_two_screens():
    """Many hosts with many addresses, odd ones, and a record as long as DNS takes them."""
    hosts = [f"a-rather-long-name-of-a-mail-server-{n}.{DOMAIN}" for n in range(9)]
    zones = {DOMAIN: {"MX": [(n, host) for n, host in enumerate(hosts)], "TXT": ["v=spf1 " + "ip4:9.9.9.9 " * 300] * 3}}
    for n, host in enumerate(hosts):
        six = [f"2620:fe:{n:x}:1111:2222:3333:4444:{m:x}" for m in range(0x1000, 0x1008)]
        zones[host] = {"A": [f"10.0.{n}.{m}" for m in range(5)], "AAAA": six}
    one = found(zones)
    made = propose(ADDRESS, one)
    assert len(made.outbound) == ADDRESSES_MOST
    made = replace(made, nameservers=("127.0.0.1:53", "[::1]:53"))
    text = written(made, one, on=date(2026, 11, 28), mta_log=("opensmtpd", Path("/var/log/mail.log")))
    assert len(text.splitlines()) <= LINES_MOST
    assert all(len(line) <= 125 for line in text.splitlines())
    assert len(parse(text.encode(), Sources(), name="x").file_lists[0].outbound) == ADDRESSES_MOST


def test_text_from_dns_can_do_nothing_in_the_file():
    """Neither line ends, quotes and escapes of a TXT record nor those of a name."""
    hostile = 'v=spf1 a\n[web]\nlisten = "0.0.0.0:80"\n#\x1b[31m"""\u202e'
    name = "x\\010y.example"
    zones = {**WHOLE, DOMAIN: {"MX": [(10, HOST)], "TXT": [hostile]}, **pointer(FOUR, name), name: {"A": [FOUR]}}
    text = file_of(zones)
    assert set(tomllib.loads(text)) == {"notices", "list"}
    assert all(line.isprintable() for line in text.splitlines())
    assert parse(text.encode(), Sources(), name="x").file_lists[0].helo == HOST


def test_the_questions_have_one_end():
    """A resolver that is never done holds nobody up: what was not told in time is silent."""
    one = look(DOMAIN, ZoneResolver(WHOLE), load_rules(), now=NOW, within=timedelta(0))
    assert (one.arrival, one.public) == (Arrival.SILENT, ())


@pytest.mark.parametrize(
    ("manager", "bounces", "owner"),
    [
        ("mailman2", "dev-bounces", "dev-owner"),
        ("mailman3", "dev-bounces", "dev-owner"),
        ("sympa", "dev-owner", "dev-request"),
        ("mlmmj", "dev+bounces", "dev+owner"),
        ("ezmlm", "dev-return", "dev-owner"),
        ("listserv", "owner-dev", "dev-request"),
        ("listmonk", "dev-bounces", "dev-owner"),
    ],
)
def test_each_manager_has_its_habits(manager, bounces, owner):
    made = propose("dev@lists.example.org", found(WHOLE), manager=manager)
    assert (made.reverse_path, made.owners) == (f"{bounces}@{DOMAIN}", (f"{owner}@{DOMAIN}",))
    assert made.manager in MANAGERS


@pytest.mark.parametrize(
    ("given", "address", "list_id"),
    [
        ("dev@lists.example.org", "dev@lists.example.org", "dev"),
        ("  Dev@LISTS.Example.ORG. ", "Dev@lists.example.org", "dev"),
        ("<dev@lists.example.org>", "dev@lists.example.org", "dev"),
        ("The developers <dev@lists.example.org>", "dev@lists.example.org", "dev"),
        ("mailto:dev@lists.example.org?subject=help", "dev@lists.example.org", "dev"),
        ("<MAILTO:dev@lists.example.org>", "dev@lists.example.org", "dev"),
        ("dev@bücher.example", "dev@xn--bcher-kva.example", "dev"),
        ("a+b!c@lists.example.org", "a+b!c@lists.example.org", "a-b-c"),
        ("why?@lists.example.org", "why?@lists.example.org", "why"),
        ("_@lists.example.org", "_@lists.example.org", "list"),
        (f"{'x' * 64}@lists.example.org", f"{'x' * 64}@lists.example.org", "x" * 63),
    ],
)
def test_an_address_is_taken_as_people_paste_it(given, address, list_id):
    assert read_address(given) == address
    assert propose(address, found(WHOLE)).list_id == list_id


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("dev", "must be a mail address"),
        ("lists.example.org", "must be a mail address"),
        ("", "must be a mail address"),
        ("dev@localhost", "is no domain"),
        ("dev@[192.0.2.1]", "is no domain"),
        ("dev@[IPv6:2001:db8::1]", "is no domain"),
        ("dev@192.0.2.1", "must be a domain, not the IP address"),
        ("dév@lists.example.org", "before the @ that mail cannot carry"),
        ("a@b@lists.example.org", "must be a mail address"),
        ("dev @lists.example.org", "before the @ that mail cannot carry"),
    ],
)
def test_what_is_no_posting_address_is_said_to_be_none(given, says):
    with pytest.raises(ValueError, match=says):
        read_address(given)


def test_the_short_example_is_good_and_fits_one_screen():
    text = short_example()
    assert len(text.splitlines()) <= 24
    assert all(len(line) <= 120 for line in text.splitlines())
    (listed,) = parse(text.encode(), Sources(), name="x").file_lists
    assert listed.id == "ipv6-ops"
    assert listed.owners


def test_a_log_of_this_machine_stands_there_to_be_taken_up():
    """Commented, since the list's mail may leave elsewhere; without the # it is a good configuration."""
    one = found(WHOLE)
    text = written(propose(ADDRESS, one), one, on=date(2026, 11, 28), mta_log=("exim", Path("/var/log/exim4/mainlog")))
    assert "mta_log" not in tomllib.loads(text)
    taken_up = re.sub(r"^#(\[\[mta_log|kind|path)", r"\1", text, flags=re.MULTILINE)
    (log,) = parse(taken_up.encode(), Sources(), name="x").mta_logs
    assert (log.kind, log.id, log.path) == ("exim", "exim", Path("/var/log/exim4/mainlog"))
