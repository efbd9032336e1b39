"""Advice is never worse than silence: what is proposed in whatever finding can be published as it stands, and mends."""

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.dns import Identity, SpfResult
from monitor.spf.check import Subject, check
from monitor.spf.check_host import check_host
from monitor.spf.differences import known_difference
from monitor.spf.record import is_spf, parse
from monitor.spf.second_opinion import ask_pyspf
from tests.fakes import ZoneResolver
from tests.spf_records import ADDRESSES, HELO, REVERSE, any_trouble, any_zones, zones

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN, SENDER = "example.org", "ops-bounces@example.org"
ZONES_OF_A_SEED = 5
EXAMPLES = [ip_network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
HIDDEN = ["10.0.0.5", "100.64.1.1", "169.254.7.7", "127.0.0.1", "192.168.3.4", "fd00::5", "fe80::5", "::1"]
WRONG = [  # as owners have been seen to publish
    "v=spf1 ip4:192.0.2.1~all",
    "v=spf1 redirect=c.example -all",
    "v=spf1 -all redirect=gone.example",
    "v=spf1 ptr -all",
    "v=spf1 ptr:b.example ~all",
    "v=spf1 +all",
    "v=spf1 ?all",
    "v=spf1 a mx",
    "v=spf1 include:example.org -all",
    "v=spf1 include:gone.example -all",
    "v=spf1 include:b.example include:c.example",
    "v=spf1 -all include:b.example mx ip4:10.0.0.0/8",
    "v=spf1 ip4:10.1.2.3 ip6:fd00::/8 ip4:127.0.0.1 -all",
    "v=spf1 ip4:0.0.0.0/0 -all",
    "v=spf1 192.0.2.1 2001:db8::1 -all",
    "v=spf1 ip4:192.0.2.999 foo -all",
    "v=spf1 ip4:192.0.2.0/24,ip6:2001:db8::1 -all",
    "v=spf1 mx mx MX a:b.example a:b.example +all",
    "v=spf1 include=b.example ip4=192.0.2.1 -all",
    "v=spf1 a:b.example a:c.example a:d.example mx exists:%{i}.gone.example ~all",
    "v=spf1",
    "v=spf1 -all",
]
senders = st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=4)


def checked(made, outbound, errors=None, **more):
    subject = Subject(
        list_id="ops",
        domain=DOMAIN,
        reverse_path=SENDER,
        helo=HELO,
        outbound=tuple(map(ip_address, outbound)),
        **more,
    )
    return check(subject, ZoneResolver(made, errors), now=NOW)


def wrong_zones(random):
    """Zones with one or more of the wrong records, at the domain and behind it."""
    made = any_zones(random)
    for name in ("example.org", "b.example", "c.example"):
        if random.random() < (0.9 if name == DOMAIN else 0.3):
            made[name]["TXT"] = random.sample(WRONG, random.choice([1, 1, 1, 2, 3]))
    if random.random() < 0.1:
        del made[DOMAIN]["TXT"]
        made[DOMAIN]["SPF"] = [random.choice(WRONG)]
    return made


def proposed(outcome):
    """Every record that the outcome proposes, as (name, type, value)."""
    fixes = [finding.fix for finding in outcome.findings if finding.fix is not None and finding.fix.type]
    records = [(fix.name, fix.type, fix.value) for fix in fixes]
    if outcome.suggested_record is not None:
        records.append((DOMAIN, "TXT", outcome.suggested_record))
    return records


