"""Where the subscribers of ten thousand domains are, looked up turn by turn over NSD: exact, bounded, spread.

The clock is the test's own: a turn each two seconds of it, as the tick does it.
"""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.dns.mail_route import AGAIN, HOLDS_LEAST, HOLDS_MOST, HOSTS_MOST
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.operations.mail_routes import (
    DOMAINS_A_TURN,
    EVERY,
    TURN_EVERY,
    TURN_MOST,
    claim_routes,
    look_up_routes,
    sweep_routes,
)
from monitor.operations.reach import count_reach
from monitor.operations.services import Services
from monitor.operations.timing import LEASE
from monitor.store import keys
from monitor.store.list_record import Depth
from monitor.store.mail_routes import WANTED_FOR
from tests.builders import a_list
from tests.fakes import ZoneResolver
from tests.servers import Gate, needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration]

BEGIN: Final = datetime(2026, 11, 28, 12, tzinfo=UTC)
FOUR, SIX = "192.0.2.7", "2001:db8::7"
DOMAINS: Final = 10_000
A_MINUTE: Final = timedelta(minutes=1)
MOST_A_MINUTE: Final = A_MINUTE // TURN_EVERY * DOMAINS_A_TURN * (1 + 2 * HOSTS_MOST)
# What a domain had, what its mail server had, an hour at least, and the turns until then.
FOUND_WITHIN: Final = HOLDS_LEAST + AGAIN + timedelta(minutes=20)
LISTED: Final = a_list(id="ops")


class Clock:
    """The time, as the test lets it pass."""

    def __init__(self):
        self.at = BEGIN

    def __call__(self):
        return self.at


def services_with(store, resolver, clock):
    return Services(
        settings=Settings, store=store, rules=load_rules(), now=clock, resolver=lambda: resolver, authorities=dict
    )


def turn(services, clock):
    """One tick's turn; the domains that were looked up in it."""
    domains = claim_routes(services)
    if domains:
        look_up_routes(services, domains)
    clock.at += TURN_EVERY
    return domains


def record_of(store):
    return store.list_record(LISTED.id, Depth(reach=True)).reach


def count(services, subscribers):
    count_reach(services, LISTED, subscribers)
    return record_of(services.store).reach


def world(size, *, gmail_has_ipv6):
    """(zone, subscribers, of what kind each domain is): of each hundred domains sixty are at one provider."""
    addresses = {"A": [FOUR], "AAAA": [SIX]}
    zone = {
        "gmail-smtp-in.l.google.com": addresses if gmail_has_ipv6 else {"A": [FOUR]},
        "alias.example": {"CNAME": ["mx.alias.example"]},
        "mx.alias.example": addresses,
        "loop-a.example": {"CNAME": ["loop-b.example"]},
        "loop-b.example": {"CNAME": ["loop-a.example"]},
        "lo.example": {"A": ["127.0.0.1"], "AAAA": ["::1"]},
    }
    subscribers, kinds = {}, {}
    for n in range(size):
        name, place = f"d{n}.test", n % 100
        own = {"MX": [(10, f"mx.{name}")]}
        kind, records = "gmail", {"MX": [(5, "gmail-smtp-in.l.google.com")]}
        if 60 <= place < 85:
            kind, records = ("four", own) if place < 80 else ("six", own)
            zone[f"mx.{name}"] = {"A": [FOUR]} if kind == "four" else addresses
        elif place < 60:
            pass
        elif place < 90:
            kind, records = "four", {"A": [FOUR]}  # the implicit MX
        else:
            kind, records = (
                ("none", {"MX": [(0, "")], **addresses}),  # null MX
                ("six", {"CNAME": ["d80.test"]}),
                ("six", {"MX": [(10, "alias.example")]}),
                ("none", {"MX": [(10, name)]}),  # an MX to itself, which has no address
                ("none", {"MX": [(10, f"d{n - 1}.test")]}),  # round and round
                ("unknown", {"MX": [(10, "loop-a.example")]}),
                ("servfail", own),
                ("none", {}),  # no such domain
                ("none", {"MX": [(10, "192.0.2.9")]}),
                ("none", {"MX": [(10, "localhost"), (20, "lo.example")]}),
            )[place - 90]
        if records:
            zone[name] = records
        subscribers[name], kinds[name] = 1 + n % 7, kind
    return zone, subscribers, kinds


def expected(subscribers, kinds):
    by_kind = Counter()
    for name, number in subscribers.items():
        by_kind[kinds[name]] += number
    return by_kind


def failing(kinds):
    """What the gate does to the domains whose name servers fail."""
    return lambda name, _rrtype: "SERVFAIL" if kinds.get(name) == "servfail" else None


def asked_at(gate):
    return SystemResolver([Server("127.0.0.1", gate.port)], timeout_s=2.0)


