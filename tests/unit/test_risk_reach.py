"""Whom it concerns, and what would change it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.managers.catalogue import all_kinds
from monitor.model.dns import SpfResult
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.risk import RiskLevel
from monitor.risk.facts import RiskFacts
from monitor.risk.losses import losses_by_day
from monitor.risk.reach import providers, reach, receiver_of, takes_ipv6
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import Reckoned, Stretch
from monitor.risk.whatif import what_if
from monitor.wording.receiver import concerned
from tests.builders import a_route, looks, reckoned_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOUR, SIX = ip_address("192.0.2.25"), ip_address("2001:db8::25")


@pytest.mark.parametrize(
    ("domain", "mx", "receiver"),
    [
        ("outlook.com", (), "outlook"),
        ("hotmail.co.uk", (), "outlook"),
        ("example.net", ("example-net.olc.protection.outlook.com",), "outlook"),
        ("Gmail.com.", (), "gmail"),
        ("example.edu", ("example-edu.mail.protection.outlook.com.",), "microsoft-365"),
        ("example.org", ("aspmx.l.google.com", "alt1.aspmx.l.google.com"), "gmail"),
        ("example.net", ("mta5.am0.yahoodns.net",), "yahoo"),
        ("microsoft-365", (), "microsoft-365"),
        ("example.com", ("mail.example.com",), None),
        ("example.com", ("notgoogle.com.example.com",), None),
        ("example.com", (), None),
    ],
)
def test_domains_are_placed_by_name_or_by_mx(domain, mx, receiver):
    assert receiver_of(domain, mx) == receiver


def test_receivers_with_rules_can_be_reached():
    """Each receiver that has rules is somebody's provider, but for software, which anybody may run."""
    anybody = {"generic", "policyd-spf", "opendmarc", "postfix", "exim", "stalwart", "spfbl", "linkedin"}
    ids = {provider.id for provider in providers()}
    assert {receiver.id for receiver in load_rules().receivers} - anybody <= ids


def test_claims_about_ipv6_are_dated_and_sourced():
    for provider in providers():
        assert provider.ipv6 is None or (provider.as_of and provider.source)


def test_counts_are_added_up():
    found = reach(
        {"outlook.com": 3, "hotmail.com": 4, "microsoft-365": 2, "example.edu": 5, "a.example": 6},
        {"a.example": a_route("mx.a.example")},
    )
    assert (found.at("outlook"), found.at("generic"), found.elsewhere, found.at("gmail")) == (7, 6, 5, 0)
    assert found.at("microsoft-365") == 2, "a count by the receiver's id"
    assert found.counts("gmail")  # example.edu may be behind it
    assert reach({}).at("gmail") is None


@pytest.mark.parametrize(
    ("route", "counted"),
    [
        pytest.param(a_route("mx.x.example", ipv6=True), {"over_ipv6": 7}, id="both"),
        pytest.param(a_route("mx.x.example", ipv6=True, ipv6_later=True), {"over_ipv6": 7}, id="at the backup"),
        pytest.param(a_route("mx.x.example", ipv4=False, ipv6=True), {"over_ipv6": 7}, id="IPv6 alone"),
        pytest.param(a_route("mx.x.example"), {"ipv4_only": 7}, id="no AAAA"),
        pytest.param(a_route("mx.x.example", ipv6=None, problem="servfail"), {"unknown": 7}, id="AAAA not told"),
        pytest.param(a_route(ipv4=False, ipv6=False, null_mx=True), {"no_mail": 7}, id="null MX, RFC 7505"),
        pytest.param(a_route("gone.example", ipv4=False, ipv6=False), {"no_mail": 7}, id="no address at all"),
        pytest.param(
            a_route(ipv4=None, ipv6=None, looked_up_at=None, problem="timeout"),
            {"unknown": 7, "elsewhere": 7, "looked_up": 0, "unanswered": 7},
            id="DNS never told",
        ),
        pytest.param(None, {"unknown": 7, "elsewhere": 7, "looked_up": 0}, id="not looked up yet"),
    ],
)
def test_every_subscriber_is_counted_once_by_how_mail_gets_there(route, counted):
    """RFC 5321 section 5.1. What DNS does not tell is unknown, never "no mail" and never "IPv4 alone"."""
    found = reach({"x.example": 7}, {} if route is None else {"x.example": route})
    usual = {
        "over_ipv6": 0,
        "ipv4_only": 0,
        "unknown": 0,
        "no_mail": 0,
        "elsewhere": 0,
        "looked_up": 7,
        "unanswered": 0,
    }
    assert {name: getattr(found, name) for name in usual} == usual | counted
    assert found.over_ipv6 + found.ipv4_only + found.unknown + found.no_mail == found.total == found.asked == 7


