"""DNS64: prefixes found out by RFC 7050, and what a resolver makes up told from what the world sees. No socket."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dns.discovery import LEAST_S, MOST_S, Discovery
from monitor.dns.dns64 import LENGTHS, NAME, WELL_KNOWN, doubtful, embedded, genuine, prefixes_in
from monitor.dns.name import labels_of
from monitor.dns.resolution import Resolution
from monitor.dns.servers import Server, ServerOrder
from monitor.dns.wire import Message, ResourceRecord, question

SERVER = Server("192.0.2.53")
WELL_KNOWN_PREFIX, OWN, LOCAL = map(IPv6Network, ("64:ff9b::/96", "2001:db8:122:344::/64", "64:ff9b:1::/48"))
V4 = "192.0.2.33"


def made(prefix, address):
    """The IPv6 address that DNS64 makes of an IPv4 one: bits 64 to 71 are left free (RFC 6052 section 2.2)."""
    before, octets, inside = prefix.prefixlen // 8, iter(IPv4Address(address).packed), bytearray(prefix[0].packed)
    places = [at for at in range(16) if at >= before and at != 8] if before < 12 else range(12, 16)
    for at in islice(places, 4):
        inside[at] = next(octets)
    return str(IPv6Address(bytes(inside)))


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
        ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
    ],
)
def test_the_examples_of_rfc_6052_section_2_4(prefix, address):
    network = IPv6Network(prefix)
    assert IPv6Address(made(network, V4)) == IPv6Address(address)
    assert embedded(IPv6Address(address), network.prefixlen) == IPv4Address(V4)


prefixes = st.builds(
    lambda number, length: IPv6Network((number & ~(0xFF << 56), length), strict=False),
    st.integers(0, 2**128 - 1),
    st.sampled_from(LENGTHS),
)


@given(prefix=prefixes, address=st.ip_addresses(v=4))
def test_what_is_made_up_is_recognised_by_any_prefix(prefix, address):
    """Of whatever length: from the two well-known addresses alone."""
    found = prefixes_in(made(prefix, each) for each in WELL_KNOWN)
    assert found == (prefix,)
    mine = made(prefix, address)
    assert doubtful("mx.example.org", "AAAA", (mine,), found) == ("mx.example.org", "A")
    assert genuine("AAAA", (mine,), (str(address),), found) == ((), (mine,))


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param(("2001:db8::1", "no address", "2001:db8::c000:aa:0"), (), id="a liar for all names"),
        pytest.param((made(OWN, "192.0.0.171"),), (OWN,), id="one address alone"),
        pytest.param(
            tuple(made(each, "192.0.0.170") for each in (WELL_KNOWN_PREFIX, OWN, LOCAL)),
            (WELL_KNOWN_PREFIX, OWN, LOCAL),
            id="several prefixes",
        ),
        pytest.param(
            ("2001:db8:c000:aa::192.0.0.170", "2001:db8:c000:aa::192.0.0.171"),
            (IPv6Network("2001:db8:c000:aa::/96"),),
            id="the prefix itself looks like the address, RFC 7050 section 3",
        ),
    ],
)
def test_prefixes_are_found_out(addresses, found):
    assert prefixes_in(addresses) == found


def dns64(zones, *prefixes, pointers=True):
    """A server that makes addresses up: question section → message, and what it was asked."""
    asked = []

    def records(name, rrtype):
        if rrtype == "AAAA" and not zones.get((name, rrtype)):
            return [made(prefix, each) for prefix in prefixes for each in zones.get((name, "A"), ())]
        if rrtype == "PTR" and pointers and name.endswith("ip6.arpa"):
            for (owner, _), names in zones.items():
                if any(ip_address(made(each, V4)).reverse_pointer == name for each in prefixes) and "2.0.192" in owner:
                    return names
        return zones.get((name, rrtype), ())

    def answer(section):
        kinds = ("A", "AAAA", "PTR")
        names = {name for name, _ in zones} | {ip_address(made(each, V4)).reverse_pointer for each in prefixes}
        name, rrtype = next((n, t) for n in names for t in kinds if question(labels_of(n), t) == section)
        asked.append((name, rrtype))
        found = [ResourceRecord(name, rrtype, 300, each) for each in records(name, rrtype)]
        soa = () if found else (ResourceRecord("example.org", "SOA", 60, "60"),)
        return Message("NOERROR", False, False, True, tuple(found), soa)

    return answer, asked


def carried(resolution, answer):
    while (attempt := resolution.next_attempt(0.0)) is not None:
        said = answer(attempt.asked)
        if isinstance(said, str):
            resolution.trouble(attempt, said)
        else:
            resolution.message(attempt, said, 0.0)
    return resolution


def looked_up(name, rrtype, answer, *known):
    resolution = Resolution(name, rrtype, (SERVER,), started=0.0, timeout_s=5.0, prefixes=lambda _: known)
    return carried(resolution, answer)


ZONES = {
    ("four.example.org", "A"): (V4, "192.0.2.34"),
    ("both.example.org", "A"): (V4,),
    ("both.example.org", "AAAA"): ("2001:db8::33",),
    ("odd.example.org", "A"): (V4,),
    ("odd.example.org", "AAAA"): (made(WELL_KNOWN_PREFIX, "198.51.100.7"),),
    ("33.2.0.192.in-addr.arpa", "PTR"): ("four.example.org",),
}


@pytest.mark.parametrize("prefix", [WELL_KNOWN_PREFIX, OWN, LOCAL], ids=str)
def test_a_host_without_ipv6_has_none_whatever_the_resolver_says(prefix):
    answer, asked = dns64(ZONES, prefix)
    found = looked_up("four.example.org", "AAAA", answer, prefix).answer
    assert (found.rcode, found.records) == ("NOERROR", ())
    assert found.question.synthesised == tuple(made(prefix, each) for each in (V4, "192.0.2.34"))
    assert asked == [("four.example.org", "AAAA"), ("four.example.org", "A")]


@pytest.mark.parametrize(
    ("name", "known", "records", "questions"),
    [
        pytest.param(
            "both.example.org", (WELL_KNOWN_PREFIX,), ("2001:db8::33",), 1, id="true ones, no further question"
        ),
        pytest.param(
            "odd.example.org", (WELL_KNOWN_PREFIX,), ("64:ff9b::c633:6407",), 2, id="in the prefix, not made up"
        ),
        pytest.param("four.example.org", (), ("64:ff9b::c000:221", "64:ff9b::c000:222"), 1, id="no prefix is known"),
        pytest.param("four.example.org", (OWN,), ("64:ff9b::c000:221", "64:ff9b::c000:222"), 1, id="another prefix"),
    ],
)
def test_what_is_not_made_up_is_believed(name, known, records, questions):
    answer, asked = dns64(ZONES, WELL_KNOWN_PREFIX)
    found = looked_up(name, "AAAA", answer, *known).answer
    assert found.strings == records
    assert found.question.synthesised == ()
    assert len(asked) == questions


def test_an_alias_is_followed_before_it_is_judged():
    behind, _ = dns64(ZONES, OWN)
    alias, target = (question(labels_of(f"{name}.example.org"), "AAAA") for name in ("alias", "four"))
    chain = ResourceRecord("alias.example.org", "CNAME", 300, "four.example.org")

    def answer(section):
        return (
            behind(target)._replace(answers=(chain, *behind(target).answers)) if section == alias else behind(section)
        )

    found = looked_up("alias.example.org", "AAAA", answer, OWN).answer
    assert (found.records, found.question.name) == ((), "alias.example.org")
    assert found.question.synthesised


def test_a_name_of_an_address_that_the_network_made_up_is_none():
    """RFC 6147 section 5.3.1: the resolver gives the IPv4 address's names for it."""
    reverse = ip_address(made(OWN, V4)).reverse_pointer
    answer, _ = dns64(ZONES, OWN)
    found = looked_up(reverse, "PTR", answer, OWN).answer
    assert (found.records, found.question.synthesised) == ((), ("four.example.org",))
    own = {**ZONES, (reverse, "PTR"): ("true.example.org",)}
    answer, _ = dns64(own, OWN, pointers=False)
    assert looked_up(reverse, "PTR", answer, OWN).answer.strings == ("true.example.org",)


