"""A name server that fails at every check: unknown at first, then a danger in its own time; not what comes and goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.checks.outage import outages_of
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.source import ListEvidence
from monitor.model.findings import CheckStatus, Severity
from monitor.mtas.parties import mta_of
from monitor.operations.examine import Known, examine
from monitor.spf.check import Subject
from monitor.store.codec import decode, encode
from tests.builders import a_ledger, a_list, entries_of
from tests.fakes import ZoneResolver

START = datetime(2026, 11, 16, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
LIST = a_list()
DOMAIN, PROVIDER, HOST = "lists.example.org", "_spf.provider.example", "mx.provider.example"
RECORD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
INCLUDES = f"v=spf1 include:{PROVIDER} -all"
BY_HOST = f"v=spf1 a:{HOST} -all"
OTHERS = ("gmail.com", "outlook.com", "yahoo.com")
V4, V6 = LIST.outbound
POSTFIX = mta_of("postfix", {})
NO_TXT = {(DOMAIN, "TXT"): "servfail"}
NOTHING_OF_OURS = {
    DOMAIN: "timeout",
    LIST.helo: "timeout",
    V4.reverse_pointer: "timeout",
    V6.reverse_pointer: "timeout",
}


class OfOthers(ZoneResolver):
    """Also answers, or not, whatever is asked below the domains of others: names that are made up on the spot."""

    def __init__(self, zones, errors=None, *, others=None):
        super().__init__(zones, errors)
        self._others = others

    def lookup(self, name, rrtype, *, timeout_s=None):
        below = next((each for each in OTHERS if name.endswith(f".{each}")), None)
        if below is not None and self._others is not None:
            self._errors[name, rrtype] = self._others
        return super().lookup(name, rrtype, timeout_s=timeout_s)


def resolver(record=RECORD, errors=None, *, others=None):
    zones = {
        DOMAIN: {"TXT": [record]},
        PROVIDER: {"TXT": [RECORD]},
        HOST: {"A": [str(V4)], "AAAA": [str(V6)]},
        LIST.helo: {"A": [str(V4)], "AAAA": [str(V6)]},
        **{each.reverse_pointer: {"PTR": [LIST.helo]} for each in LIST.outbound},
    }
    return OfOthers(zones, errors, others=others)


def looked(previous, at, asked, *, slot=1, mta=POSTFIX, every=EVERY):
    """One check as the worker makes it, and as the store would give it back."""
    subject = Subject(
        list_id=LIST.id, domain=DOMAIN, reverse_path=LIST.reverse_path, helo=LIST.helo, outbound=LIST.outbound
    )
    known = Known(previous=previous, mta=mta, every=every)
    outcome, _ = examine(subject, known, asked, None, load_rules(), now=at, slot=slot)
    return decode(type(outcome), encode(outcome))


def story(*parts, previous=None, start=START, every=EVERY, **options):
    """Checks, oldest first: parts are (number of checks, errors or a resolver)."""
    checks, slot = [], 1
    for number, met in parts:
        for _ in range(number):
            asked = met if isinstance(met, ZoneResolver) else resolver(errors=met)
            previous = looked(previous, start + (slot - 1) * every, asked, slot=slot, every=every, **options)
            checks.append(previous)
            slot += 1
    return checks


def told(outcome, code="dns.failing"):
    return next((each for each in outcome.findings if each.code == code), None)


def test_a_week_of_servfail_is_unknown_then_a_warning_then_critical():
    sound, *failing = story((1, None), (7 * 96, NO_TXT))
    assert sound.status is CheckStatus.OK
    statuses = [each.status for each in failing]
    first_told = statuses.index(CheckStatus.WARNING)
    assert set(statuses[:first_told]) == {CheckStatus.UNKNOWN}
    assert failing[first_told].evaluated_at - failing[0].evaluated_at == timedelta(hours=1)
    assert all(told(each, "dns.temperror") for each in failing[:first_told])
    assert not any(told(each, "dns.temperror") for each in failing[first_told:])  # one cause, one finding
    bounces_at = failing[0].evaluated_at + timedelta(seconds=POSTFIX.expires_s)
    worse = statuses.index(CheckStatus.CRITICAL)
    assert bounces_at - timedelta(days=1) <= failing[worse].evaluated_at < bounces_at - timedelta(days=1) + EVERY
    assert set(statuses[first_told:worse]) == {CheckStatus.WARNING}
    assert set(statuses[worse:]) == {CheckStatus.CRITICAL}


def test_the_sentence_says_who_since_when_what_and_until_when_and_does_not_change_with_each_check():
    checks = story((1, None), (130, NO_TXT), every=timedelta(hours=1))
    found = [each for each in map(told, checks) if each is not None]
    sentences = list(dict.fromkeys(each.message for each in found))
    assert sentences[0] == (
        "The name servers of lists.example.org have given no usable answer at any check since 16 November 2026, 13:00 UTC, so that "
        "SPF of lists.example.org cannot be evaluated. Receivers that check SPF put such mail off (4yz) or take it for "
        "unauthenticated. Your server (Postfix) gives up after 5 days: what was put off bounces from 21 November 2026, 13:20 UTC on."
    )
    assert len(sentences) == 2
    assert sentences[1].endswith("what was put off has bounced since 21 November 2026, 13:20 UTC.")
    assert found[-1].evidence["checks"] == 130
    assert found[-1].evidence["seen_at"] == START.isoformat()
    assert found[-1].fix.name == "whoever runs the name servers of lists.example.org"


def test_a_check_by_hand_says_the_same_at_the_same_moment():
    last = story((1, None), (20, NO_TXT))[-1]
    by_hand = looked(last, last.evaluated_at + timedelta(minutes=7), resolver(errors=NO_TXT), slot=0)
    assert told(by_hand).message == told(last).message
    assert by_hand.status is last.status
    bare = looked(None, last.evaluated_at, resolver(errors=NO_TXT), slot=0, mta=None)
    assert bare.status is CheckStatus.UNKNOWN
    assert told(bare) is None


def test_it_ends_with_the_first_check_that_sees_and_begins_anew():
    checks = story((1, None), (20, NO_TXT), (1, None), (1, NO_TXT))
    assert (checks[-2].outages, checks[-2].status) == ((), CheckStatus.OK)
    assert {(each.checks, each.seen_at) for each in checks[-1].outages} == {(1, checks[-2].evaluated_at)}


def test_a_check_delivered_twice_counts_once():
    last = story((1, None), (20, NO_TXT))[-1]
    again = looked(last, last.evaluated_at + timedelta(seconds=40), resolver(errors=NO_TXT), slot=last.slot)
    assert again.outages == last.outages


@pytest.mark.parametrize(
    ("lasted", "gap", "goes_on"),
    [
        pytest.param(1, timedelta(minutes=45), True, id="a few checks were missed"),
        pytest.param(1, timedelta(hours=3), False, id="one failure says nothing of three hours"),
        pytest.param(40, timedelta(hours=3), True, id="what failed for ten hours fails three more"),
        pytest.param(40, timedelta(hours=12), False, id="but not twelve"),
        pytest.param(200, timedelta(days=2), False, id="nor two days after two"),
    ],
)
def test_a_time_without_checks_is_no_time_of_failing_unless_failures_on_both_sides_speak_for_it(lasted, gap, goes_on):
    last = story((1, None), (lasted, NO_TXT))[-1]
    after = looked(last, last.evaluated_at + gap, resolver(errors=NO_TXT), slot=9999)
    (four, _) = after.outages
    assert (four.since == last.outages[0].since) is goes_on
    assert four.checks == (lasted + 1 if goes_on else 1)
    assert four.seen_at == START  # what is known of before is known still


def test_lists_that_are_checked_twice_a_day_are_no_list_of_gaps():
    checks = story((1, None), (6, NO_TXT), every=timedelta(hours=12))
    assert [told(each) is not None for each in checks] == [False] * 3 + [True] * 4


def test_our_own_blindness_is_no_evidence_and_hands_the_state_on():
    blind = resolver(errors=NOTHING_OF_OURS, others="timeout")
    *_, last = story((1, None), (20, NO_TXT))
    dark = story((3, blind), previous=last, start=last.evaluated_at + EVERY)
    for each in dark:
        assert each.ours is not None
        assert (each.status, each.findings[0].code) == (CheckStatus.UNKNOWN, "resolver.blind")
        assert each.outages == last.outages
        assert told(each) is None
    after = looked(dark[-1], dark[-1].evaluated_at + EVERY, resolver(errors=NO_TXT), slot=99)
    assert (after.outages[0].checks, after.outages[0].since) == (21, last.outages[0].since)
    assert told(after) is not None


def test_our_own_blindness_alone_blames_nobody_however_long():
    checks = story((1, None), (200, resolver(errors=NOTHING_OF_OURS, others="servfail")))
    assert {each.status for each in checks[1:]} == {CheckStatus.UNKNOWN}
    assert all(each.ours and not each.outages for each in checks[1:])


def test_where_all_of_the_lists_own_names_are_dead_others_show_that_we_can_see():
    checks = story((1, None), (10, NOTHING_OF_OURS))
    assert checks[-1].ours is None
    assert told(checks[-1]).severity is Severity.WARNING


def test_no_question_about_others_is_asked_while_anything_is_answered():
    asked = resolver(errors=NO_TXT)
    looked(None, START, asked)
    assert not any(name.endswith(OTHERS) for name, _ in asked.asked)


def test_an_evaluation_that_ran_out_of_time_neither_ends_it_nor_begins_one():
    *_, last = story((1, None), (5, NO_TXT))
    later = looked(last, last.evaluated_at + EVERY, resolver(errors=NO_TXT), slot=99)
    no_name = replace(later, results=tuple(replace(each, trace=()) for each in later.results))
    assert outages_of(no_name, last, every=EVERY) == last.outages
    assert outages_of(no_name, None, every=EVERY) == ()


def test_an_includes_name_servers_are_named():
    met = resolver(INCLUDES, {(PROVIDER, "TXT"): "timeout"})
    found = told(story((10, met))[-1])
    assert found.message.startswith(f"The name servers of {PROVIDER} have given no usable answer")
    assert f"so that SPF of {DOMAIN} cannot be evaluated" in found.message
    assert found.evidence["domain"] == PROVIDER  # one cause under many lists is known by it


@pytest.mark.parametrize(
    ("mta", "settings", "date"),
    [
        pytest.param("postfix", {}, False, id="postfix goes on to IPv4"),
        pytest.param("sendmail", {}, True, id="sendmail does not"),
        pytest.param("sendmail", {"mta.order": "ipv4-only"}, False, id="no IPv6 at all"),
    ],
)
def test_one_family_of_which_nothing_is_known(mta, settings, date):
    met = resolver(BY_HOST, {(HOST, "AAAA"): "servfail"})
    last = story((75, met), mta=mta_of(mta, settings), every=timedelta(hours=2))[-1]
    assert [each.family for each in last.outages] == [6]
    found = told(last)
    assert f"SPF of {DOMAIN} over IPv6 cannot be evaluated" in found.message
    assert (found.evidence["bounces_at"] is not None) is date
    assert found.severity is (Severity.CRITICAL if date else Severity.WARNING)
    over_ipv4 = [each for each in last.admission if each.client_ip == V4 and each.undecided != ("bulk",)]
    assert {each.action.value for each in over_ipv4} == {"accept"}
    assert "unknown" in {each.action.value for each in last.admission if each.client_ip == V6}
    assert "accept" not in {
        each.action.value for each in last.admission if each.client_ip == V6 and "spf" in str(each.undecided)
    }


def test_receivers_without_ipv6_put_off_what_fails_over_ipv4():
    last = story((75, resolver(BY_HOST, {(HOST, "A"): "servfail"})), every=timedelta(hours=2))[-1]
    assert [each.family for each in last.outages] == [4]
    assert "over IPv4 cannot be evaluated" in told(last).message
    assert told(last).severity is Severity.CRITICAL


def test_the_lists_own_queue_lifetime_counts():
    short = story((1, None), (6, NO_TXT), mta=mta_of("postfix", {"mta.queue_lifetime": "1d"}))
    assert told(short[-1]).severity is Severity.CRITICAL
    assert "gives up after 1 day:" in told(short[-1]).message


def test_another_domain_has_a_past_of_its_own():
    last = story((1, None), (20, NO_TXT))[-1]
    moved = decode(
        type(last), encode(last).replace(b'"domain":"lists.example.org","list_id"', b'"domain":"x.example","list_id"')
    )
    assert moved.domain == "x.example"
    assert {each.checks for each in looked(moved, last.evaluated_at + EVERY, resolver(errors=NO_TXT)).outages} == {1}


def sporadic_findings(checks, *, now=None):
    """What comes and goes by the ledger of these checks, told with the newest of them."""
    now = now or checks[-1].evaluated_at
    ledger = a_ledger(*entries_of(CHECKS, *checks))
    evidence = ListEvidence(listed=LIST, rules=load_rules(), now=now, reports={}, ledger=ledger)
    return list(CHECKS.findings((), evidence))


SPORADIC = [
    pytest.param([(20, None)], False, id="never"),
    pytest.param([(9, None), (1, NO_TXT), (10, None)], False, id="once is a lost packet"),
    pytest.param([(5, None), (1, NO_TXT), (5, None), (1, NO_TXT), (8, None)], True, id="twice"),
    pytest.param([(1, None), (1, NO_TXT)] * 10, True, id="every other time"),
    pytest.param([(6, None), (14, NO_TXT)], False, id="an outage that lasts"),
    pytest.param([(2, None), (12, NO_TXT), (6, None)], False, id="an outage that lasted"),
    pytest.param([(2, None), (12, NO_TXT), (3, None), (1, NO_TXT), (2, None)], False, id="and a lost packet"),
    pytest.param([(20, NO_TXT)], False, id="always"),
    pytest.param([(2, None), (2, NO_TXT), (6, None), (2, NO_TXT), (8, None)], True, id="half an hour now and then"),
]


@pytest.mark.parametrize(("parts", "found"), SPORADIC)
def test_only_what_comes_and_goes_is_sporadic(parts, found):
    assert bool(sporadic_findings(story(*parts))) is found


def test_what_is_sporadic_is_counted_without_the_outage_that_lasted():
    parts = (4, None), (1, NO_TXT), (4, None), (12, NO_TXT), (4, None), (2, NO_TXT), (4, None)
    (found,) = sporadic_findings(story(*parts))
    assert (found.evidence["failed"], found.evidence["checks"], found.evidence["spells"]) == (3, 19, 2)


def test_our_own_blindness_is_nothing_sporadic():
    blind = resolver(errors=NOTHING_OF_OURS, others="timeout")
    assert sporadic_findings(story(*[(1, None), (1, blind)] * 8)) == []
