"""The canary: its silence, the notices it gets, and what a stranger can write to it."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from operator import attrgetter

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.arrivals.travelling import travelling
from monitor.evidence.canary.findings import canary_findings, silence_allowed
from monitor.evidence.canary.source import CANARY
from monitor.evidence.genuine import genuine
from monitor.evidence.seen_mail import dkim_of
from monitor.evidence.source import ListEvidence
from monitor.model.dns import SpfResult
from monitor.model.evidence import AuthResult, CanaryKind, CanaryMail
from monitor.model.risk import RiskLevel
from monitor.risk.judge import judge
from tests.builders import NOW, V6, a_ledger, a_list, a_signature, an_arrival, an_spf_outcome, entries_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LIST = a_list()


def came(
    ago,
    kind=CanaryKind.POST,
    *,
    client_ip=V6,
    reverse_path="ops-bounces+token=v6.example.org@lists.example.org",
    spf=SpfResult.PASS,
    dkim=(),
):
    outcome = an_spf_outcome(
        spf,
        domain="lists.example.org" if reverse_path else LIST.helo,  # RFC 7208 section 2.4
        client_ip=client_ip,
        reverse_path=reverse_path,
    )
    return an_arrival(
        probe_id=None,
        received_at=NOW - ago,
        client_ip=client_ip,
        reverse_path=reverse_path,
        spf=(outcome,),
        dkim=tuple(a_signature(domain, result) for domain, result in dkim),
        message_id=f"<{ago}@example.net>",
        canary=CanaryMail(kind=kind, subject="what it says", sender="ops-request@lists.example.org"),
    )


def daily(days, *, since=timedelta(0)):
    return [came(since + n * DAY) for n in range(days)]


def codes(mail, **more):
    facts = {"probe_arrived_at": None, "receiver_silent": False, "now": NOW} | more
    return [each.code for each in canary_findings(mail, **facts)]


@pytest.mark.parametrize(
    ("pauses", "allowed"),
    [
        pytest.param([DAY] * 9, None, id="too few to speak of a habit"),
        pytest.param([DAY] * 10, 2 * DAY, id="daily"),
        pytest.param([DAY] * 9 + [7 * DAY], 14 * DAY, id="a week's pause belongs to the habit"),
        pytest.param([HOUR] * 100, 2 * DAY, id="a busy list may rest over a weekend"),
    ],
)
def test_the_habit_is_twice_the_longest_pause(pauses, allowed):
    times = [NOW]
    for pause in pauses:
        times.append(times[-1] - pause)
    assert silence_allowed(times) == allowed


@pytest.mark.parametrize(
    ("posts_before", "pause", "allowed"),
    [
        pytest.param(0, 30 * DAY, 60 * DAY, id="a month's pause belongs to the habit, however many posts came since"),
        pytest.param(45, 30 * DAY, 60 * DAY, id="also after weeks"),
        pytest.param(100, 30 * DAY, 60 * DAY, id="and after months"),
        pytest.param(0, DAY, 2 * DAY, id="daily ever since"),
    ],
)
def test_the_ledger_knows_of_pauses_that_the_newest_posts_do_not_show(posts_before, pause, allowed):
    newest = [NOW - n * DAY for n in range(CANARY.read)]
    older = [newest[-1] - n * DAY for n in range(1, posts_before + 1)]
    before = [(older or newest)[-1] - pause - n * DAY for n in range(5)]
    mail = [came(NOW - at) for at in (*newest, *older, *before)]
    known = a_ledger(*sorted(entries_of(CANARY, *mail), key=attrgetter("at"))).longest_pause
    assert silence_allowed(newest, known) == allowed


def test_silence_beyond_the_habit_is_told():
    assert codes(daily(11, since=2 * DAY)) == []
    assert codes(daily(11, since=2 * DAY + HOUR)) == ["canary.silent"]
    assert codes(daily(11, since=3 * DAY), receiver_silent=True) == [], "our own receiver is down: nothing is known"
    assert codes(daily(3, since=30 * DAY)) == [], "no habit is known"


def test_silence_while_probes_arrive_points_at_the_list_software():
    silent = daily(11, since=3 * DAY)
    asked = {"receiver_silent": False, "now": NOW}
    (told,) = canary_findings(silent, probe_arrived_at=NOW - HOUR, **asked)
    assert "list software" in told.message
    assert told.evidence["probes_arrive"] is True
    (told,) = canary_findings(silent, probe_arrived_at=NOW - 4 * DAY, **asked)
    assert told.evidence["probes_arrive"] is False


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param(CanaryKind.DISABLE_WARNING, "canary.disable-warning", id="warning"),
        pytest.param(CanaryKind.UNSUBSCRIBED, "canary.unsubscribed", id="end"),
        pytest.param(CanaryKind.CONFIRMATION, "canary.confirmation", id="confirmation"),
    ],
)
def test_each_notice_is_a_finding_of_its_own(kind, code):
    assert codes([came(HOUR, kind), *daily(3, since=2 * HOUR)]) == [code]
    assert codes([came(HOUR, CanaryKind.NOTICE)]) == []


def test_the_end_of_the_subscription_explains_the_silence_and_a_new_post_ends_it():
    ended = came(3 * DAY, CanaryKind.UNSUBSCRIBED)
    assert codes([ended, *daily(12, since=4 * DAY)]) == ["canary.unsubscribed"]
    assert codes([came(HOUR), ended, *daily(12, since=4 * DAY)]) == []


def test_a_confirmation_that_was_given_and_an_old_warning_are_forgotten():
    assert codes([came(HOUR), came(2 * HOUR, CanaryKind.CONFIRMATION)]) == []
    assert codes([came(31 * DAY, CanaryKind.DISABLE_WARNING)]) == []


STRANGE = ip_address("2001:db8:bad::1")


@pytest.mark.parametrize(
    ("arrival", "counts"),
    [
        pytest.param(came(HOUR, spf=SpfResult.FAIL), True, id="from a declared address, whatever SPF says"),
        pytest.param(
            came(HOUR, client_ip=ip_address("2001:db8:25::abcd"), spf=SpfResult.FAIL), True, id="from the same /64"
        ),
        pytest.param(came(HOUR, client_ip=STRANGE), True, id="from elsewhere with SPF"),
        pytest.param(
            came(HOUR, client_ip=STRANGE, spf=SpfResult.FAIL, dkim=[("lists.example.org", AuthResult.PASS)]),
            True,
            id="from elsewhere with the list's DKIM",
        ),
        pytest.param(came(HOUR, client_ip=STRANGE, spf=SpfResult.FAIL), False, id="forged"),
        pytest.param(
            came(HOUR, client_ip=STRANGE, spf=SpfResult.FAIL, dkim=[("example.net", AuthResult.PASS)]),
            False,
            id="forged, signed by another",
        ),
        pytest.param(came(HOUR, reverse_path="spam@example.net"), False, id="in another's name"),
        pytest.param(came(HOUR, reverse_path="", client_ip=STRANGE, spf=SpfResult.FAIL), False, id="in nobody's name"),
        pytest.param(
            came(HOUR, reverse_path="", client_ip=STRANGE), True, id="a notice from another of the list's hosts"
        ),
    ],
)
def test_what_a_stranger_writes_to_the_canary_is_no_evidence(arrival, counts):
    assert bool(genuine([arrival], LIST, [])) is counts


def test_posts_are_evidence_as_arrivals_are_and_notices_are_not():
    notice = came(HOUR, CanaryKind.DISABLE_WARNING)
    direct = replace(came(HOUR), canary=None, probe_id="p", direct=True)
    post = came(2 * HOUR)
    assert travelling([notice, direct, post]) == (post,)


def test_only_the_lists_own_signature_speaks_for_its_next_post():
    """The author's signature may survive this post and not be there in the next one."""
    assert dkim_of([came(HOUR, dkim=[("example.net", AuthResult.PASS)])], a_list(), now=NOW) is AuthResult.NONE
    assert dkim_of([came(HOUR, dkim=[("lists.example.org", AuthResult.PASS)])], a_list(), now=NOW) is AuthResult.PASS


def test_a_silent_canary_is_to_be_watched():
    mail = daily(11, since=3 * DAY)
    said = judge(ListEvidence(listed=LIST, rules=load_rules(), now=NOW, reports={"canary": mail}))
    assert said.level is RiskLevel.WATCH
    assert [each.code for each in said.findings] == ["canary.silent"]


@pytest.mark.parametrize(
    ("receivers", "told"),
    [
        pytest.param({"ams1": True, "fra1": False}, ["canary.silent"], id="that of the canary lives"),
        pytest.param({"ams1": False, "fra1": True}, [], id="that of the canary is silent"),
        pytest.param({"fra1": True}, [], id="that of the canary was taken away"),
    ],
)
def test_a_canary_is_silent_only_while_its_own_receiver_lives(receivers, told):
    """Another one that lives takes no mail for it; the list is blind only when none lives."""
    mail = [replace(each, receiver="ams1") for each in daily(11, since=3 * DAY)]
    facts = {"rules": load_rules(), "now": NOW, "reports": {"canary": mail}, "receivers": receivers}
    said = judge(ListEvidence(listed=LIST, **facts))
    assert [each.code for each in said.findings] == told
    assert said.blind == ()