def turns(services, clock, gate, *, until):
    """Turn after turn until then: (questions of each minute, how often each domain was looked up, when all were)."""
    a_minute, looked_up, whole_at = Counter(), Counter(), None
    began = clock.at
    while clock.at < until:
        minute, before = (clock.at - began) // A_MINUTE, len(gate.asked)
        if services.store.client.zcount(keys.ROUTES_DUE, "-inf", clock.at.timestamp()):
            looked_up.update(turn(services, clock))
        else:
            clock.at += TURN_EVERY
        a_minute[minute] += len(gate.asked) - before
        if whole_at is None and len(looked_up) == services.store.client.zcard(keys.ROUTES_DUE):
            whole_at = clock.at
    return a_minute, looked_up, whole_at


@needs_nsd
def test_ten_thousand_domains_are_counted_exactly_with_bounded_and_spread_questions(store, tmp_path):
    """MX loops, SERVFAIL, null MX, aliases, and sixty of each hundred domains at one provider."""
    clock = Clock()
    zone, subscribers, kinds = world(DOMAINS, gmail_has_ipv6=True)
    by_kind, total = expected(subscribers, kinds), sum(subscribers.values())
    with nsd(tmp_path, {"": zone_text(zone)}) as port, Gate(port, failing(kinds)) as gate:
        services = services_with(store, asked_at(gate), clock)
        first = count(services, subscribers)
        assert (first.total, first.elsewhere, first.looked_up) == (total, total, 0)
        a_minute, looked_up, whole_at = turns(services, clock, gate, until=BEGIN + timedelta(minutes=75))
        found = count(services, subscribers)
        questions = Counter((name, rrtype) for name, rrtype, _ in gate.asked)

    assert found.at("gmail") == by_kind["gmail"]
    assert found.over_ipv6 == by_kind["gmail"] + by_kind["six"]
    assert found.ipv4_only == by_kind["four"]
    assert found.no_mail == by_kind["none"]
    assert (found.unknown, found.elsewhere) == (by_kind["unknown"] + by_kind["servfail"], by_kind["servfail"])
    assert found.over_ipv6 + found.ipv4_only + found.no_mail + found.unknown == found.total == total

    silent = sum(kind in {"unknown", "servfail"} for kind in kinds.values())
    assert len(looked_up) == DOMAINS
    assert whole_at - BEGIN < 1.1 * DOMAINS * EVERY, "within 67 minutes"
    assert sum(looked_up.values()) - DOMAINS <= silent, "again only where DNS told nothing, an hour later"
    assert questions["gmail-smtp-in.l.google.com", "AAAA"] <= 2, "asked once for six thousand domains"
    hosts = sum(kind in {"four", "six"} for kind in kinds.values())
    assert sum(questions.values()) < 1.1 * DOMAINS + 2 * hosts + 8 * silent
    steady = [a_minute[minute] for minute in range(60)]
    assert max(steady) < MOST_A_MINUTE / 3
    assert max(steady) < 1.5 * min(steady), "as many each minute"
    sys.stdout.write(
        f"{DOMAINS} domains, {total} subscribers: all looked up after {(whole_at - BEGIN) / A_MINUTE:.0f} min, "
        f"{sum(questions.values())} questions, {min(steady)} to {max(steady)} a minute; over IPv6 {found.over_ipv6}, "
        f"over IPv4 alone {found.ipv4_only}, no mail {found.no_mail}, not known {found.unknown}\n"
    )


@needs_nsd
def test_a_provider_that_turns_ipv6_off_and_on_is_found_by_the_schedule(store, tmp_path):
    """Within the hold of what was found before; what came is told with its day."""
    clock = Clock()
    zones = {has: world(1000, gmail_has_ipv6=has) for has in (True, False)}
    _, subscribers, kinds = zones[True]
    by_kind = expected(subscribers, kinds)
    found = []
    for number, has in enumerate((True, False, True)):
        with nsd(tmp_path / str(number), {"": zone_text(zones[has][0])}) as port, Gate(port, failing(kinds)) as gate:
            services, began = services_with(store, asked_at(gate), clock), clock.at
            count(services, subscribers)
            a_minute, _, _ = turns(services, clock, gate, until=began + FOUND_WITHIN)
            found.append(count(services, subscribers))
        assert max(a_minute.values()) < MOST_A_MINUTE / 3
    on, off, again = found
    assert on.over_ipv6 == again.over_ipv6 == by_kind["gmail"] + by_kind["six"]
    assert (off.over_ipv6, off.ipv4_only) == (by_kind["six"], by_kind["four"] + by_kind["gmail"])
    came = again.ways["gmail"]
    assert (on.ways["gmail"].came, came.came) == (0, by_kind["gmail"])
    assert began < came.came_at < began + FOUND_WITHIN
    days = record_of(store).days
    assert [(each.day, each.over_ipv6) for each in days] == [
        (BEGIN.date(), on.over_ipv6),
        (clock.at.date(), again.over_ipv6),
    ]


ZONE: Final = {"a.test": {"MX": [(1, "mx.a.test")]}, "mx.a.test": {"A": [FOUR], "AAAA": [SIX]}}


