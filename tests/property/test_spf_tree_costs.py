"""The tree of a record counts what an evaluation of it counts."""

from datetime import UTC, datetime
from ipaddress import ip_address

from hypothesis import assume, given, settings

from monitor.model.dns import Identity, SpfResult
from monitor.spf.check_host import check_host
from monitor.spf.tree import build_tree
from tests.fakes import ZoneResolver
from tests.spf_records import zones

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@given(zones)
@settings(max_examples=150, deadline=None)
def test_the_tree_costs_what_an_evaluation_costs_that_nothing_matches(zones):
    """Lookups and void lookups of each family, as the strict verdict counts them."""
    assume("/0" not in str(zones) and "exists" not in str(zones))  # every client is in it; what it finds is not asked
    resolver = ZoneResolver(zones)
    tree = build_tree(resolver, "example.org")
    for address, void in (("203.0.113.99", tree.void4), ("3fff::1", tree.void6)):
        outcome = check_host(
            resolver,
            client_ip=ip_address(address),
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
