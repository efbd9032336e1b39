"""Receivers' reports read: what parsedmarc reads in its own samples, each packing and shape, and what is hostile."""

import base64
import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.evidence.report_files import FILE_OCTETS_MAX, reports_in
from monitor.evidence.report_room import ELEMENTS_MAX, LINES_MAX, ROWS_MAX, UNPACKED_OCTETS_MAX
from monitor.evidence.tls_reports.read import DETAILS_MAX

SAMPLES = Path(__file__).parent.parent / "data" / "reports"
PARSEDMARC = json.loads((SAMPLES / "parsedmarc.json").read_text())
AGGREGATE = sorted(name for name, said in PARSEDMARC.items() if "rows" in said)
BROKEN = "invalid-xml.xml"  # which it mends by guessing where an element ends


def only(octets):
    (found,) = reports_in(octets)
    assert not found.error, found.error
    return found


@pytest.mark.parametrize("name", [each for each in AGGREGATE if each != BROKEN])
def test_an_aggregate_report_reads_as_parsedmarc_reads_it(name):
    """But for what it fills in where a report does not tell: scopes, selectors, and the envelope by the SPF domain."""
    said, report = PARSEDMARC[name], only((SAMPLES / name).read_bytes()).dmarc
    assert report.reporter.casefold() == said["reporter"].casefold()
    assert (report.report_id, report.domain, report.unread) == (said["report_id"], said["domain"], 0)
    assert [f"{each:%Y-%m-%d %H:%M:%S}" for each in (report.begin, report.end)] == [said["begin"], said["end"]]
    rows = [
        [
            str(row.client_ip),
            row.count,
            row.disposition,
            row.passed,
            row.header_from.rstrip("\ufffd"),
            [[each.domain, each.scope or "mfrom", each.result] for each in row.spf if each.domain],
            [[each.domain, each.selector or "none", each.result] for each in row.dkim],
        ]
        for row in report.rows
    ]
    assert rows == [[*row[:5], *row[6:]] for row in said["rows"]]


@pytest.mark.parametrize("name", sorted(set(PARSEDMARC) - set(AGGREGATE)))
def test_a_tls_report_reads_as_parsedmarc_reads_it(name):
    said, (report,) = PARSEDMARC[name], only((SAMPLES / name).read_bytes()).tls
    (policy,) = said["policies"]
    assert (report.reporter, report.report_id, report.domain) == (said["reporter"], said["report_id"], policy["domain"])
    assert [each.isoformat().replace("+00:00", "Z") for each in (report.begin, report.end)] == [
        said["begin"],
        said["end"],
    ]
    assert (report.ok, report.failed) == (policy["ok"], policy["failed"])
    assert [[row.count, row.result_type, row.mx or None] for row in report.rows] == [
        [row[0], row[1], row[3]] for row in policy["rows"]
    ]


def test_a_report_of_opendmarc_is_read_back():
    """Its zip in a mail, as it sends it: two messages, SPF of which failed softly over IPv6."""
    found = only((SAMPLES / "opendmarc.eml").read_bytes()).dmarc
    assert (found.reporter, found.domain) == ("receiver.example", "lists.example.org")
    assert found.report_id.startswith("lists.example.org:")
    assert [(str(row.client_ip), row.count, row.mail_from.result, row.signed, row.passed) for row in found.rows] == [
        ("192.0.2.25", 1, "pass", "pass", True),
        ("2001:db8:25::25", 1, "softfail", "pass", True),
    ]


def test_what_is_no_xml_is_not_guessed():
    (found,) = reports_in((SAMPLES / BROKEN).read_bytes())
    assert found.error == "The report cannot be read: its XML breaks off or is wrong in line 5."


ROW = (
    "<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>None</disposition>"
    "<dkim>fail</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>A.Example.</header_from>"
    "</identifiers><auth_results>{auth}</auth_results></record>"
)
SPF = "<spf><domain>a.example</domain><result>pass</result></spf>"


def row(ip="192.0.2.1", count="3", auth=SPF):
    return ROW.format(ip=ip, count=count, auth=auth)


def report(*rows, org="Big", begin="1795564800", end="1795651199", ident="r1", extra=""):
    return (
        f"<feedback>{extra}<report_metadata><org_name>{org}</org_name><email>dmarc@big.example</email><report_id>{ident}"
        f"</report_id><date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata><policy_published>"
        f"<domain>a.example</domain></policy_published>{''.join(rows)}</feedback>"
    ).encode()


