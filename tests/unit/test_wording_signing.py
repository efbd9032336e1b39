"""Whence DKIM is known is said in one voice, with what became of the key."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from monitor.model.signing import DkimKey, KeyOutcome, KeyState, KnownBy, SignedAs
from monitor.wording.signing import NOT_KNOWN, signing_words

KEY = DkimKey(domain="lists.example.org", selector="s1")
DAY = datetime(2026, 11, 20, tzinfo=UTC)


def said(*signed, state=KeyState.IN_ORDER, **differs):
    check = {
        "list_id": "ops",
        "ours": None,
        "signed": signed,
        "keys": [KeyOutcome(key=KEY, state=state)],
        "admission": [SimpleNamespace(undecided=("dkim",))],
    }
    return signing_words(SimpleNamespace(**{**check, **differs}))


@pytest.mark.parametrize(
    ("known_by", "whence"),
    [
        (KnownBy.STATED, "as stated in the configuration"),
        (KnownBy.POST, "by the post given, of 20 November 2026"),
        (KnownBy.REPORT, "by the DMARC report up to 20 November 2026"),
        (KnownBy.ARRIVAL, "by mail that came to us on 20 November 2026"),
    ],
)
def test_each_source_is_named(known_by, whence):
    one = SignedAs(known_by=known_by, seen_at=None if known_by is KnownBy.STATED else DAY, key=KEY)
    name = "The list's mail is signed by the DKIM key s1._domainkey.lists.example.org"
    assert said(one) == (f"{name}, {whence}. Its record is in order.",)
    assert said(one, state=KeyState.REVOKED) == (f"{name}, {whence}. It is revoked.",)


def test_a_post_without_a_signature_is_told():
    one = SignedAs(known_by=KnownBy.POST, seen_at=DAY, key=None)
    assert said(one) == ("The list does not sign its mail (DKIM), by the post given, of 20 November 2026.",)


def test_what_two_mails_showed_is_told_once():
    one = SignedAs(known_by=KnownBy.ARRIVAL, seen_at=DAY, key=None)
    assert len(said(one, SignedAs(known_by=KnownBy.ARRIVAL, seen_at=DAY.replace(hour=9), key=None))) == 1


def test_that_nobody_knows_is_told_where_an_answer_hangs_on_it():
    assert said() == (NOT_KNOWN,)
    assert said(admission=[SimpleNamespace(undecided=("spf",))]) == ()
    assert said(list_id=None) == ()
    assert said(ours="We cannot see.") == ()