def test_sixty_domains_of_a_new_list_are_counted_with_its_second_check(store):
    clock = Clock()
    zone = {f"d{n}.test": {"MX": [(1, "mx.a.test")]} for n in range(60)} | ZONE
    services = services_with(store, ZoneResolver(zone), clock)
    subscribers = {f"d{n}.test": 70 for n in range(60)}
    count(services, subscribers)
    while turn(services, clock):
        pass
    assert clock.at - BEGIN < timedelta(minutes=1)
    assert count(services, subscribers).over_ipv6 == 4200


def test_domains_are_looked_up_once_for_all_lists_the_largest_first(store):
    clock = Clock()
    services = services_with(store, ZoneResolver(ZONE), clock)
    count_reach(services, LISTED, {"A.test.": 1, "b.test": 5, "bücher.test": 9})
    count_reach(services, a_list(id="other"), {"a.test": 100, "microsoft-365": 3, "[192.0.2.1]": 1})
    assert turn(services, clock) == ("xn--bcher-kva.test",), "one after another: the others are due in a moment"
    assert turn(services, clock) == ("b.test", "a.test")
    assert turn(services, clock) == ()
    assert store.client.zcard(keys.ROUTES_DUE) == 3


def test_one_turn_at_a_time_until_its_worker_is_taken_for_dead(store):
    """What was claimed and not recorded is due again after its lease."""
    clock = Clock()
    services = services_with(store, ZoneResolver(ZONE), clock)
    count_reach(services, LISTED, {"a.test": 1, "b.test": 1})
    clock.at += timedelta(seconds=1)
    assert set(claim_routes(services)) == {"a.test", "b.test"}
    clock.at += TURN_MOST - timedelta(seconds=1)
    assert claim_routes(services) == ()
    clock.at = BEGIN + timedelta(seconds=1) + LEASE
    assert set(claim_routes(services)) == {"a.test", "b.test"}


def test_what_no_list_has_any_more_is_forgotten(store):
    clock = Clock()
    services = services_with(store, ZoneResolver(ZONE), clock)
    count(services, {"a.test": 1, "b.test": 1})
    clock.at += timedelta(seconds=1)
    turn(services, clock)
    while clock.at < BEGIN + WANTED_FOR + timedelta(hours=1):
        clock.at += timedelta(hours=6)
        count(services, {"a.test": 1})
        sweep_routes(services)
    assert store.client.hkeys(keys.ROUTES) == [b"a.test"]
    assert store.client.zrange(keys.ROUTES_DUE, 0, -1) == store.client.zrange(keys.ROUTES_WANTED, 0, -1) == [b"a.test"]


def test_a_list_that_is_seldom_checked_has_its_domains_kept_until_the_next_check(store):
    """As seldom as `schedule.check_every` allows: they would be forgotten before they were ever counted."""
    clock = Clock()
    services = services_with(store, ZoneResolver(ZONE), clock)
    count(services, {"a.test": 1})
    clock.at += timedelta(seconds=1)
    turn(services, clock)
    clock.at = BEGIN + timedelta(days=7)
    sweep_routes(services)
    assert count(services, {"a.test": 1}).looked_up == 1


def test_beyond_the_bound_the_smallest_domains_are_left_out(store, monkeypatch):
    monkeypatch.setattr(keys, "ROUTES_MOST", 3)
    clock = Clock()
    services = services_with(store, ZoneResolver({}), clock)
    count(services, {f"d{n}.test": n for n in range(1, 9)})
    assert set(store.client.zrange(keys.ROUTES_DUE, 0, -1)) == {b"d8.test", b"d7.test", b"d6.test"}
    count_reach(services, a_list(id="other"), {"e.test": 1000})
    assert store.client.zcard(keys.ROUTES_DUE) == 3


def test_our_own_blindness_says_nothing_about_domains(store):
    """Where our resolver does not answer at all, what was known stands, without a word of a problem."""
    clock = Clock()
    names = [f"d{n}.test{n}" for n in range(5)]
    services = services_with(store, ZoneResolver({n: {"A": [FOUR]} for n in names}), clock)
    count(services, dict.fromkeys(names, 1))
    clock.at += timedelta(seconds=3)
    assert len(turn(services, clock)) == 5
    known = store.mail_routes.of(names)
    with Gate(1, lambda *_: "SERVFAIL") as gate:
        blind = services_with(store, SystemResolver([Server("127.0.0.1", gate.port)], timeout_s=0.3), clock)
        clock.at += timedelta(days=1)
        assert len(turn(blind, clock)) == 5
    assert store.mail_routes.of(names) == known
    assert count(services, dict.fromkeys(names, 1)).ipv4_only == 5


def test_times_of_a_clock_that_ran_ahead_hold_nothing_up(store):
    clock = Clock()
    services = services_with(store, ZoneResolver(ZONE), clock)
    clock.at = BEGIN + timedelta(days=30)
    count(services, {"a.test": 1})
    clock.at += timedelta(seconds=1)
    turn(services, clock)
    clock.at = BEGIN
    sweep_routes(services)
    assert store.client.zscore(keys.ROUTES_DUE, "a.test") <= (BEGIN + HOLDS_MOST + LEASE).timestamp()
    clock.at = BEGIN + HOLDS_MOST + LEASE
    assert turn(services, clock) == ("a.test",)
