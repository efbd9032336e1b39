"""What an arrival notes of a post: munged or not, signed or not, one click covered or not, each form of From."""

from datetime import datetime
from ipaddress import ip_address
from types import SimpleNamespace
from unittest.mock import patch

import dkim
import nacl.encoding
import nacl.signing
import pytest

from monitor.model.evidence import Arrival, AuthResult, SeenProbe
from monitor.model.header import COVERABLE, FromForm, OneClick
from monitor.receiver.arrival import Delivery, observe
from monitor.store.codec import decode, encode
from tests.builders import NOW, a_vantage, an_arrival
from tests.fakes import ZoneResolver

KEY = nacl.signing.SigningKey(bytes(32))
KEYS = {
    f"ed._domainkey.{domain}": {"TXT": [b"v=DKIM1; k=ed25519; p=" + KEY.verify_key.encode(nacl.encoding.Base64Encoder)]}
    for domain in ("lists.example.org", "author.example")
}
ZONES = {
    "lists.example.org": {"TXT": ["v=spf1 ip6:2001:db8:25::/48 -all"]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none"]},
    "_dmarc.author.example": {"TXT": ["v=DMARC1; p=reject"]},
    **KEYS,
}
LISTED = b"List-Id: <ops.lists.example.org>\r\nList-Post: <mailto:Ops@lists.example.org>\r\n"
LINK = b"List-Unsubscribe: <mailto:ops-leave@lists.example.org>, <https://lists.example.org/u/1>\r\n"
PAIR = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
MUNGED = b"From: A via Ops <ops@lists.example.org>\r\n"
KEPT = b"From: A <a@author.example>\r\n"
BODY = b"Subject: s\r\n\r\nhello\r\n"


def signed(content, *, covering=(b"from",), domain=b"lists.example.org"):
    """The content under one more signature, made by a signer whose clock agrees with ours."""
    key = KEY.encode(nacl.encoding.Base64Encoder)
    with patch.object(dkim, "time", SimpleNamespace(time=NOW.timestamp)):
        made = dkim.sign(
            content, b"ed", domain, key, signature_algorithm=b"ed25519-sha256", include_headers=list(covering)
        )
    return made + content


def arrival_of(content, *, resolver=None, tls_offered=True):
    delivery = Delivery(
        client_ip=ip_address("2001:db8:25::25"),
        helo="mail.lists.example.org",
        reverse_path="ops-bounces@lists.example.org",
        protocol="ESMTP",
        tls_version=None,
        tls_cipher=None,
        content=content,
        received_at=NOW,
        tls_offered=tls_offered,
    )
    return observe(delivery, resolver or ZoneResolver(ZONES), vantage=a_vantage())


BOTH = (b"from", b"list-unsubscribe", b"list-unsubscribe-post")


@pytest.mark.parametrize(
    ("content", "dmarc", "munged", "click", "form"),
    [
        pytest.param(MUNGED + LISTED + LINK + PAIR + BODY, "pass", True, OneClick.UNCOVERED, FromForm.ONE, id="munged, unsigned"),
        pytest.param(signed(MUNGED + LISTED + LINK + PAIR + BODY, covering=BOTH), "pass", True, OneClick.COVERED, FromForm.ONE, id="munged, both covered"),
        pytest.param(signed(MUNGED + LISTED + LINK + PAIR + BODY, covering=BOTH[:2]), "pass", True, OneClick.UNCOVERED, FromForm.ONE, id="only the link covered"),
        pytest.param(signed(MUNGED + LISTED + LINK + PAIR + BODY, covering=BOTH).replace(b"hello", b"hollo"), "pass", True, OneClick.UNCOVERED, FromForm.ONE, id="covered by what does not verify"),
        pytest.param(KEPT + LISTED + LINK + BODY, "fail", False, OneClick.ABSENT, FromForm.ONE, id="From kept, unsigned §RFC 9989 7.4"),
        pytest.param(signed(KEPT + LISTED + LINK + BODY), "fail", False, OneClick.ABSENT, FromForm.ONE, id="From kept, signed by the list alone"),
        pytest.param(signed(KEPT + BODY, domain=b"author.example"), "pass", None, OneClick.ABSENT, FromForm.ONE, id="an unchanged post of an author who signs"),
        pytest.param(KEPT + KEPT + BODY, None, None, OneClick.ABSENT, FromForm.SEVERAL_FIELDS, id="two From fields"),
        pytest.param(LISTED + BODY, None, None, OneClick.ABSENT, FromForm.MISSING, id="no From"),
    ],
)  # fmt: skip
def test_a_post_is_noted_as_receivers_look_at_it(content, dmarc, munged, click, form):
    arrival = arrival_of(content)
    assert (None if arrival.dmarc is None else arrival.dmarc.result) == dmarc
    assert (arrival.from_list, arrival.one_click, arrival.from_form) == (munged, click, form)


def test_each_signature_says_what_it_covers():
    arrival = arrival_of(signed(signed(MUNGED + LINK + PAIR + BODY), covering=BOTH))
    assert [(each.result, each.covers) for each in arrival.dkim] == [
        (AuthResult.PASS, COVERABLE),
        (AuthResult.PASS, ()),
    ]


def test_a_key_that_dns_keeps_from_us_leaves_one_click_unknown():
    """It is DNS trouble, neither the list's fault nor an answer; a signature without both fields changes nothing."""
    trouble = ZoneResolver(ZONES, {("ed._domainkey.lists.example.org", "TXT"): "servfail"})
    assert arrival_of(signed(MUNGED + LINK + PAIR + BODY, covering=BOTH), resolver=trouble).one_click is None
    assert arrival_of(signed(MUNGED + LINK + PAIR + BODY), resolver=trouble).one_click is OneClick.UNCOVERED


@pytest.mark.parametrize(("offered", "tls"), [(True, False), (False, None)])
def test_mail_without_tls_says_something_only_where_there_was_tls_to_use(offered, tls):
    assert arrival_of(MUNGED + BODY, tls_offered=offered).tls is tls


def test_dkim2_is_noted_and_judged_by_nobody():
    assert arrival_of(b"DKIM2-Signature: i=1\r\n" + MUNGED + BODY).dkim2
    assert not arrival_of(MUNGED + BODY).dkim2


NEW = {"tls_offered", "one_click", "from_form", "from_list", "dkim2"}


@pytest.mark.parametrize("kind", [Arrival, SeenProbe])
def test_what_an_older_version_stored_is_read_and_says_nothing_of_what_it_did_not_note(kind):
    """Without the new fields, and a signature without `covers`."""
    signature = {
        "domain": "lists.example.org",
        "selector": "s",
        "algorithm": "rsa-sha256",
        "result": "pass",
        "problem": None,
    }
    document = decode(dict, encode({**_document(an_arrival()), "dkim": [signature]}))
    old = decode(kind, encode({name: value for name, value in document.items() if name not in NEW}))
    assert (old.tls, old.one_click, old.from_form) == (None, None, None)
    assert old.dkim[0].covers is None
    assert isinstance(old.received_at, datetime)


def _document(arrival):
    read = decode(dict, encode(arrival))
    assert not NEW - read.keys(), "a field has another name now"
    return read
