"""What a domain publishes to be reported to: the address is added to the record that is there, never a second one."""

import pytest

from monitor.dmarc.reporting import authorisation, dmarc_record, tls_record, with_rua
from monitor.dns.answer import Unanswered
from tests.fakes import ZoneResolver

TO = "abc@v6.probe.example.org"


@pytest.mark.parametrize(
    ("record", "becomes"),
    [
        ("v=DMARC1; p=none", f"v=DMARC1; p=none; rua=mailto:{TO}"),
        ("v=DMARC1; p=reject;", f"v=DMARC1; p=reject; rua=mailto:{TO}"),
        ("v=DMARC1;p=none;rua=mailto:a@b.example;fo=1", f"v=DMARC1;p=none;rua=mailto:a@b.example,mailto:{TO};fo=1"),
        (
            "v=DMARC1; RUA = mailto:a@b.example!10m ; p=none",
            f"v=DMARC1; RUA = mailto:a@b.example!10m,mailto:{TO}; p=none",
        ),
        ("v=DMARC1; p=none; rua=", f"v=DMARC1; p=none; rua=mailto:{TO}"),
        (f"v=DMARC1; p=none; rua=mailto:{TO.upper()}", f"v=DMARC1; p=none; rua=mailto:{TO.upper()}"),
    ],
)
def test_the_address_is_added_and_all_else_stays(record, becomes):
    assert with_rua(record, TO) == becomes


@pytest.mark.parametrize(
    ("zones", "name", "text"),
    [
        pytest.param({}, "_dmarc.lists.example.org", f"v=DMARC1; p=none; rua=mailto:{TO}", id="no record"),
        pytest.param({"_dmarc.lists.example.org": ["v=DMARC1; p=none"], "_dmarc.example.org": ["v=DMARC1; p=reject"]}, "_dmarc.lists.example.org", f"v=DMARC1; p=none; rua=mailto:{TO}", id="its own"),
        pytest.param({"_dmarc.example.org": ["v=DMARC1; p=reject"]}, "_dmarc.example.org", f"v=DMARC1; p=reject; rua=mailto:{TO}", id="the organisation's holds, RFC 9989 §4.10"),
        pytest.param({"_dmarc.example.org": ["v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:a@b.example"]}, "_dmarc.example.org", f"v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:a@b.example,mailto:{TO}", id="with sp and np"),
        pytest.param({"_dmarc.org": ["v=DMARC1; p=reject; psd=y"]}, "_dmarc.lists.example.org", f"v=DMARC1; p=reject; rua=mailto:{TO}", id="a public suffix's is not ours, RFC 9989 §4.10.2"),
        pytest.param({"_dmarc.org": ["v=DMARC1; p=reject; sp=quarantine; psd=y"], "_dmarc.example.org": ["v=DMARC1; p=none"]}, "_dmarc.example.org", f"v=DMARC1; p=none; rua=mailto:{TO}", id="the organisation's below a public suffix"),
        pytest.param({"_dmarc.lists.example.org": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "_dmarc.lists.example.org", "", id="two records are none"),
    ],
)  # fmt: skip
def test_it_is_the_record_that_holds_for_the_domain(zones, name, text):
    found = dmarc_record(ZoneResolver({at: {"TXT": texts} for at, texts in zones.items()}), "lists.example.org", TO)
    assert (found.name, found.text, found.several) == (name, text, not text)


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        ([], f"v=TLSRPTv1; rua=mailto:{TO}"),
        (["v=TLSRPTv1;rua=https://a.example/r"], f"v=TLSRPTv1;rua=https://a.example/r,mailto:{TO}"),
        (["v=spf1 -all"], f"v=TLSRPTv1; rua=mailto:{TO}"),
        (["v=TLSRPTv1; rua=mailto:a@b.example"] * 2, ""),
    ],
)
def test_a_tls_record_stands_at_the_lists_domain(texts, text):
    found = tls_record(ZoneResolver({"_smtp._tls.lists.example.org": {"TXT": texts}}), "lists.example.org", TO)
    assert (found.name, found.text) == ("_smtp._tls.lists.example.org", text)


def test_an_address_that_is_as_good_is_enough():
    """Another list's of the same domain, or an earlier year's: a second would bring every report twice."""
    record = "v=DMARC1; p=none; rua=mailto:a@b.example!10m,mailto:other@v6.probe.example.org!1m"
    asked = []
    assert with_rua(record, TO, takes=lambda each: asked.append(each) or each.startswith("other@")) == record
    assert asked == ["a@b.example", "other@v6.probe.example.org"]


@pytest.mark.parametrize("make", [dmarc_record, tls_record])
def test_beside_an_alias_no_record_can_stand(make):
    """RFC 1034 section 3.6.2: it is published where the CNAME leads to."""
    zones = {f"{name}.lists.example.org": {"CNAME": ["a.hosted.example"]} for name in ("_dmarc", "_smtp._tls")} | {
        "a.hosted.example": {"CNAME": ["b.hosted.example"]},
        "b.hosted.example": {"TXT": ["v=DMARC1; p=reject", "v=TLSRPTv1; rua=mailto:a@b.example"]},
    }
    found = make(ZoneResolver(zones), "lists.example.org", TO)
    assert found.name == "b.hosted.example"
    assert found.alias.endswith(".lists.example.org")
    assert found.before
    assert found.text.endswith(f"mailto:{TO}")


def test_where_dns_gives_no_answer_nothing_is_proposed():
    resolver = ZoneResolver({}, {"_dmarc.lists.example.org": "timeout"})
    with pytest.raises(Unanswered):
        dmarc_record(resolver, "lists.example.org", TO)


def test_another_domain_consents_at_its_own_zone():
    assert authorisation("example.org", "probe.example.net").line == (
        'example.org._report._dmarc.probe.example.net. IN TXT "v=DMARC1;"'
    )


def test_a_long_record_is_of_several_strings():
    """RFC 1035 section 3.3: a string of a record has 255 octets at most."""
    found = dmarc_record(ZoneResolver({"_dmarc.a.example": {"TXT": [f"v=DMARC1; p=none; rua=mailto:{'b' * 300}@b.example"]}}), "a.example", TO)  # fmt: skip
    parts = found.line.partition(" TXT ")[2].split('" "')
    assert len(parts[0].strip('"')) == 255
    assert "".join(each.strip('"') for each in parts) == found.text
