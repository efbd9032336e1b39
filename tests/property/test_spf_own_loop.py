"""Records of plain terms are decided by a loop of ours: pyspf's own loop, over the same answers, is the judge."""

from datetime import UTC, datetime

import spf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.dns.memory import MemoryResolver
from monitor.model.dns import Identity, SpfResult
from monitor.spf.check_host import check_host
from monitor.spf.evaluation import Evaluation
from monitor.spf.networks import network_term
from monitor.spf.tree import grow

NOW = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = ["example.org", "b.example", "c.example", "d.example", "gone.example"]
ADDRESSES = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8:0:1::77"]

networks = st.sampled_from(
    [*["ip4:192.0.2.0/24", "ip4:192.0.2.1", "ip6:2001:db8::/48", "ip6:2001:db8::1"] * 3, "ip4:0.0.0.0/0", "ip6:::/0"]
)
named = st.builds(
    "{}:{}{}".format,
    st.sampled_from(["a", "mx", "include", "include"]),
    st.sampled_from(NAMES),
    st.just(""),
)
bare = st.sampled_from(["a", "mx", "a/24//64", "mx//48", "all", "a:b.example/24"])
terms = st.builds("{}{}".format, st.sampled_from(["", "", "-", "~", "?"]), st.one_of(networks, named, bare))
records = st.builds(
    "v=spf1 {} {}".format,
    st.lists(terms, max_size=6).map(" ".join),
    st.sampled_from(["", "-all", "~all", "redirect=c.example", "redirect=gone.example", "nonsense"]),
)
zones = st.fixed_dictionaries(
    {
        name: st.fixed_dictionaries(
            {"TXT": st.lists(records, min_size=0 if name == "d.example" else 1, max_size=1)},
            optional={
                "A": st.lists(st.sampled_from(ADDRESSES[:3]), max_size=2),
                "AAAA": st.lists(st.sampled_from(ADDRESSES[3:]), max_size=2),
                "MX": st.lists(st.tuples(st.just(10), st.sampled_from(NAMES)), max_size=3),
            },
        )
        for name in NAMES[:-1]
    }
)
silent = st.sets(st.tuples(st.sampled_from(NAMES[1:]), st.sampled_from(["TXT", "A", "AAAA", "MX"])), max_size=1)


def verdicts(zones, errors, own):
    was, Evaluation.own_loop = Evaluation.own_loop, own
    try:
        resolver = MemoryResolver(zones, dict.fromkeys(errors, "timeout"))
        return [
            check_host(
                resolver,
                client_ip=spf.ipaddress.ip_address(address),
                reverse_path="a@example.org",
                helo="mx.example",
                identity=Identity.MAILFROM,
                now=NOW,
            )
            for address in ADDRESSES
        ]
    finally:
        Evaluation.own_loop = was


def told(outcome):
    return (
        outcome.result,
        outcome.lenient_result,
        outcome.mechanism,
        outcome.problem,
        outcome.lookups,
        outcome.void,
        [(line.name, line.rrtype) for line in outcome.trace],
    )


@given(zones, silent)
@settings(max_examples=150, deadline=None)
def test_both_loops_say_the_same(zones, errors):
    """Result, term, counts and questions: whatever plain terms a record and its includes have."""
    assert [*map(told, verdicts(zones, errors, True))] == [*map(told, verdicts(zones, errors, False))]


@given(zones)
@settings(max_examples=150, deadline=None)
def test_the_tree_costs_what_an_evaluation_costs_that_nothing_matches(zones):
    """Lookups and void lookups of each family, as the strict verdict counts them."""
    assume("/0" not in str(zones))  # which every client is in
    resolver = MemoryResolver(zones)
    tree = grow(resolver, "example.org")
    for address, void in (("203.0.113.99", tree.void4), ("3fff::1", tree.void6)):
        outcome = check_host(
            resolver,
            client_ip=spf.ipaddress.ip_address(address),
            reverse_path="a@example.org",
            helo="mx.example",
            identity=Identity.MAILFROM,
            now=NOW,
        )
        whole = outcome.lenient_result not in (SpfResult.PERMERROR, SpfResult.TEMPERROR)
        matched = outcome.mechanism is not None and not outcome.mechanism.lower().endswith("all")
        if whole and not matched and not everybody(tree):
            assert (outcome.lookups, outcome.void) == (tree.lookups, void)


def everybody(tree):
    """Whether some include lets everybody pass, so that what follows it is never reached."""
    return any(
        branch.node is not None
        and branch.term.name == "include"
        and any(n.prefixlen == 0 for n in _networks(branch.node))
        for node in tree.walk()
        for branch in node.branches
    )


def _networks(node):
    four, six = node.authorised()
    return (*four, *six)


@given(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "+", "-", "~", "?", "!"]),
        st.sampled_from(["ip4:", "ip6:", "IP4:", "ip5:", "ip4", "ip6::"]),
        st.one_of(
            st.ip_addresses().map(str),
            st.sampled_from(["::", "::1", "1::2:3:4:5:6:7", "01.2.3.4", "1.2.3", "fe80::1%eth0", "::ffff:1.2.3.4"]),
            st.text("0123456789abcdef:.", max_size=20),
        ),
        st.sampled_from(["", "/0", "/8", "/32", "/33", "/128", "/129", "/024", "//64", "/", "/1a"]),
    )
)
@settings(max_examples=500)
def test_an_address_term_is_read_as_pyspf_reads_it(term):
    """What is read without pyspf is what pyspf would have read; what pyspf refuses is left to it."""
    judge = spf.query(i="192.0.2.1", s="a@example.org", h="mx.example")
    try:
        judged = judge.validate_mechanism(term)
    except spf.PermError:
        judged = None
    ours = network_term(term)
    assert ours is None or ours == judged
    assert judged is None or judged[1] not in ("ip4", "ip6") or ours == judged
