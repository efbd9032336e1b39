"""What receivers would answer: by evidence, by family, by day; unknown never refuses."""

from datetime import date
from ipaddress import ip_address
from itertools import product

import pytest

from monitor.admission.rules import Evidence, admit, load_rules
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult

RULES = load_rules()
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
PASS, FAIL = SpfResult.PASS, SpfResult.FAIL
ACCEPT, DEFER, REJECT, UNKNOWN = (
    AdmissionAction.ACCEPT,
    AdmissionAction.DEFER,
    AdmissionAction.REJECT,
    AdmissionAction.UNKNOWN,
)
REFUSALS = {DEFER, REJECT}
TODAY, BEFORE, AFTER = date(2026, 11, 23), date(2015, 4, 23), date(2015, 4, 24)


def everywhere(bulk):
    """The same at every receiver; None: known of none."""
    return frozenset() if bulk is None else frozenset((each.id, bulk) for each in RULES.receivers)


def answer(receiver, client_ip=V6, *, spf=PASS, dkim=AuthResult.NONE, ptr=PtrResult.PASS, on=TODAY, bulk=False):
    evidence = Evidence(client_ip=client_ip, spf=spf, dkim=dkim, ptr=ptr, bulk=everywhere(bulk))
    return next(each for each in admit(RULES, evidence, on=on) if each.receiver == receiver)


@pytest.mark.parametrize(
    ("receiver", "facts", "action", "code"),
    [
        pytest.param("microsoft-365", {}, ACCEPT, None, id="all in order"),
        pytest.param("microsoft-365", {"spf": FAIL}, DEFER, "450 4.7.26", id="Microsoft today defers"),
        pytest.param("microsoft-365", {"spf": FAIL, "on": AFTER}, DEFER, "450 4.7.26", id="since 24 April 2015"),
        pytest.param("microsoft-365", {"spf": FAIL, "on": BEFORE}, REJECT, "554 5.7.26", id="until 23 April 2015"),
        pytest.param("microsoft-365", {"spf": FAIL, "client_ip": V4}, ACCEPT, None, id="over IPv4 it asks for nothing"),
        pytest.param("microsoft-365", {"spf": FAIL, "dkim": AuthResult.PASS}, ACCEPT, None, id="DKIM makes up for SPF"),
        pytest.param("microsoft-365", {"spf": FAIL, "dkim": None}, UNKNOWN, None, id="unsigned or not is unknown"),
        pytest.param("microsoft-365", {"ptr": PtrResult.MISSING}, DEFER, "450 4.7.25", id="no PTR"),
        pytest.param(
            "microsoft-365",
            {"ptr": PtrResult.MISSING, "spf": FAIL, "dkim": None},
            DEFER,
            "450 4.7.25",
            id="what is known decides",
        ),
        pytest.param("gmail", {"spf": FAIL}, REJECT, "550 5.7.1 [", id="Gmail over IPv6"),
        pytest.param("gmail", {"spf": FAIL, "client_ip": V4}, REJECT, "550 5.7.26 ", id="Gmail over IPv4"),
        pytest.param("gmail", {"ptr": PtrResult.MISMATCH}, REJECT, "550 5.7.1 [", id="PTR that leads elsewhere"),
        pytest.param("yahoo", {"spf": SpfResult.NONE}, REJECT, "550 5.7.9", id="Yahoo without SPF"),
        pytest.param("spectrum", {}, ACCEPT, None, id="Spectrum is never met over IPv6"),
        pytest.param("orange", {"spf": FAIL, "dkim": AuthResult.PASS}, DEFER, "421 ", id="SPF and DKIM both"),
        pytest.param("generic", {"spf": SpfResult.PERMERROR}, REJECT, "550 5.7.26", id="a record that is void"),
        pytest.param("generic", {"spf": SpfResult.TEMPERROR}, UNKNOWN, None, id="DNS trouble refuses nothing"),
    ],
)
def test_a_receiver_answers_as_its_dated_rules_say(receiver, facts, action, code):
    said = answer(receiver, **facts)
    assert said.action is action
    assert (said.reply or "").startswith(code or "")
    assert (said.reply is None) == (code is None)
    assert (said.rule is None) == (code is None)


