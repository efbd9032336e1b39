"""Addresses under several keys: the present one makes them, former ones still hold."""

from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.errors import InvalidToken
from monitor.probe.token import TokenKind, issue, make_probe_id, verify
from monitor.receiver.token_addresses import TokenAddresses, notice_mark
from tests.builders import NOW

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
RULES = load_rules()


class Known:
    def __init__(self):
        self.keys, self.lists = (NEW, OLD), {"ops"}
        self.addresses = TokenAddresses(
            keys=lambda: self.keys, list_ids=lambda: self.lists, rules=RULES, clock=lambda: NOW
        )

    def read(self, key, *, list_id="ops", **more):
        ident = make_probe_id(key, list_id, 1)
        local = issue(key, list_id=list_id, probe_id=ident, expires_at=NOW + timedelta(hours=1), **more)
        return self.addresses.read(local)


@pytest.mark.parametrize("key", [NEW, OLD])
def test_an_address_under_any_of_our_keys_holds_with_its_list_and_its_rule(key):
    known = Known()
    rule = RULES.rules[0].id
    assert known.read(key).list_id == "ops"
    asked = known.read(key, kind=TokenKind.AS_RULE, rule=rule)
    assert asked.rule.id == rule


def test_keys_and_lists_are_those_of_now():
    known = Known()
    with pytest.raises(InvalidToken, match="forged"):
        known.read(OTHER)
    known.keys = (OTHER, NEW)
    assert known.read(OTHER).list_id == "ops"
    with pytest.raises(InvalidToken, match="forged"):
        known.read(OLD)
    with pytest.raises(InvalidToken, match="forged"):
        known.read(NEW, list_id="added")
    known.lists = {"ops", "added"}
    assert known.read(NEW, list_id="added").list_id == "added"


def test_addresses_are_made_with_the_present_key():
    known = Known()
    made, _ = known.addresses.canary_address("ops", "v6.example.org")
    own = known.addresses.own_address("v6.example.org")
    kinds = [verify(NEW, address.partition("@")[0], now=NOW).kind for address in (made, own)]
    assert kinds == [TokenKind.CANARY, TokenKind.PROBE]


def test_a_notice_has_an_address_that_names_it_and_its_list():
    known = Known()
    ident = "msg_" + "abcdefghijklmnopqrstuvwxyz234567"[:26]
    local, _, domain = known.addresses.notice_address("ops", ident, "v6.example.org").partition("@")
    address = known.addresses.read(local)
    assert (domain, address.list_id, address.claims.kind) == ("v6.example.org", "ops", TokenKind.NOTICE)
    assert address.claims.probe_id == notice_mark(ident)
    assert len(local) <= 64, "RFC 5321 section 4.5.3.1.1"
    of_house, _, _ = known.addresses.notice_address("@blind:resolver", ident, "v6.example.org").partition("@")
    assert known.addresses.read(of_house).claims.probe_id == notice_mark(ident)
    known.lists = set()
    assert known.addresses.notice_address("ops", ident, "v6.example.org") is None


def test_an_address_for_reports_is_as_good_as_another_while_it_is_good_for_a_year():
    known = Known()
    now, domain = NOW, "v6.example.org"
    addresses = TokenAddresses(keys=lambda: (NEW,), list_ids=lambda: {"ops", "b"}, rules=RULES, clock=lambda: now)
    address, expires_at = addresses.reports_address("b", domain)
    assert addresses.takes_reports(address, domain.upper())
    assert not addresses.takes_reports(address, "other.example.org")
    assert not addresses.takes_reports(f"forged@{domain}", domain)
    assert not addresses.takes_reports(addresses.canary_address("b", domain)[0], domain)
    assert not known.addresses.takes_reports(address, domain), "a list that is not watched"
    now = expires_at - timedelta(days=300)
    assert not addresses.takes_reports(address, domain)
