"""A single list whose DNS fails for a moment: whose fault that was is shown by a witness, asked just then."""

import time
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.dns.witness import USUAL
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
    """What becomes of a question, by seconds since the list's was asked first."""

    def __init__(self, rule):
        self._rule, self._began_s = rule, None

    def __call__(self, name, rrtype):
        del rrtype
        own = name.endswith(DOMAIN)
        if own and self._began_s is None:
            self._began_s = time.monotonic()
        return self._rule(own, 0.0 if self._began_s is None else time.monotonic() - self._began_s)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(WORLD)}) as port:
        yield port


def checked(world, rule, *, witnesses=USUAL):
    with Gate(world, Flaw(rule)) as gate:
        resolver = SystemResolver([Server("127.0.0.1", gate.port)], timeout_s=TIMEOUT_S, witnesses=witnesses)
        outcome, _ = examine(SUBJECT, Known(), resolver, None, load_rules(), now=NOW)
        return outcome, [name for name, _, _ in gate.asked if name.endswith(USUAL)]


@pytest.mark.parametrize("how", ["drop", "SERVFAIL"])
def test_a_list_whose_own_servers_fail_for_a_moment_is_told_though_it_is_the_only_one(world, how):
    outcome, asked = checked(world, lambda own, s: how if own and s < OVER_S - (how != "drop") * 2.15 else None)
    assert outcome.ours is None
    assert [each.checks for each in outcome.outages] == [1]
    assert asked, "nobody was asked just then"


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(lambda _, s: "drop" if s < OVER_S else None, id="an outage that ends within the check"),
        pytest.param(lambda own, s: "drop" if own or s > 0.9 else None, id="and one that begins within the question"),
    ],
)
def test_our_own_outage_is_not_the_lists(world, rule):
    outcome, _ = checked(world, lambda own, s: rule(own, s) if s < OVER_S else None)
    assert outcome.ours == NOT_KNOWN_WHOSE
    assert not outcome.outages


def test_without_anybody_else_it_is_not_known(world):
    outcome, asked = checked(world, lambda own, s: "drop" if own and s < OVER_S else None, witnesses=())
    assert outcome.ours == NOT_KNOWN_WHOSE
    assert not asked


def test_a_sound_check_asks_no_witness(world):
    outcome, asked = checked(world, lambda *_: None)
    assert outcome.ours is None
    assert not asked