XML = report(row())
TLS = json.dumps(
    {
        "organization-name": "Big",
        "date-range": {"start-datetime": "2026-11-26T00:00:00Z", "end-datetime": "2026-11-26T23:59:59Z"},
        "report-id": "t1",
        "policies": [
            {
                "policy": {"policy-domain": "a.example"},
                "summary": {"total-successful-session-count": 7, "total-failure-session-count": 2},
                "failure-details": [
                    {"result-type": "certificate-expired", "sending-mta-ip": "2001:db8::1", "failed-session-count": 2}
                ],
            }
        ],
    }
).encode()


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for number, octets in enumerate(members):
            archive.writestr(f"{number}.xml", octets)
    return packed.getvalue()


def part(content_type, octets, *fields):
    encoded = base64.encodebytes(octets).decode()
    return "\n".join([f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64", *fields, "", encoded])


def mail(*parts, kind="multipart/mixed"):
    head = f'From: dmarc@big.example\nSubject: Report\nMIME-Version: 1.0\nContent-Type: {kind}; boundary="b"\n\n'
    inside = "".join(f"--b\n{each}\n" for each in ("Content-Type: text/plain\n\n<p>A report.</p>", *parts))
    return f"{head}{inside}--b--\n".encode()


def declared(encoding, octets=XML):
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + octets


FORWARDED = mail(part("application/gzip", gzip.compress(XML))).replace(b'"b"', b'"c"').replace(b"--b", b"--c")
GZ, ZIP, NAME = gzip.compress(XML), zipped(XML), "big.example!a.example!1!2.xml.gz"


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(XML, id="bare"),
        pytest.param(b"\xef\xbb\xbf\r\n " + XML, id="with a mark and blanks in front"),
        pytest.param(XML + b"\0\0", id="with zeros behind"),
        pytest.param(GZ, id="gzip"),
        pytest.param(gzip.compress(XML[:90]) + gzip.compress(XML[90:]), id="gzip in two members"),
        pytest.param(ZIP, id="zip"),
        pytest.param(zipped(XML, method=zipfile.ZIP_STORED), id="zip that only stores"),
        pytest.param(mail(part("application/gzip", GZ, f'Content-Disposition: attachment; filename="{NAME}"')), id="gzip"),
        pytest.param(mail(part("application/zip", ZIP)), id="zip without a name"),
        pytest.param(mail(part(f'application/octet-stream; name="{NAME}"', GZ)), id="octet-stream"),
        pytest.param(mail(part("application/octet-stream", GZ, "Content-Disposition: attachment;\n filename*0*=utf-8''b%C3%A4r;\n filename*1=.xml.gz")), id="a name as in RFC 2231"),
        pytest.param(mail("Content-Type: text/xml\n\n" + XML.decode()), id="XML inline"),
        pytest.param(mail("Content-Type: application/xml\nContent-Transfer-Encoding: quoted-printable\n\n" + XML.decode().replace("=", "=3D").replace("<record>", "=\n<record>")), id="quoted-printable"),
        pytest.param(mail(part("application/gzip", GZ), kind="multipart/report; report-type=dmarc"), id="multipart/report"),
        pytest.param(b"From: a@b.example\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(GZ), id="the whole mail"),
        pytest.param(mail("Content-Type: message/rfc822\n\n" + mail(part("application/gzip", GZ)).decode().replace('"b"', '"c"').replace("--b", "--c")), id="forwarded"),
        pytest.param(report(row(), extra="<version>2.0</version><unknown><count>9</count></unknown>"), id="elements of later versions"),
        pytest.param(XML.replace(b"<feedback>", b'<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">'), id="RFC 9990's namespace"),
        pytest.param(XML.replace(b"<", b"<d:").replace(b"<d:/", b"</d:"), id="a prefix, declared nowhere"),
        pytest.param(b"<xs:schema>" + XML, id="in a schema that never ends"),
        pytest.param(declared("utf-16").decode().encode("utf-16"), id="UTF-16"),
        pytest.param(gzip.compress(declared("utf-16").decode().encode("utf-16")), id="UTF-16, packed"),
        pytest.param(declared("utf-8").decode().encode("utf-16"), id="UTF-16 that says it is UTF-8"),
        pytest.param(declared("utf-16"), id="UTF-8 that says it is UTF-16, as .NET writes it"),
        pytest.param(mail(part("message/rfc822", FORWARDED)), id="forwarded, in base64"),
        pytest.param(mail(part("message/global", FORWARDED)), id="forwarded as RFC 6532 has it"),
        pytest.param(mail(part('application/octet-stream; name="Report.EML"', FORWARDED)), id="a mail attached as a file"),
        pytest.param(b"From: a@b.example\n\n" + XML, id="in the words of a mail"),
        pytest.param(mail("Content-Type: text/plain\n\n<p>No report.</p>", "Content-Type: text/plain\n\n" + XML.decode()), id="in one of its texts"),
        pytest.param(b"\n\n" + FORWARDED, id="a mail behind blank lines"),
    ],
)  # fmt: skip
def test_a_report_is_found_however_it_is_packed(octets):
    found = only(octets).dmarc
    assert (found.reporter, found.report_id, found.domain) == ("Big", "r1", "a.example")
    (one,) = found.rows
    assert (str(one.client_ip), one.count, one.disposition, one.passed) == ("192.0.2.1", 3, "none", True)
    assert (one.header_from, one.mail_from.result, one.signed) == ("a.example", "pass", "none")


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(TLS, id="bare"),
        pytest.param(gzip.compress(TLS), id="gzip"),
        pytest.param(mail(part("application/tlsrpt+gzip", gzip.compress(TLS)), kind="multipart/report; report-type=tlsrpt"), id="RFC 8460 §5.3"),
        pytest.param(mail(part("application/tlsrpt+json", TLS)), id="JSON attached"),
    ],
)  # fmt: skip
def test_a_tls_report_is_found_however_it_is_packed(octets):
    (found,) = only(octets).tls
    assert (found.reporter, found.domain, found.ok, found.failed) == ("Big", "a.example", 7, 2)
    (one,) = found.rows
    assert (one.count, one.result_type, str(one.client_ip), one.mx) == (2, "certificate-expired", "2001:db8::1", "")