def test_sixty_domains_at_one_provider_are_all_placed():
    """However many domains a provider has: 25 were placed, and 2,030 of 4,230 subscribers stayed nowhere."""
    domains = {f"d{n}.example": 70 for n in range(60)}
    routes = {name: a_route(f"{name.partition('.')[0]}-example.mail.protection.outlook.com") for name in domains}
    found = reach(domains, routes)
    assert (found.at("microsoft-365"), found.elsewhere) == (4200, 0)


def test_dated_facts_count_only_where_dns_says_nothing():
    """Gmail is known to take mail over IPv6; a domain there that has no AAAA today does not."""
    assert reach({"gmail.com": 9}).over_ipv6 == 9
    assert reach({"gmail.com": 9}, {"gmail.com": a_route("mx.google.com")}).over_ipv6 == 0
    assert reach({"rr.com": 9}).ipv4_only == 9
    assert reach({"rr.com": 9}, {"rr.com": a_route("mx.charter.net", ipv6=True)}).over_ipv6 == 9


def test_ipv6_that_came_lately_is_told_apart():
    came = a_route("mx.x.example", ipv6=True, ipv6_since=NOW - timedelta(days=1))
    long_ago = a_route("mx.x.example", ipv6=True, ipv6_since=NOW - timedelta(days=60))
    ways = reach({"a.example": 5, "b.example": 3}, {"a.example": came, "b.example": long_ago}, now=NOW).ways["generic"]
    assert (ways.over_ipv6, ways.came, ways.came_at) == (8, 5, NOW - timedelta(days=1))


def test_ipv6_that_a_clock_ahead_dated_is_not_told_as_of_a_day_to_come():
    """What was noted while the clock ran a year ahead is reached all the same."""
    ahead = a_route("mx.x.example", ipv6=True, ipv6_since=NOW + timedelta(days=365))
    ways = reach({"a.example": 5}, {"a.example": ahead}, now=NOW).ways["generic"]
    assert (ways.over_ipv6, ways.came, ways.came_at) == (5, 0, None)


def test_whose_domain_has_no_ipv6_is_not_at_risk_over_ipv6():
    """Of 100 subscribers at Gmail 40 are at domains with AAAA: only those can be refused over IPv6."""
    counts = {"gmail.com": 60, "a.example": 40}
    routes = {"gmail.com": a_route("mx.google.com"), "a.example": a_route("mx.google.com", ipv6=True)}
    some = facts(subscribers=counts, counted=reach(counts, routes))
    (gmail, _), level = receiver_forecasts(some, now=NOW)
    assert (gmail.subscribers, gmail.at_risk, concerned(gmail), level) == (100, 40, 40, RiskLevel.CRITICAL)
    assert losses_by_day(some, now=NOW)[5] == pytest.approx(40, abs=2)
    assert losses_by_day(facts(), now=NOW)[5] == pytest.approx(100, abs=3), "where nobody asked DNS, all of them"


def test_a_provider_without_ipv6_today_is_in_no_danger_over_ipv6():
    """And the forecast moves by itself once it has."""
    counts = {"gmail.com": 100}
    without = facts(subscribers=counts, counted=reach(counts, {"gmail.com": a_route("mx.google.com")}))
    (gmail, _), level = receiver_forecasts(without, now=NOW)
    assert (gmail.level, level) == (RiskLevel.OK, RiskLevel.OK)
    turned_on = a_route("mx.google.com", ipv6=True, ipv6_since=NOW)
    _, level = receiver_forecasts(replace(without, counted=reach(counts, {"gmail.com": turned_on})), now=NOW)
    assert level is RiskLevel.CRITICAL


def facts(**more):
    reject = AdmissionAction.REJECT
    admission = tuple(
        Admission(
            receiver=r,
            client_ip=ip,
            action=reject if ip is SIX else AdmissionAction.ACCEPT,
            because=("spf=fail", "ptr=pass"),
        )
        for r in ("gmail", "yahoo")
        for ip in (SIX, FOUR)
    )
    base = RiskFacts(
        manager="mailman3",
        mta="exim",
        messages_per_day=4.0,
        subscribers={"gmail.com": 100},
        admission=admission,
        reckoned=reckoned_of(looks([SpfResult.FAIL] * 3), "gmail", "yahoo"),
    )
    return replace(base, **more)


def test_receivers_without_subscribers_do_not_count():
    forecasts, level = receiver_forecasts(facts(), now=NOW)
    assert {f.receiver: f.subscribers for f in forecasts} == {"gmail": 100, "yahoo": 0}
    assert level is RiskLevel.CRITICAL
    only_yahoo = tuple(a for a in facts().admission if a.receiver == "yahoo" or a.action is AdmissionAction.ACCEPT)
    _, level = receiver_forecasts(facts(admission=only_yahoo, reckoned={}), now=NOW)
    assert level is RiskLevel.OK


