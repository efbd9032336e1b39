"""Where mail enters the recipient's domain: names, addresses, places."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.evidence import Hop
from monitor.model.organisation import organisation
from monitor.trace.boundary import admd_of_host, is_internal, known_admds, trace_path, writes_for

AT = datetime(2026, 4, 28, tzinfo=UTC)


def path(*hops):
    """Hops as (from, address, by), oldest first."""
    return trace_path(
        [
            Hop(
                n=n,
                from_host=source,
                by_host=by,
                client_ip=None if address is None else ip_address(address),
                with_protocol="ESMTP",
                tls=None,
                at=AT,
                delay=None,
            )
            for n, (source, address, by) in enumerate(hops, start=1)
        ]
    )


LIST_TO_FRONT = ("mail.lists.example.org", "192.0.2.25", "db5eur03ft061.mail.protection.outlook.com")
FRONT_TO_HUB = ("db5eur03ft061.eop-eur03.prod.protection.outlook.com", "2603:10a6:10:100:cafe::2", "db8pr06.outlook.office365.com")  # fmt: skip
HUB_TO_STORE = ("db8pr06.eurprd06.prod.outlook.com", "2603:10a6:10::1", "vi1pr08.eurprd08.prod.outlook.com")
FRONT_EGRESS_RANGE = ("db5eur03ft061.eop-eur03.prod.protection.outlook.com", "2a01:111:f400:7e0a::202", "db8pr06.outlook.office365.com")  # fmt: skip
OTHER_CUSTOMER = ("eur05-outbound.outbound.protection.outlook.com", "2a01:111:f403::7", "am5.mail.protection.outlook.com")  # fmt: skip


@pytest.mark.parametrize(
    ("hops", "entry"),
    [
        pytest.param((LIST_TO_FRONT, FRONT_TO_HUB, HUB_TO_STORE), 1, id="front, hub, store"),
        pytest.param((LIST_TO_FRONT, FRONT_EGRESS_RANGE, HUB_TO_STORE), 1, id="an inside hop over an address that also goes out"),
        pytest.param((("a.example", "198.51.100.1", "mail.lists.example.org"), LIST_TO_FRONT, FRONT_TO_HUB), 2, id="behind the list"),
        pytest.param((("x.prod.outlook.com", "203.0.113.66", "am5.mail.protection.outlook.com"), FRONT_TO_HUB), 1, id="a forged name from a foreign address"),
        pytest.param((("mail.example.org", "2001:db8::1", "mx.google.com"), ("", None, "2002:a05:6a10:8a85::1")), 1, id="Google's 6to4 look-alikes are inside"),
        pytest.param((("a.example", "198.51.100.1", "mx.example.net"), ("mx.example.net", "127.0.0.1", "mail.example.net")), 1, id="content filter on loopback"),
        pytest.param((("a.example", "198.51.100.1", "mx1.example.net"), ("mx1.example.net", "203.0.113.5", "store.example.net")), 1, id="relays of one organisation"),
        pytest.param((("a.example", "198.51.100.1", "mx.example.net"), ("gw", "10.1.2.3", "store.example.net")), 1, id="a private address is inside"),
        pytest.param((("debian-exim", None, "mail.example.net"),), None, id="submitted on the host itself"),
        pytest.param((("mail.example.com", "192.0.2.9", "mx.example.com"), ("gw.other.example", "192.0.2.8", "mx.example.com")), 2, id="the newest crossing counts"),
        pytest.param((), None, id="no hop at all"),
    ],
)  # fmt: skip
def test_mail_enters_at_the_newest_crossing(hops, entry):
    found = path(*hops)
    assert (found.entry.hop.n if found.entry else None) == entry
    assert [each.hop.n for each in found.hops if each.boundary] == ([] if entry is None else [entry])


@pytest.mark.parametrize(
    ("hops", "entered_at", "boundary"),
    [
        pytest.param((HUB_TO_STORE, OTHER_CUSTOMER, FRONT_TO_HUB), 2, None, id="one customer to another"),
        pytest.param((LIST_TO_FRONT, HUB_TO_STORE, OTHER_CUSTOMER, FRONT_TO_HUB), 3, 1, id="a customer that forwards to another"),
        pytest.param((("mail-ej1-f41.google.com", "209.85.218.41", "mx.google.com"),), 1, None, id="Gmail to Gmail by the front door"),
        pytest.param((("mn2pr15mb1.namprd15.prod.outlook.com", "203.0.113.9", "mn2pr15mb2.namprd15.prod.outlook.com"),), None, None, id="hosts behind the front are reached by its own alone, whatever the address"),
        pytest.param((("mail-x.google.com", "203.0.113.9", "mx.google.com"),), 1, 1, id="a forged name at the front door"),
    ],
)  # fmt: skip
def test_mail_within_a_provider_passes_no_border(hops, entered_at, boundary):
    """What stands below another customer's hop is that customer's, but the mail never left the provider."""
    found = path(*hops)
    assert found.entered_at == entered_at
    assert [each.hop.n for each in found.hops if each.boundary] == ([] if boundary is None else [boundary])
    between = {each.hop.n for each in found.hops if each.between_customers}
    assert between == ({entered_at} - {boundary, None})


LIST = ("author.example.com", "192.0.2.9", "lists.example.org")


@pytest.mark.parametrize(
    ("hops", "hidden"),
    [
        pytest.param((LIST, ("lists.example.org", "172.20.0.1", "mail.club.example")), 2, id="a container's network"),
        pytest.param((LIST, ("lists.example.org", "100.64.0.9", "mail.example.net")), 2, id="shared addresses RFC 6598"),
        pytest.param((LIST, ("lists.example.org", "fe80::1", "mail.club.example")), 2, id="link-local"),
        pytest.param((LIST, ("lists.example.org", "fd00::1", "mail.club.example")), 2, id="unique local RFC 4193"),
        pytest.param((LIST, ("lists.example.org", "127.0.0.1", "mail.club.example")), 2, id="a proxy on the host"),
        pytest.param((LIST, ("unknown", "10.88.0.1", "mail.club.example")), 2, id="the host before says who it was"),
        pytest.param((LIST, ("localhost.localdomain", "10.88.0.1", "mail.club.example")), 2, id="a name that says nothing"),
        pytest.param((("lists.example.org", "10.88.0.1", "mail.club.example"), ("mail.club.example", "127.0.0.1", "store.club.example")), 1, id="handed on inside"),
        pytest.param((LIST, ("lists.example.org", "192.0.2.25", "mail.club.example"), ("gw.other.example", "10.0.0.1", "store.club.example")), None, id="it came in before"),
        pytest.param((("pc.club.lan", "10.0.0.7", "mail.club.example"),), None, id="a name of a network inside RFC 6762 appendix G"),
        pytest.param((LIST, ("mx.club-mail.test", "10.0.0.7", "mail.club.example")), None, id="another name of the same, perhaps"),
        pytest.param((LIST, ("localhost", "127.0.0.1", "mail.club.example")), None, id="a filter on the host"),
        pytest.param((("mail.club.example", "10.0.0.7", "store.club.example"),), None, id="a host of its own"),
    ],
)  # fmt: skip
def test_a_gateway_of_the_receivers_hides_the_client(hops, hidden):
    """RFC 7208 section 2.5: the address of the client is what the border sees, and here it sees none."""
    found = path(*hops)
    assert [each.hop.n for each in found.hops if each.hidden_client] == ([] if hidden is None else [hidden])
    if hidden is not None:
        assert [each.hop.n for each in found.hops if each.boundary] == [hidden]
        assert found.admd in {"club.example", "example.net"}


def test_hops_behind_the_entry_are_inside():
    found = path(LIST_TO_FRONT, FRONT_TO_HUB, HUB_TO_STORE)
    assert [found.is_inside(n) for n in (1, 2, 3)] == [False, True, True]
    assert found.admd == "microsoft"


@pytest.mark.parametrize(
    ("host", "admd"),
    [
        ("DB5EUR03FT061.mail.protection.outlook.com.", "microsoft"),
        ("mx.google.com", "google"),
        ("evilgoogle.com", "evilgoogle.com"),
        ("mx1.lists.example.co.uk", "example.co.uk"),
        ("localhost", ""),
        ("192.0.2.1", ""),
        ("[2001:db8::1]", ""),
        ("", ""),
    ],
)
def test_a_host_belongs_to_a_domain(host, admd):
    assert admd_of_host(host) == admd


@pytest.mark.parametrize(("host", "expected"), [("a.b.com", "b.com"), ("co.uk", "co.uk"), ("a.com.au", "a.com.au")])
def test_the_organisation_is_what_one_registers(host, expected):
    assert organisation(host) == expected


@pytest.mark.parametrize(
    ("admd", "address", "inside"),
    [
        ("microsoft", "2603:10a6:20b::1", True),
        ("microsoft", "2a01:111:e400::1", True),
        ("microsoft", "2a01:111:f400:7e0a::202", False),  # used inside and outside: its place decides
        ("google", "10.5.1.1", True),
        ("example.net", "fe80::1", True),
        ("example.net", "2001:db8::1", False),  # documentation addresses stand for public ones
        ("example.net", "203.0.113.1", False),
    ],
)
def test_inside_addresses(admd, address, inside):
    assert is_internal(admd, ip_address(address)) is inside


@pytest.mark.parametrize(
    ("admd", "authserv_id", "ours"),
    [
        ("google", "mx.google.com", True),
        ("google", "mx.google.com.evil.example", False),
        ("example.net", "mx.example.net", True),
        ("example.net", "example.com", False),
        ("", "", False),
    ],
)
def test_an_authserv_id_speaks_for_its_domain_only(admd, authserv_id, ours):
    """RFC 8601 section 2.5."""
    assert writes_for(admd, authserv_id) is ours


def test_networks_of_providers_do_not_overlap_with_each_others():
    admds = known_admds()
    for n, one in enumerate(admds):
        for other in admds[n + 1 :]:
            for network in one.internal + one.networks:
                for stranger in other.internal + other.networks:
                    assert network.version != stranger.version or not network.overlaps(stranger), (one.id, other.id)
