"""What a post or a DMARC report shows of how a list signs: keys alone, never addresses, and nothing of other mail."""

import gzip
import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import Unparsable
from monitor.evidence.report_files import is_bare
from monitor.evidence.report_room import UNPACKED_OCTETS_MAX
from monitor.model.signing import DkimKey, KnownBy
from monitor.operations.learn import shown_by
from monitor.store.codec import encode
from tests.builders import DOMAIN, NOW, V6, a_list

LIST = a_list()
KEY = DkimKey(domain=DOMAIN, selector="s1")
HEADER = f"""\
Received: from mail.{DOMAIN} by mx.example.net; Sun, 22 Nov 2026 10:00:05 +0000
List-Id: <ops.{DOMAIN}>
From: Ann Author <ann@author.example>
Date: Sun, 22 Nov 2026 10:00:00 +0000
"""


def post(*signatures, header=HEADER, body="A body that somebody has touched."):
    fields = "".join(f"DKIM-Signature: v=1; a={a}; d={d};\n s={s}; h=from; bh=AA==; b=AA==\n" for a, d, s in signatures)
    return f"{fields}{header}\n{body}\n".encode()


def keys(octets, listed=LIST):
    return [each.key for each in shown_by(octets, listed, now=NOW)]


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        pytest.param([("rsa-sha256", DOMAIN, "S1")], [KEY], id="the list's own"),
        pytest.param([("rsa-sha256", "author.example", "a"), ("rsa-sha256", DOMAIN, "s1")], [KEY], id="beside the author's"),
        pytest.param([("rsa-sha256", DOMAIN, "s1"), ("ed25519-sha256", DOMAIN, "s2")], [KEY, DkimKey(domain=DOMAIN, selector="s2")], id="two algorithms"),
        pytest.param([("rsa-sha256", "author.example", "a")], [None], id="the author's alone: the list signs nothing"),
        pytest.param([("rsa-sha1", DOMAIN, "s1")], [None], id="rsa-sha1 counts as unsigned, RFC 8301 §3.1"),
        pytest.param([], [None], id="no signature"),
    ],
)  # fmt: skip
def test_a_post_shows_the_lists_own_keys(signatures, expected):
    assert keys(post(*signatures)) == expected


def test_what_the_organisation_signed_is_the_lists_only_where_a_field_says_so():
    """Its people's own mail is signed by it too; a signature in the list's very domain says enough by itself."""
    parent = DOMAIN.partition(".")[2]
    of_nobody = HEADER.replace("List-Id:", "X-List-Id:")
    with pytest.raises(Unparsable, match="Nothing in the message says"):
        keys(post(("rsa-sha256", parent, "google"), header=of_nobody))
    assert keys(post(("rsa-sha256", parent, "google"))) == [DkimKey(domain=parent, selector="google")]
    assert keys(post(("rsa-sha256", DOMAIN, "s1"), header=of_nobody)) == [KEY]


def test_what_is_learnt_of_a_post_is_its_key_its_authors_domain_and_its_time():
    (one,) = shown_by(post(("rsa-sha256", DOMAIN, "s1")), LIST, now=NOW)
    assert (one.known_by, one.seen_at) == (KnownBy.POST, datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert (one.author_domain, one.munged) == ("author.example", False)
    assert b"ann" not in encode(one)
    munged = HEADER.replace("ann@author.example", f"ops@{DOMAIN}")
    (one,) = shown_by(post(("rsa-sha256", DOMAIN, "s1"), header=munged), LIST, now=NOW)
    assert one.munged is True


def test_a_date_to_come_is_now():
    (one,) = shown_by(post(("rsa-sha256", DOMAIN, "s1"), header=HEADER.replace("2026", "2031")), LIST, now=NOW)
    assert one.seen_at == NOW


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (post(header=HEADER.replace("Received:", "X-Received:")), "not whole"),
        (
            post(header=HEADER.replace("List-Id:", "X-List-Id:")),
            "Nothing in the message says that it came through ops@",
        ),
        (post(header=HEADER.replace(f"ops.{DOMAIN}", "other.example")), "Nothing in the message says"),
        (b"", "not whole"),
        (b"\xff" * 500, "not whole"),
    ],
)
def test_what_is_no_post_of_the_list_teaches_nothing(octets, says):
    with pytest.raises(Unparsable, match=says):
        keys(octets)


