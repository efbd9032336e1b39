"""Dates as hosts write them."""

from datetime import UTC, datetime

import pytest

from monitor.trace.dates import read_date, read_last_date
from monitor.trace.received import read_hops

TEN = datetime(2026, 11, 2, 10, 0, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Mon, 2 Nov 2026 10:00:03 +0000", id="RFC 5322 §3.3"),
        pytest.param("Mon,  2 Nov 2026 11:00:03 +0100 (CET)", id="with a comment"),
        pytest.param("2 Nov 2026 02:00:03 -0800", id="no day of the week"),
        pytest.param("Mon, 2 Nov 2026 10:00:03 -0000", id="RFC 5322 §3.3, zone not told"),
        pytest.param("Mon, 2 Nov 2026 10:00:03", id="no zone"),
        pytest.param("Mon, 2 Nov 2026 10:00:03 GMT", id="RFC 5322 §4.3"),
        pytest.param("Mon, 002 Nov 2026 10:00:03 +0000", id="too many zeros"),
        pytest.param("Mon, 02 Nov 26 05:00:03 EST", id="RFC 5322 §4.3, two digits"),
        pytest.param("Mon, 2 Nov 126 10:00:03 Z", id="RFC 5322 §4.3, three digits"),
        pytest.param("Mon, 2 Nov 2026 12:00:03 EET", id="name of the time zone database"),
        pytest.param("Mon, 2 Nov 2026 10:00:03 XYZ", id="RFC 5322 §4.3, an unknown name is -0000"),
        pytest.param("Mon, 2 Nov 2026 10:00:03.250 +0000 (UTC)", id="fraction of a second"),
        pytest.param("Mon, 2 Nov 2026 02:00:03 -08:00", id="colon in the zone"),
        pytest.param("Mon, 2 Nov 2026 12:00:03 GMT+02:00", id="zone as a sum"),
        pytest.param("Mon, 2 Nov 2026 18:00:03 UTC+8", id="hours alone"),
        pytest.param(
            "(version=TLSv1/SSLv3 cipher=AES256-SHA bits=256/256) Mon, 2 Nov 2026 11:00:03 +0100", id="comment in front"
        ),
        pytest.param("Monday, 02-Nov-26 10:00:03 UTC", id="RFC 850"),
        pytest.param("2026-11-02 10:00:03.665763787 +0000 UTC m=+467682.98", id="a program's clock"),
        pytest.param("2026-11-02T11:00:03+01:00", id="RFC 3339"),
        pytest.param("Nov, 02 2026 5:00:03 AM -0500", id="month in front"),
        pytest.param("November 2, 2026 10:00:03 a.m.", id="in words"),
        pytest.param("Mon Nov  2 10:00:03 2026", id="asctime()"),
        pytest.param("Mon Nov  2 11:00:03 CET 2026", id="date(1)"),
    ],
)
def test_one_moment_in_many_forms(text):
    assert read_date(text) == TEN


@pytest.mark.parametrize("text", ["", "soon", "31 Feb 2026 10:00:00 +0000", "2 Nov 2026", "2 Nov 2026 25:00:00 +0000", "99 Nov 2026 10:00 +9999"])  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


@pytest.mark.parametrize(
    "field",
    [
        pytest.param("from a.example by b.example with ESMTP id 1; Mon, 2 Nov 2026 10:00:03 +0000", id="RFC 5321 §4.4"),
        pytest.param("by b.example with SMTP id filter1-2180-5D75C190-12 2026-11-02 10:00:03.592423298 +0000 UTC m=+470324.046", id="no semicolon"),
        pytest.param("from a.example by b.example with HTTP id 1 Mon, 2 Nov 2026 10:00:03.982 +0000 (UTC)", id="no semicolon, fraction"),
        pytest.param("from a.example (192.0.2.7) by b.example with IBM ESMTP SMTP Gateway: Authorized Use Only! Violators will be prosecuted; (version=TLSv1/SSLv3 cipher=AES256-SHA bits=256/256) Mon, 2 Nov 2026 10:00:03 -0000", id="IBM's gateway"),
        pytest.param("from a.example by b.example with SMTP; Sun, 07 Apr 2002 13:26:58 +1000; Mon, 2 Nov 2026 10:00:03 +0000", id="the last counts"),
    ],
)  # fmt: skip
def test_a_hop_has_the_date_at_the_end_of_its_field(field):
    assert read_hops([field])[0].at == TEN


def test_the_last_of_several_dates():
    assert read_last_date("1 Nov 2026 10:00:03 +0000, 2 Nov 2026 10:00:03 +0000") == TEN
    assert read_last_date("none") is None