def assert_may_be_published(made, outbound, name, value, errors=None):
    """By measures of its own: grammar, whom it names, and what two verifiers say."""
    record = parse(value)
    assert is_spf(value.encode()), value
    assert not record.errors, value
    assert [term for term in record.terms if term.name != "all"], f"{value}: it names nobody"
    for term in record.terms:
        if term.network is not None:
            public = any(term.network.version == one.version and term.network.subnet_of(one) for one in EXAMPLES)
            ends = (term.network.network_address, term.network.broadcast_address)
            assert public or all(end.is_global for end in ends), value
    changed = ZoneResolver({**made, name: {**made.get(name, {}), "TXT": [value]}}, errors)
    for address in outbound:
        client = ip_address(address)
        ours = check_host(
            changed, client_ip=client, reverse_path=SENDER, helo=HELO, identity=Identity.MAILFROM, now=NOW
        )
        assert ours.result is SpfResult.PASS, (value, address, ours.problem)
        theirs = ask_pyspf(changed, address, SENDER, HELO)
        known = theirs is None or known_difference(ours, theirs.result, theirs.problem) is not None
        assert known or theirs.result is SpfResult.PASS, (value, address, theirs)


def assert_advice_is_right(made, outbound, errors=None, **more):
    for name, rrtype, value in proposed(checked(made, outbound, errors, **more)):
        assert "<" not in value
        if rrtype == "TXT":
            assert_may_be_published(made, outbound, name, value, errors)
        elif rrtype == "PTR":
            assert value.endswith(f" PTR {HELO}."), "the configured HELO"
        else:
            assert (rrtype, name) in {("A", HELO), ("AAAA", HELO)}, "no name of anybody else's"
            assert value in outbound


@given(zones, senders)
@settings(max_examples=150, deadline=None)
def test_of_plain_terms_every_record_proposed_may_be_published(zones, outbound):
    assert_advice_is_right(zones, outbound)


@given(st.integers(0, 2**32), senders)
@settings(max_examples=150, deadline=None)
def test_of_any_terms_every_record_proposed_may_be_published(seed, outbound):
    """Broken records, loops, macros, several records, DNS trouble."""
    random = Random(seed)
    for _ in range(ZONES_OF_A_SEED):
        made, errors = any_zones(random), any_trouble(random)
        assert_advice_is_right(made, outbound, errors)
        assert_advice_is_right(wrong_zones(random), outbound, errors)


@given(st.integers(0, 2**32), senders, st.sampled_from(HIDDEN))
@settings(max_examples=100, deadline=None)
def test_no_address_is_proposed_that_no_receiver_sees(seed, outbound, hidden):
    """Declared, it is told; seen by a receiver, it is that receiver's own gateway and nobody's to name."""
    random = Random(seed)
    made = wrong_zones(random)
    assert not [each for each in proposed(checked(made, [*outbound, hidden])) if each[1] in {"TXT", "A", "AAAA"}]
    assert_advice_is_right(made, outbound, observed=(ip_address(hidden),))


@given(st.integers(0, 2**32), st.lists(st.sampled_from(ADDRESSES), unique=True, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_is_proposed_does_not_depend_on_the_order_of_answers(seed, outbound):
    random = Random(seed)
    made = wrong_zones(random)
    for (
        name
    ) in REVERSE:  # more names than are looked up (RFC 7208 section 4.6.4): which of them is the resolver's choice
        made.pop(name, None)
    for sets in made.values():
        if len(sets.get("MX", ())) > 10:
            del sets["MX"]
    first = {(name, rrtype, value) for name, rrtype, value in proposed(checked(made, outbound))}
    turned = {name: {rrtype: list(reversed(some)) for rrtype, some in sets.items()} for name, sets in made.items()}
    again = {(name, rrtype, value) for name, rrtype, value in proposed(checked(turned, list(reversed(outbound))))}
    assert again == first


@given(st.integers(0, 2**32), senders, senders)
@settings(max_examples=100, deadline=None)
def test_two_lists_on_one_domain_are_told_one_record(seed, ours, theirs):
    """Where both are told to change it: whatever each declares, the record serves both."""
    made = wrong_zones(Random(seed))
    first = checked(made, ours, others=tuple(map(ip_address, theirs)))
    second = checked(made, theirs, others=tuple(map(ip_address, ours)))
    for outcome in (first, second):
        for name, rrtype, value in proposed(outcome):
            if rrtype == "TXT":
                assert_may_be_published(made, [*ours, *theirs], name, value)
    if first.suggested_record is not None and second.suggested_record is not None:
        assert first.suggested_record == second.suggested_record
