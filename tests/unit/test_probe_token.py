"""Token addresses: what is issued is verified, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import InvalidToken
from monitor.probe.token import ALWAYS, TokenKind, issue, list_tag, make_probe_id, rule_tag, verify

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
PROBE = make_probe_id(KEY, "ipv6-ops", 42)


def token(**changes):
    return issue(KEY, **({"list_id": "ipv6-ops", "probe_id": PROBE, "expires_at": LATER} | changes))


def test_a_token_says_what_it_was_issued_for():
    claims = verify(KEY, token(), now=NOW)
    assert (claims.kind, claims.probe_id, claims.expires_at) == (TokenKind.PROBE, PROBE, LATER)
    assert claims.list_tag == list_tag(KEY, "ipv6-ops") != list_tag(KEY, "announce")
    assert claims.rule_tag == b""


def test_a_token_for_a_rule_fills_the_local_part_and_no_more():
    """RFC 5321 section 4.5.3.1.1: 64 octets."""
    local_part = token(kind=TokenKind.AS_RULE, rule="microsoft-365/ptr-missing", list_id="x" * 200)
    assert len(local_part) == 64
    assert verify(KEY, local_part, now=NOW).rule_tag == rule_tag(KEY, "microsoft-365/ptr-missing")
    assert len(token(list_id="x" * 200)) == 58


def test_an_mta_that_folds_case_does_no_harm():
    assert verify(KEY, token().upper(), now=NOW) == verify(KEY, token(), now=NOW)


@pytest.mark.parametrize(
    ("local_part", "now", "reason"),
    [
        pytest.param(token(), LATER, "expired", id="the last second is over"),
        pytest.param(token()[:-1], NOW, "malformed", id="a character short"),
        pytest.param("", NOW, "malformed", id="empty"),
        pytest.param("postmaster", NOW, "malformed", id="a word"),
        pytest.param("a" * 58, NOW, "forged", id="right shape"),
        pytest.param("a" * 64, NOW, "forged", id="right shape with a rule"),
        pytest.param("é" * 58, NOW, "malformed", id="not ASCII"),
        pytest.param(token() + "=", NOW, "malformed", id="padding"),
        pytest.param(token() + "\n", NOW, "malformed", id="line end"),
    ],
)
def test_what_we_did_not_issue_is_refused(local_part, now, reason):
    with pytest.raises(InvalidToken) as refused:
        verify(KEY, local_part, now=now)
    assert refused.value.reason == reason


def test_another_key_makes_other_tokens_and_other_ids():
    other = b"another key that is long enough!"
    with pytest.raises(InvalidToken, match="forged"):
        verify(other, token(), now=NOW)
    assert make_probe_id(other, "ipv6-ops", 42) != PROBE


def test_a_probe_id_is_the_same_however_often_it_is_made():
    assert make_probe_id(KEY, "ipv6-ops", 42) == PROBE
    assert len({make_probe_id(KEY, name, slot) for name in ("a", "b", "a1") for slot in (1, 11, 2)}) == 9
    assert len(PROBE) == 16


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"probe_id": "short"}, id="no probe id"),
        pytest.param({"rule": "gmail"}, id="a rule without its kind"),
        pytest.param({"kind": TokenKind.AS_RULE}, id="the kind without its rule"),
    ],
)
def test_mistakes_of_ours_are_told(changes):
    with pytest.raises(ValueError, match=r"probe id|rule"):
        token(**changes)
    with pytest.raises(ValueError, match="signing key"):
        issue(b"short", list_id="a", probe_id=PROBE, expires_at=LATER)


def test_refusals_are_told_with_their_rule():
    asked = {"kind": TokenKind.AS_RULE, "rule": "goog.v6.571"}
    assert verify(KEY, token(**asked, refusals=3), now=NOW).refusals == 3
    assert verify(KEY, token(**asked, refusals=ALWAYS), now=NOW).kind is TokenKind.AS_RULE
    for wrong in ({"refusals": 1}, asked | {"refusals": 16}):
        with pytest.raises(ValueError, match="refusals are 0 to 15"):
            token(**wrong)