def test_all_members_of_a_zip_and_all_parts_of_a_mail_are_read_and_what_is_wrong_among_them_is_told():
    archive = zipped(report(ident="1"), b"<html/>", report(ident="2"), gzip.compress(XML))
    for octets in (archive, mail(part("application/zip", archive))):
        found = list(reports_in(octets))
        assert [each.dmarc and each.dmarc.report_id for each in found] == ["1", None, "2", None]
        assert found[1].error == "This is XML, but no DMARC aggregate report (RFC 9990)."
        assert found[3].error == "An archive within an archive is not unpacked."


def encrypted(archive):
    """Its first member says that it is."""
    changed = bytearray(archive)
    changed[changed.find(b"PK\x03\x04") + 6] |= 1
    changed[changed.find(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def damaged(archive):
    """Its first member is not what its checksum says, nor can it be unpacked."""
    changed = bytearray(archive)
    changed[changed.find(b"0.xml") + 10] ^= 0xFF
    return bytes(changed)


@pytest.mark.parametrize("spoilt", [encrypted, damaged])
def test_a_member_that_cannot_be_unpacked_keeps_none_of_the_others_out(spoilt):
    found = list(reports_in(spoilt(zipped(XML, report(ident="2"), report(ident="3")))))
    assert [(each.name, each.error or each.dmarc.report_id) for each in found] == [
        ("0.xml", "The report cannot be unpacked."),
        ("1.xml", "2"),
        ("2.xml", "3"),
    ]


def test_members_that_cannot_be_unpacked_are_bounded_together_as_well():
    """What each unpacks to before it breaks counts: many of them take no longer than one."""
    archive = bytearray(zipped(*[b" " * (9 << 20)] * 40))
    at = 0
    while (at := archive.find(b"PK\x01\x02", at + 1)) > 0:
        archive[at + 16] ^= 0xFF  # its checksum
    found = list(reports_in(bytes(archive)))
    assert len(found) < 6
    assert "more than 32 MiB" in found[-1].error


@pytest.mark.parametrize(
    ("auth", "spf"),
    [
        pytest.param("", None, id="nothing told"),
        pytest.param(SPF, ("a.example", "pass"), id="no scope, RFC 7489"),
        pytest.param("<spf><domain>H.example</domain><scope>helo</scope><result>Fail</result></spf>", ("h.example", "fail"), id="HELO alone"),
        pytest.param("<spf><domain>h.example</domain><scope>helo</scope><result>none</result></spf><spf><domain>m.example</domain><scope>mfrom</scope><result>softfail</result></spf>", ("m.example", "softfail"), id="both: mfrom"),
        pytest.param("<spf><domain>bücher.example</domain><result>pass</result></spf>", ("xn--bcher-kva.example", "pass"), id="a domain that is not in ASCII"),
    ],
)  # fmt: skip
def test_spf_of_a_row_is_that_of_the_reverse_path(auth, spf):
    (one,) = only(report(row(auth=auth))).dmarc.rows
    assert (one.mail_from and (one.mail_from.domain, one.mail_from.result)) == spf


def signature(result):
    return f"<dkim><domain>a.example</domain><selector>s</selector><result>{result}</result></dkim>"


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ("", "none"),
        (signature("fail"), "fail"),
        (signature("fail") + signature("PASS"), "pass"),
        (signature("policy"), "policy"),
    ],
)
def test_one_signature_that_holds_is_enough(auth, said):
    (one,) = only(report(row(auth=auth))).dmarc.rows
    assert one.signed == said


