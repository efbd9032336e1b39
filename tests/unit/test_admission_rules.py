"""What receivers would answer: by evidence, by family, by day; unknown never refuses."""

from datetime import date
from ipaddress import ip_address
from itertools import product

import pytest

from monitor.admission.rules import Evidence, admit, load_rules
from monitor.model import AdmissionAction, AuthResult, PtrResult, SpfResult

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


def answer(receiver, client_ip=V6, *, spf=PASS, dkim=AuthResult.NONE, ptr=PtrResult.PASS, on=TODAY):
    evidence = Evidence(client_ip=client_ip, spf=spf, dkim=dkim, ptr=ptr)
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


class TestData:
    @pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
    def test_a_rule_is_whole(self, rule):
        assert rule.source
        assert rule.permanence in {"hard", "soft"}
        assert rule.about in {"list", "author", "receiver"}
        assert rule.span.first is None or rule.span.last is None or rule.span.first <= rule.span.last

    @pytest.mark.parametrize("receiver", RULES.receivers, ids=lambda receiver: receiver.id)
    def test_the_demands_of_one_kind_follow_each_other_in_time(self, receiver):
        for one in receiver.demands:
            for other in receiver.demands:
                if one is not other and one.needs == other.needs and one.family & other.family:
                    first, second = sorted((one.span, other.span), key=lambda span: str(span.first or ""))
                    assert first.last is not None
                    assert second.first is not None
                    assert first.last < second.first
