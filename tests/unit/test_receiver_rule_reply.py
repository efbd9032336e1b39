"""Replies of receiver rules as the receiver gives them."""

from datetime import date
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.errors import UsageError
from monitor.receiver.rule_reply import find_rule, refusal

CLIENT = ip_address("2001:db8:25::25")
RULES = load_rules()
CLASSES_DISAGREE = {"goog.bulk.align.5732"}  # documented so by its provider: 421 with 5.7.32


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES.rules])
def test_every_rule_has_a_reply_that_smtp_can_carry(rule):
    """RFC 5321 section 4.2 and RFC 2034 section 4: one line of ASCII, code and enhanced code of the same class."""
    said = refusal(rule, CLIENT)
    code, enhanced = said.split(" ")[:2]
    assert code.isdigit()
    assert len(code) == 3
    assert code[0] == enhanced[0] or rule.id in CLASSES_DISAGREE
    assert code[0] in "45"
    assert enhanced.count(".") == 2
    assert said.isascii()
    assert said.isprintable()
    assert len(said) <= 510


@pytest.mark.parametrize(
    ("name", "day", "said"),
    [
        pytest.param(
            "microsoft-365",
            date(2026, 3, 1),
            "450 4.7.26 Service unavailable, message sent over IPv6 [2001:db8:25::25] must pass either SPF or DKIM validation",
            id="Microsoft since 24 April 2015",
        ),
        pytest.param("microsoft-365", date(2015, 4, 20), "5", id="Microsoft before"),
        pytest.param("ms.eop.v6.ptr.4725", date(2026, 3, 1), "450 4.7.25 ", id="one rule"),
        pytest.param("gmail", date(2026, 3, 1), "550 5.7.1 [2001:db8:25::25", id="Gmail"),
    ],
)
def test_a_receiver_or_a_rule_can_be_named(name, day, said):
    assert refusal(find_rule(RULES, name, on=day), CLIENT).startswith(said)


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"try .*microsoft-365"):
        find_rule(RULES, "microsoft365", on=date(2026, 3, 1))