@pytest.mark.parametrize(
    ("ip", "count", "seen"),
    [
        ("::ffff:192.0.2.7", "1", ("192.0.2.7", 1)),
        (" 2001:DB8:0:0::25\n", " 12 ", ("2001:db8::25", 12)),
        ("192.0.2.1", "999999999999999", ("192.0.2.1", 999999999999999)),
        ("192.0.2.1", "9" * 5000, None),
        ("192.0.2.1", "-3", None),
        ("192.0.2.1", "", None),
        ("192.0.2.300", "1", None),
        ("mail.example", "1", None),
        ("", "1", None),
    ],
)
def test_a_row_without_an_address_or_a_count_is_unread_and_the_others_are_read(ip, count, seen):
    found = only(report(row(ip=ip, count=count), row()))
    rows = [(str(each.client_ip), each.count) for each in found.dmarc.rows]
    assert rows == [*([seen] if seen else []), ("192.0.2.1", 3)]
    assert found.unread == (0 if seen else 1)


@pytest.mark.parametrize(
    ("begin", "end", "span"),
    [
        ("1795564800", "1795651199", (1795564800, 1795651199)),
        (" 1795564800\n", "1795651199.5", (1795564800, 1795651199)),
        ("1795651199", "1795564800", (1795564800, 1795651199)),
        ("soon", "1795651199", (1795651199, 1795651199)),
    ],
)
def test_times_are_whole_seconds_the_earlier_first(begin, end, span):
    found = only(report(begin=begin, end=end)).dmarc
    assert (found.begin, found.end) == tuple(datetime.fromtimestamp(each, UTC) for each in span)