def test_who_takes_no_mail_over_ipv6_cannot_refuse_it_there():
    """Spectrum has no IPv6 address to send to: the list's faults over IPv6 harm nobody there."""
    assert (takes_ipv6("spectrum"), takes_ipv6("gmail"), takes_ipv6("yahoo")) == (False, True, None)
    assert (takes_ipv6("microsoft-365"), takes_ipv6("outlook")) == (True, False)
    there = facts(
        subscribers={"rr.com": 100},
        admission=tuple(replace(a, receiver="spectrum") for a in facts().admission if a.receiver == "gmail"),
        reckoned={("spectrum", 6): facts().reckoned["gmail", 6]},
    )
    (found,), level = receiver_forecasts(there, now=NOW)
    assert (found.action, found.level, level) == (AdmissionAction.ACCEPT, RiskLevel.OK, RiskLevel.OK)
    assert set(found.failure_rates) == {"4"}


def test_a_receiver_that_the_list_has_no_way_to_and_nobody_at_holds_no_level():
    """A list that leaves over IPv6 alone is never judged where no IPv6 is taken: that is no reason not to be ok."""
    both = ("gmail", "outlook")
    sound = facts(
        subscribers={"gmail.com": 10, "unplaced.example": 5},
        admission=tuple(
            Admission(receiver=r, client_ip=SIX, action=AdmissionAction.ACCEPT, because=("spf=pass",)) for r in both
        ),
        reckoned=reckoned_of(looks([SpfResult.PASS] * 6), *both),
        previous_level=RiskLevel.CRITICAL,
    )
    found, level = receiver_forecasts(sound, now=NOW)
    assert {each.receiver: each.level for each in found}["outlook"] is RiskLevel.UNKNOWN
    assert level is RiskLevel.OK
    _, level = receiver_forecasts(replace(sound, subscribers={"gmail.com": 10, "outlook.com": 5}), now=NOW)
    assert level is RiskLevel.CRITICAL, "five are there, and what becomes of their mail is not known"


def test_losses_follow_the_dates():
    found = losses_by_day(facts(), now=NOW)
    assert found[4] == pytest.approx(0, abs=3)
    assert found[5] == pytest.approx(100, abs=3)
    assert losses_by_day(facts(subscribers={}), now=NOW) == []


def test_what_if():
    found = {one.change: one for one in what_if(facts(), now=NOW)}
    assert found["publish"].level is RiskLevel.OK
    assert found["no-ipv6"].level is RiskLevel.OK
    assert found["threshold"].forecasts[0].disabled.median_days == 10
    assert found["rest"].forecasts[0].disabled.median_days == 12


def test_publishing_does_not_mend_a_missing_ptr():
    admission = tuple(replace(a, because=("spf=fail", "ptr=missing")) for a in facts().admission)
    found = {one.change: one for one in what_if(facts(admission=admission), now=NOW)}
    assert found["publish"].level is RiskLevel.CRITICAL


def test_publishing_promises_nothing_where_reverse_dns_is_unknown():
    admission = tuple(replace(a, because=("spf=fail", "ptr=unknown")) for a in facts().admission)
    found = {one.change: one for one in what_if(facts(admission=admission), now=NOW)}
    assert found["publish"].level is RiskLevel.UNKNOWN


@pytest.mark.parametrize("manager", [kind.id for kind in all_kinds() if kind.lever])
def test_every_threshold_can_be_raised(manager):
    """The setting is one that the manager knows, and raising it never brings the date nearer."""
    found = {one.change: one for one in what_if(facts(manager=manager), now=NOW)}
    (now_days, *_), _ = receiver_forecasts(facts(manager=manager), now=NOW)
    then = found["threshold"].forecasts[0].disabled.median_days
    assert then is None or then >= now_days.disabled.median_days


def test_a_fault_that_goes_on_comes_nearer():
    """Deferred without IPv4, the tenth day is far at first, and within a week later on."""
    defer = AdmissionAction.DEFER
    admission = (Admission(receiver="gmail", client_ip=SIX, action=defer, because=("spf=fail",)),)

    def level(days):
        stretch = Stretch(since=NOW - timedelta(days=days), looks=96 * days, certain=True, first=False)
        known = Reckoned(stretch=stretch, refusal=defer)
        made = facts(admission=admission, reckoned={("gmail", 6): known}, mta="postfix")
        (only,), level = receiver_forecasts(made, now=NOW)
        assert only.disabled_on == NOW + timedelta(days=9 - days)
        return level

    assert level(1) is RiskLevel.AT_RISK
    assert level(4) is RiskLevel.CRITICAL
