"""A single list whose DNS fails for a moment: whose fault that was is shown by a witness, asked just then."""

import time
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.dns.answer import Unanswered
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.dns.witness import EVERY_S, USUAL
from monitor.operations.examine import Known, examine
from monitor.operations.own_sight import NOT_KNOWN_WHOSE
from monitor.spf.check import Subject
from tests.servers import Gate, needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
DOMAIN, SIX = "lists.example.org", ip_address("2001:db8::25")
WORLD = {
    DOMAIN: {"TXT": ["v=spf1 ip6:2001:db8::25 -all"]},
    "mail.lists.example.org": {"AAAA": [str(SIX)]},
    SIX.reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    **{each: {"MX": [(5, f"mx.{each}")]} for each in USUAL},
}
SUBJECT = Subject(
    list_id="ops",
    domain=DOMAIN,
    reverse_path=f"ops-bounces@{DOMAIN}",
    helo=f"mail.{DOMAIN}",
    outbound=(SIX,),
)
TIMEOUT_S = 2.0
OVER_S = 2.2  # after the first question: the name is given up, and the check goes on


class Flaw:
    """What becomes of a question, by whether it is the list's and by seconds since the list's first."""

    def __init__(self, rule):
        self._rule, self._began_s = rule, None

    def __call__(self, name, rrtype):
        del rrtype
        own = name.endswith(DOMAIN)
        if own and self._began_s is None:
            self._began_s = time.monotonic()
        ago_s = 0.0 if self._began_s is None else time.monotonic() - self._began_s
        return self._rule(own, ago_s) if ago_s < OVER_S else None


def silent():
    return Flaw(lambda own, _: "drop" if own else None)


def failing():
    """SERVFAIL to the first question and to its repetition without EDNS, which is when it is given up."""
    said = iter(("SERVFAIL", "SERVFAIL"))
    return lambda name, rrtype: next(said, None) if (name, rrtype) == (DOMAIN, "TXT") else None


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(WORLD)}) as port:
        yield port


def resolver_of(gate, witnesses=USUAL):
    return SystemResolver([Server("127.0.0.1", gate.port)], timeout_s=TIMEOUT_S, witnesses=witnesses)


def witnesses_of(gate):
    """The names that were asked for to know whether we see."""
    return {name for name, _, _ in gate.asked if name.endswith(USUAL)}


def checked(gate, **options):
    return examine(SUBJECT, Known(), resolver_of(gate, **options), None, load_rules(), now=NOW)[0]


@pytest.mark.parametrize("flaw", [silent, failing])
def test_a_list_whose_own_servers_fail_for_a_moment_is_told_though_it_is_the_only_one(world, flaw):
    with Gate(world, flaw()) as gate:
        outcome = checked(gate)
    assert outcome.ours is None
    assert [each.checks for each in outcome.outages] == [1]
    assert witnesses_of(gate)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(lambda *_: "drop", id="an outage that ends within the check"),
        pytest.param(lambda own, s: "drop" if own or s > 0.9 else None, id="and one that begins within the question"),
    ],
)
def test_our_own_outage_is_not_the_lists(world, rule):
    with Gate(world, Flaw(rule)) as gate:
        outcome = checked(gate)
    assert outcome.ours == NOT_KNOWN_WHOSE
    assert not outcome.outages


def test_without_anybody_else_it_is_not_known(world):
    with Gate(world, silent()) as gate:
        outcome = checked(gate, witnesses=())
    assert outcome.ours == NOT_KNOWN_WHOSE
    assert not witnesses_of(gate)


def test_a_sound_check_asks_no_witness(world):
    with Gate(world, lambda *_: None) as gate:
        outcome = checked(gate)
    assert outcome.ours is None
    assert not witnesses_of(gate)


def test_witnesses_end_with_the_question_though_none_ever_answers(world):
    """One whom nobody answers is in trouble itself; another was asked for its sake, and so on for ever."""
    with Gate(world, lambda *_: "drop") as gate:
        resolver = resolver_of(gate)
        with pytest.raises(Unanswered):
            resolver.lookup(DOMAIN, "TXT")
        resolver.witnesses.wait()
        asked = witnesses_of(gate)
        time.sleep(3 * EVERY_S)
        assert witnesses_of(gate) == asked
    assert 1 <= len(asked) <= TIMEOUT_S / EVERY_S + 1