def test_a_reporter_without_a_name_is_its_addresss_domain():
    assert only(report(org="")).dmarc.reporter == "big.example"
    assert only(TLS.replace(b'"organization-name": "Big"', b'"contact-info": "mailto:a@big.example"')).tls[0].reporter == "big.example"  # fmt: skip


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><feedback>&b;</feedback>'
FOREIGN = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><feedback><report_metadata><org_name>&a;</org_name></report_metadata></feedback>'
BLANK = b" " * (UNPACKED_OCTETS_MAX + 10)


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b"\0" * 50, "neither a report nor", id="zeros"),
        pytest.param(b"hello", "neither a report nor", id="text"),
        pytest.param(b"From: a@b.example\n\nhello\n", "carries no report", id="a mail"),
        pytest.param(b" " * (FILE_OCTETS_MAX + 1), "more than 24 MiB", id="too large"),
        pytest.param(b"From: a@b.example\n\n" + b"\n" * (LINES_MAX + 1), "more than 250000 lines", id="a mail of lines"),
        pytest.param(BOMB, "document type", id="entities that grow"),
        pytest.param(FOREIGN, "document type", id="an entity of a file"),
        pytest.param(gzip.compress(b"<feedback>" + BLANK), "more than 32 MiB", id="a gzip bomb"),
        pytest.param(zipped(b"<feedback>" + BLANK), "more than 32 MiB", id="a zip bomb"),
        pytest.param(zipped(*[b"<x/>"] * 1001), "more than 1000 members", id="a zip of many"),
        pytest.param(zipped(), "archive is empty", id="an empty zip"),
        pytest.param(zipped(XML, method=zipfile.ZIP_LZMA), "gzip and zip", id="a zip of another kind"),
        pytest.param(b"BZh9" + XML, "gzip and zip", id="bzip2"),
        pytest.param(gzip.compress(GZ), "within an archive", id="gzip in gzip"),
        pytest.param(b"PK\x03\x04nothing", "cannot be unpacked", id="no zip"),
        pytest.param(b"\x1f\x8bnothing", "cannot be unpacked", id="no gzip"),
        pytest.param(GZ[:60], "breaks off", id="a gzip that breaks off"),
        pytest.param(XML[:-20], "breaks off", id="broken off"),
        pytest.param(b"<a>" * 50, "nested deeper", id="very deep"),
        pytest.param(b"<feedback>" + b"<a/>" * (ELEMENTS_MAX + 1), "more than 500000 elements", id="many elements"),
        pytest.param(report(*["<record/>"] * (ROWS_MAX + 1)), "more than 25000 rows", id="many rows"),
        pytest.param(b'<?xml version="1.0" encoding="utf-7"?><feedback/>', "no encoding", id="an encoding of many octets"),
        pytest.param(b"<feedback a='" + b"x" * (1 << 20) + b"'/>", "is wrong in line 1", id="a long tag"),
        pytest.param(b"<feedback>" + (b"<a " + b" ".join(b"a%d=''" % n for n in range(9000)) + b"/>") * 60, "more than 500000 elements", id="many attributes"),
        pytest.param(b"<!DOCTYPE html><html><body>Not found</body></html>", "neither XML nor JSON", id="HTML"),
        pytest.param(mail(*["Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"A: b\n\n" + b"\n" * 200_000).decode()] * 2), "more than 250000 lines", id="mails of lines in a mail"),
        pytest.param(b"<feedback/>", "no DMARC aggregate report", id="nothing in it"),
        pytest.param(b"{}", "no SMTP TLS report", id="an empty object"),
        pytest.param(b'{"a":' + b"[" * 100_000, "JSON breaks off", id="deep JSON"),
        pytest.param(b'{"policies": ' + b"9" * 5000 + b"}", "JSON breaks off", id="a number of 5,000 digits"),
        pytest.param(b'{"policies": NaN}', "JSON breaks off", id="no number"),
        pytest.param(b'{"a": "' + b"x" * (4 << 20) + b'"}', "more than 4 MiB", id="a large TLS report"),
    ],
)  # fmt: skip
def test_what_is_hostile_or_no_report_is_one_sentence(octets, says):
    (found,) = reports_in(octets)
    assert says in found.error
    assert found.error.endswith(".")
    assert not found.reports


def test_all_that_one_mail_unpacks_to_is_bounded_together():
    """Forty attachments of a mebibyte each are as much as one of forty."""
    large = gzip.compress(report(extra=" " * (1 << 20)))
    found = list(reports_in(mail(*[part("application/gzip", large)] * 40)))
    assert sum(bool(each.dmarc) for each in found) < 32
    assert "more than 32 MiB" in found[-1].error


@pytest.mark.parametrize(
    ("given", "said"),
    [({"total-failure-session-count": "4"}, 4), ({"total-failure-session-count": -1}, 2), ({}, 2), ({"total-failure-session-count": True}, 2)],
)  # fmt: skip
def test_sessions_that_no_summary_counts_are_counted_by_their_details(given, said):
    document = json.loads(TLS)
    document["policies"][0]["summary"] = given
    (found,) = only(json.dumps(document).encode()).tls
    assert (found.ok, found.failed) == (0, said)


def test_text_of_a_tls_report_is_read_as_text_whatever_its_octets():
    """Some write Latin-1; JSON can name halves of characters, which no store takes (RFC 8259 section 8.2)."""
    for said in (b"B\xefg", b"B\\ud800g"):
        (found,) = only(TLS.replace(b"Big", said)).tls
        assert found.reporter.encode("utf-8")[:1] == b"B"
    assert only(TLS.decode().encode("utf-16")).tls == only(TLS).tls


def test_details_beyond_the_bound_are_told_as_unread():
    document = json.loads(TLS)
    document["policies"][0]["failure-details"] *= DETAILS_MAX + 7
    (found,) = only(json.dumps(document).encode()).tls
    assert (len(found.rows), found.unread) == (DETAILS_MAX, 7)


def test_policies_of_one_domain_add_up_and_those_of_several_are_told_apart():
    document = json.loads(TLS)
    other = json.loads(json.dumps(document["policies"][0]).replace("a.example", "b.example"))
    document["policies"] += [document["policies"][0], other]
    found = only(json.dumps(document).encode()).tls
    assert [(each.domain, each.ok, each.failed, len(each.rows)) for each in found] == [
        ("a.example", 14, 4, 2),
        ("b.example", 7, 2, 1),
    ]