def row(*signatures, source=V6, spf=DOMAIN, header_from="author.example", count=3):
    dkim = "".join(
        f"<dkim><domain>{d}</domain><selector>{s}</selector><result>{r}</result></dkim>" for d, s, r in signatures
    )
    return f"""<record><row><source_ip>{source}</source_ip><count>{count}</count><policy_evaluated/></row>
      <identifiers><header_from>{header_from}</header_from></identifiers>
      <auth_results>{dkim}<spf><domain>{spf}</domain><result>fail</result></spf></auth_results></record>"""


def report(*rows, namespace=' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"', end=NOW - timedelta(days=1)):
    return f"""<?xml version="1.0"?><feedback{namespace}><report_metadata><org_name>big.example</org_name>
      <date_range><begin>1</begin><end>{end.timestamp():.0f}</end></date_range></report_metadata>{"".join(rows)}</feedback>""".encode()


OWN = (DOMAIN, "s1", "pass")


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(report(row(OWN)), id="RFC 9990"),
        pytest.param(report(row(OWN), namespace=""), id="without a namespace, RFC 7489"),
        pytest.param(gzip.compress(report(row(OWN))), id="gz"),
        pytest.param(report(row(("author.example", "a", "pass"), OWN)), id="beside the author's"),
        pytest.param(report(row(("x.example", "a", "pass"), source="2001:db8::9"), row(OWN)), id="among rows of strangers"),
    ],
)  # fmt: skip
def test_a_report_shows_the_keys_in_the_rows_of_the_lists_addresses(octets):
    assert is_bare(octets)
    (one,) = shown_by(octets, LIST, now=NOW)
    assert (one.key, one.known_by, one.seen_at) == (KEY, KnownBy.REPORT, NOW - timedelta(days=1))
    assert (one.author_domain, one.fails) == ("author.example", False)


@pytest.mark.parametrize("selector", ["a..b", "x" * 64, "a b", "ü", "&lt;b&gt;", "\\", "."])
def test_a_selector_that_can_be_no_name_is_no_key_that_is_missing(selector):
    with pytest.raises(Unparsable, match="does not tell by which key"):
        shown_by(report(row((DOMAIN, selector, "pass"))), LIST, now=NOW)


def zipped(octets):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.xml", octets)
    return packed.getvalue()


def test_a_zip_is_unpacked():
    assert keys(zipped(report(row(OWN)))) == [KEY]


def test_signatures_that_mostly_fail_are_told_and_rows_of_others_show_no_lack():
    (one,) = shown_by(report(row((DOMAIN, "s1", "fail"), count=9), row(OWN)), LIST, now=NOW)
    assert one.fails
    assert keys(report(row())) == [None]
    with pytest.raises(Unparsable, match="does not tell by which key"):
        keys(report(row(spf="newsletter.example")))
    with pytest.raises(Unparsable, match="no row of an address"):
        keys(report(row(OWN, source="2001:db8::9")))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<feedback><report_metadata><org_name>&b;</org_name></report_metadata></feedback>"""


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(BOMB, id="entities that grow"),
        pytest.param(gzip.compress(b"<feedback>" + b" " * (UNPACKED_OCTETS_MAX + 10)), id="a gzip bomb"),
        pytest.param(zipped(b"<feedback>" + b" " * (UNPACKED_OCTETS_MAX + 10)), id="a zip bomb"),
        pytest.param(b"<a>" * 10_000, id="very deep"),
        pytest.param(report(row(OWN))[:-20], id="broken off"),
        pytest.param(gzip.compress(report(row(OWN)))[:40], id="a gzip that breaks off"),
        pytest.param(b"\x1f\x8bnothing", id="no gzip"),
        pytest.param(b"PK\x03\x04nothing", id="no zip"),
        pytest.param(b"<html></html>", id="another document"),
        pytest.param(b"<feedback/>", id="nothing in it"),
        pytest.param(b'<?xml version="1.0" encoding="utf-7"?><feedback/>', id="an encoding of many octets"),
        pytest.param(b'<?xml version="1.0" encoding="bogus"?><feedback/>', id="an encoding that nobody knows"),
    ],
)
def test_what_is_hostile_or_no_report_is_one_sentence(octets):
    with pytest.raises(Unparsable, match=r"\.$"):
        shown_by(octets, LIST, now=NOW)