def test_the_reply_names_our_address_and_the_reasons_name_the_facts():
    said = answer("microsoft-365", spf=FAIL, dkim=None, ptr=PtrResult.MISSING)
    assert f"[{V6}]" in said.reply
    assert said.because == ("spf=fail", "dkim=unknown", "ptr=missing")


@pytest.mark.parametrize("client_ip", [V4, V6], ids=["IPv4", "IPv6"])
def test_what_is_not_known_never_refuses(client_ip):
    """With no evidence a receiver's answer is unknown, or what it gives to everybody."""
    nothing = Evidence(client_ip=client_ip, spf=None, dkim=None, ptr=None)
    everything = Evidence(client_ip=client_ip, spf=PASS, dkim=AuthResult.PASS, ptr=PtrResult.PASS)
    for unknown, best in zip(admit(RULES, nothing, on=TODAY), admit(RULES, everything, on=TODAY), strict=True):
        assert unknown.action is UNKNOWN or unknown.action is best.action


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(facts, id="-".join(str(fact) for fact in facts))
        for facts in product((PASS, FAIL, None), (AuthResult.PASS, AuthResult.NONE, None), (PtrResult.PASS, None))
    ],
)
def test_to_learn_that_something_is_in_order_never_brings_a_refusal(facts):
    spf, dkim, ptr = facts
    before = admit(RULES, Evidence(client_ip=V6, spf=spf, dkim=dkim, ptr=ptr), on=TODAY)
    after = admit(RULES, Evidence(client_ip=V6, spf=PASS, dkim=dkim, ptr=PtrResult.PASS), on=TODAY)
    for worse, better in zip(before, after, strict=True):
        assert better.action not in REFUSALS or worse.action in REFUSALS


@pytest.mark.parametrize(
    ("on", "reply"),
    [
        pytest.param(date(2014, 7, 1), "554 5.7.1 ", id="the first form"),
        pytest.param(date(2015, 4, 1), "554 5.7.26 ", id="the day of the story"),
        pytest.param(BEFORE, "554 5.7.26 ", id="the last day of 554"),
        pytest.param(AFTER, "450 4.7.26 ", id="the first day of 450"),
        pytest.param(TODAY, "450 4.7.26 ", id="today"),
    ],
)
def test_microsoft_softened_its_demand_for_spf_or_dkim_on_24_april_2015(on, reply):
    assert (answer("microsoft-365", spf=FAIL, on=on).reply or "").startswith(reply)


@pytest.mark.parametrize(
    ("on", "reply"),
    [
        pytest.param(date(2015, 4, 17), "554 5.7.1 ", id="the first form"),
        pytest.param(date(2015, 4, 18), "550 5.7.25 ", id="with the code of RFC 7372 §3.3"),
        pytest.param(AFTER, "550 5.7.25 ", id="not softened with the other"),
        pytest.param(TODAY, "450 4.7.25 ", id="today"),
    ],
)
def test_microsoft_softened_its_demand_for_a_ptr_later(on, reply):
    assert (answer("microsoft-365", ptr=PtrResult.MISSING, on=on).reply or "").startswith(reply)


def test_bulk_demands_are_made_of_bulk_senders_only():
    facts = {"client_ip": V4, "spf": PASS, "dkim": AuthResult.NONE, "ptr": PtrResult.PASS}
    for bulk, expected in ((False, ACCEPT), (True, REJECT), (None, UNKNOWN)):
        said = {each.receiver: each for each in admit(RULES, Evidence(**facts, bulk=everywhere(bulk)), on=TODAY)}
        assert said["gmail"].action is expected
        assert said["outlook"].action is expected
        assert said["microsoft-365"].action is ACCEPT, "Exchange Online was taken for Outlook.com"


ALL_MET = {
    "spf": PASS,
    "dkim": AuthResult.PASS,
    "ptr": PtrResult.PASS,
    "dmarc": AuthResult.PASS,
    "tls": True,
}


def of_bulk(receiver, *, bulk=True, **differs):
    evidence = Evidence(client_ip=V4, bulk=everywhere(bulk), **{**ALL_MET, **differs})
    return next(each for each in admit(RULES, evidence, on=TODAY) if each.receiver == receiver)