@pytest.mark.parametrize("trouble", ["timeout", "network"])
def test_what_cannot_be_told_apart_is_unknown(trouble):
    answer, _ = dns64(ZONES, OWN)
    four = question(labels_of("four.example.org"), "A")
    resolution = looked_up("four.example.org", "AAAA", lambda asked: trouble if asked == four else answer(asked), OWN)
    assert (resolution.answer, resolution.error.reason) == (None, trouble)
    assert (resolution.error.question.name, resolution.error.question.rrtype) == ("four.example.org", "AAAA")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_each_server_is_asked_once_until_its_answer_is_old():
    asked, clock = Counter(), Clock()
    answer, _ = dns64({(NAME, "A"): map(str, sorted(WELL_KNOWN)), (NAME, "AAAA"): ()}, OWN)
    said = answer(question(labels_of(NAME), "AAAA"))

    def ask(resolution):
        (server,) = {attempt.server for attempt in [resolution.next_attempt(clock())]}
        asked[server] += 1
        carried(resolution, lambda _: said if server == SERVER else "timeout")

    other = Server("192.0.2.54")
    discovery = Discovery(ServerOrder((SERVER, other)), timeout_s=5.0, ask=ask, clock=clock)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(discovery.prefixes, [SERVER] * 32)) == {(OWN,)}
    assert discovery.prefixes(other) == (), "silence about it says nothing, and does no harm"
    for clock.now in (LEAST_S - 1, LEAST_S + 1, MOST_S + 1):
        assert (discovery.prefixes(SERVER), discovery.prefixes(other)) == ((OWN,), ())
    assert asked == {SERVER: 3, other: 3}


@given(
    name=st.text(max_size=80)
    | st.lists(st.text("0123456789abcdefg", max_size=2), min_size=32, max_size=32).map(".".join),
    records=st.lists(st.text(max_size=40) | st.ip_addresses(v=6).map(str), max_size=3),
)
def test_whatever_a_name_server_says_is_read(name, records):
    """A name that is no address's, and text that is none, raise no doubt; nothing but what was given is believed."""
    for rrtype in ("AAAA", "PTR"):
        told = doubtful(f"{name}.ip6.arpa", rrtype, records, (WELL_KNOWN_PREFIX, OWN))
        kept, made_up = genuine(rrtype, records, records, (WELL_KNOWN_PREFIX, OWN))
        assert sorted((*kept, *made_up)) == sorted(records)
        assert told is None or rrtype == told[1] or told == (f"{name}.ip6.arpa", "A")
