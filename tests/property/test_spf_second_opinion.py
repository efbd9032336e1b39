"""Our evaluator is held to unmodified pyspf: the truth from outside, over the same generated zones."""

from datetime import UTC, datetime
from ipaddress import ip_address

from hypothesis import event, given, settings
from hypothesis import strategies as st

from monitor.model.dns import Identity
from monitor.spf.check_host import check_host
from monitor.spf.differences import known_difference
from monitor.spf.second_opinion import ask_pyspf, second_opinion
from tests.spf_records import ADDRESSES, Everywhere, any_zones, silent, zones

NOW = datetime(2026, 1, 5, tzinfo=UTC)
senders = st.sampled_from(["a@example.org", "list-bounces+x=y@example.org", "a-@example.org", "b.c@b.example"])


def both(zones, errors, address, sender):
    resolver = Everywhere(zones, dict.fromkeys(errors, "timeout"))
    ours = check_host(
        resolver,
        client_ip=ip_address(address),
        reverse_path=sender,
        helo="mx.b.example",
        identity=Identity.MAILFROM,
        now=NOW,
    )
    return ours, ask_pyspf(resolver, address, sender, "mx.b.example")


@given(zones, silent)
@settings(max_examples=200, deadline=None)
def test_of_plain_terms_both_say_the_same(zones, errors):
    """No freedom explains anything here: networks, `a`, `mx`, `include`, `exists`, `redirect`, `all`, whatever the limits."""
    for address in ADDRESSES:
        ours, theirs = both(zones, errors, address, "a@example.org")
        if theirs.problem.startswith(("include has trivial recursion", "Too many DNS lookups")):
            assert ours.result == "permerror" or known_difference(ours, theirs.result, theirs.problem) is not None
        else:
            assert ours.result == theirs.result, (ours, theirs)


@given(any_zones, silent, st.sampled_from(ADDRESSES), senders)
@settings(max_examples=600, deadline=None)
def test_of_any_terms_they_differ_only_by_what_is_known(zones, errors, address, sender):
    """Macros of every form, modifiers, broken terms, PTR names: what differs is in the table, or one of us is wrong."""
    ours, theirs = both(zones, errors, address, sender)
    if theirs is None:
        event("pyspf failed")
        return
    if ours.result == theirs.result:
        event(f"both say {ours.result}")
        return
    known = known_difference(ours, theirs.result, theirs.problem)
    assert known is not None, (ours, theirs)
    event(f"known: {known.name}")


@given(any_zones, silent, st.sampled_from(ADDRESSES), senders)
@settings(max_examples=300, deadline=None)
def test_over_the_recorded_answers_it_says_the_same_or_nothing(zones, errors, address, sender):
    """What was not recorded makes the opinion unknown, never another verdict."""
    ours, theirs = both(zones, errors, address, sender)
    offline = second_opinion(ours)
    assert offline is None or offline.result == theirs.result