@pytest.mark.parametrize(
    ("receiver", "differs", "rule"),
    [
        pytest.param("gmail", {"spf": FAIL}, "goog.bulk.spf.5727", id="Gmail: SPF"),
        pytest.param("gmail", {"dkim": AuthResult.NONE}, "goog.bulk.dkim.5730", id="Gmail: DKIM"),
        pytest.param("gmail", {"tls": False}, "goog.bulk.tls.5729", id="Gmail: TLS"),
        pytest.param("gmail", {"dmarc": AuthResult.NONE}, "goog.bulk.dmarc.5740", id="Gmail: no DMARC record"),
        pytest.param("gmail", {"dmarc": AuthResult.FAIL}, "goog.bulk.align.5732", id="Gmail: alignment"),
        pytest.param("outlook", {"spf": FAIL}, "ms.olc.auth.57515", id="Outlook.com: SPF"),
        pytest.param("outlook", {"dkim": AuthResult.NONE}, "ms.olc.auth.57515", id="Outlook.com: DKIM"),
        pytest.param("outlook", {"dmarc": AuthResult.FAIL}, "ms.olc.auth.57515", id="Outlook.com: DMARC"),
        pytest.param("outlook", {"dmarc": AuthResult.NONE}, "ms.olc.auth.57515", id="Outlook.com: no DMARC record"),
        pytest.param("yahoo", {"spf": FAIL}, "yahoo.defer.tss", id="Yahoo: SPF"),
        pytest.param("yahoo", {"dkim": AuthResult.NONE}, "yahoo.defer.tss", id="Yahoo: DKIM"),
        pytest.param("yahoo", {"dmarc": AuthResult.FAIL}, "yahoo.defer.tss", id="Yahoo: DMARC"),
    ],
)
def test_every_demand_on_bulk_is_made_of_bulk_and_of_nobody_else(receiver, differs, rule):
    """Where nobody knows whether it is bulk, a demand that would be broken leaves the answer unknown: no "accept"."""
    assert of_bulk(receiver, **differs).rule == rule
    assert of_bulk(receiver, bulk=False, **differs).action is ACCEPT
    vague = of_bulk(receiver, bulk=None, **differs)
    assert (vague.action, vague.undecided) == (UNKNOWN, ("bulk",))


def test_every_demand_on_bulk_in_the_data_is_in_that_table():
    """But Apple's, which names no number: whether its demand is made can never be known."""
    asked = {(each.id, demand.rule.id) for each in RULES.receivers for demand in each.demands if demand.bulk}
    table = test_every_demand_on_bulk_is_made_of_bulk_and_of_nobody_else.pytestmark[0].args[1]
    assert asked - {("apple", "apple.policy.cs01")} == {(each.values[0], each.values[2]) for each in table}
    named = {each.id for each in RULES.receivers if each.bulk_from is not None}
    assert {receiver for receiver, _ in asked} - {"apple"} == named
    assert all(each.bulk_source for each in RULES.receivers if each.bulk_from is not None)


@pytest.mark.parametrize(("bulk", "word"), [(None, "bulk=unknown"), (True, "bulk=yes"), (False, "bulk=no")])
def test_what_is_met_is_met_whoever_sends_bulk(bulk, word):
    for receiver in ("gmail", "outlook", "yahoo", "apple"):
        said = of_bulk(receiver, bulk=bulk)
        assert (said.action, word in said.because) == (ACCEPT, True)


def test_bulk_is_told_only_where_it_is_asked_about():
    for receiver in ("microsoft-365", "gmx", "t-online"):
        assert not any(each.startswith("bulk=") for each in of_bulk(receiver, bulk=None).because)


@pytest.mark.parametrize(
    ("client_ip", "facts"),
    [
        pytest.param(V6, {"spf": FAIL}, id="neither SPF nor DKIM"),
        pytest.param(V6, {"ptr": PtrResult.MISSING}, id="no PTR"),
        pytest.param(V4, {"spf": FAIL}, id="over IPv4"),
    ],
)
def test_outlook_com_does_not_ask_what_exchange_online_asks_over_ipv6(client_ip, facts):
    """Demands over IPv6 are documented of Exchange Online; those of Outlook.com are on bulk (since 2025-05-05)."""
    assert answer("outlook", client_ip, **facts).action is ACCEPT


def test_outlook_com_asks_nothing_before_its_day():
    nothing = Evidence(client_ip=V4, spf=FAIL, dkim=AuthResult.NONE, ptr=PtrResult.PASS, bulk=everywhere(True))
    for on, there in ((date(2025, 5, 4), False), (date(2025, 5, 5), True)):
        (said,) = (each for each in admit(RULES, nothing, on=on) if each.receiver == "outlook")
        assert said.action is (REJECT if there else ACCEPT)


@pytest.mark.parametrize("on", [BEFORE, TODAY], ids=str)
@pytest.mark.parametrize("client_ip", [V4, V6], ids=["IPv4", "IPv6"])
def test_trouble_of_dns_never_refuses(client_ip, on):
    """RFC 7208 section 2.6.6: temperror says nothing, at any receiver, on any day."""
    for spf, dkim, ptr, bulk in product(
        (None, SpfResult.TEMPERROR, PASS),
        (None, AuthResult.TEMPERROR, AuthResult.PASS),
        (None, PtrResult.TEMPERROR, PtrResult.PASS),
        (False, True),
    ):
        for said in admit(
            RULES, Evidence(client_ip=client_ip, spf=spf, dkim=dkim, ptr=ptr, bulk=everywhere(bulk)), on=on
        ):
            assert said.action not in REFUSALS


def test_what_the_known_part_decides_no_further_knowledge_undoes():
    """An answer given with DKIM unknown is the answer with every possible DKIM result."""
    for spf, ptr in product([None, *SpfResult], [None, *PtrResult]):
        vague = admit(RULES, Evidence(client_ip=V6, spf=spf, dkim=None, ptr=ptr), on=TODAY)
        for dkim in AuthResult:
            exact = admit(RULES, Evidence(client_ip=V6, spf=spf, dkim=dkim, ptr=ptr), on=TODAY)
            for before, after in zip(vague, exact, strict=True):
                assert before.action in {UNKNOWN, after.action}


def test_a_receiver_is_silent_before_its_first_demand():
    nothing = Evidence(client_ip=V6, spf=FAIL, dkim=AuthResult.NONE, ptr=PtrResult.MISSING)
    early = {each.receiver for each in admit(RULES, nothing, on=date(2007, 1, 1))}
    assert early.isdisjoint({"microsoft-365", "gmail", "yahoo", "generic"})
    assert not {each.receiver for each in admit(RULES, nothing, on=TODAY)} & {"zoho", "exim", "xs4all"}


@pytest.mark.parametrize(
    ("facts", "undecided"),
    [
        pytest.param({"ptr": PtrResult.TEMPERROR}, ("ptr",), id="the PTR alone"),
        pytest.param({"ptr": None, "dkim": None}, ("ptr",), id="SPF passes, so nothing hangs on DKIM"),
        pytest.param({"spf": FAIL, "dkim": None}, ("dkim",), id="DKIM alone"),
        pytest.param({"spf": None, "dkim": None}, ("spf", "dkim"), id="either would do"),
        pytest.param({"spf": FAIL, "dkim": None, "ptr": PtrResult.TEMPERROR}, ("dkim", "ptr"), id="both"),
        pytest.param({"spf": FAIL, "ptr": PtrResult.TEMPERROR}, (), id="refused for SPF: the PTR is no cause"),
        pytest.param({}, (), id="accepted"),
    ],
)
def test_an_unknown_answer_names_the_facts_that_it_hangs_on(facts, undecided):
    assert answer("microsoft-365", **facts).undecided == undecided


def test_a_refusal_beside_an_unknown_ptr_is_for_spf_alone():
    said = answer("microsoft-365", spf=FAIL, ptr=PtrResult.TEMPERROR)
    assert said.rule == answer("microsoft-365", spf=FAIL).rule != answer("microsoft-365", ptr=PtrResult.MISSING).rule
    assert said.because == ("spf=fail", "dkim=none", "ptr=temperror")
