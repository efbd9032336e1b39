"""What DNS can hold, a mailbox file, one reply, reports and a notice of list software: each in its hostile shapes."""

import base64
import gzip
from typing import Final

from tests.hostile.shape import Maker, filled, lines, numbered

END: Final = b" -all"

# fmt: off
SPF: Final[dict[str, Maker]] = {
    "terms": filled(b"v=spf1", b" a", END),
    "IPv4 networks": numbered(b"v=spf1", lambda n: b" ip4:192.0.2.%d" % (n % 256), END),
    "IPv6 networks": numbered(b"v=spf1", lambda n: b" ip6:2001:db8::%x" % n, END),
    "includes": numbered(b"v=spf1", lambda n: b" include:a%d.example" % n, END),
    "exchangers": numbered(b"v=spf1", lambda n: b" mx:a%d.example" % n, END),
    "redirects": filled(b"v=spf1", b" redirect=a.example"),
    "ends": filled(b"v=spf1", b" -all"),
    "modifiers": filled(b"v=spf1", b" a=b", END),
    "words": filled(b"v=spf1", b" foo", END),
    "wrong networks": numbered(b"v=spf1", lambda n: b" ipv4:192.0.2.%d/33" % (n % 256), END),
    "terms apart": filled(b"v=spf1", b" include :a.example", END),
    "terms together": filled(b"v=spf1 ", b"include:a.example", END),
    "a long name": filled(b"v=spf1 a:", b"a", END),
    "labels": filled(b"v=spf1 a:", b"a.", END),
    "macros": filled(b"v=spf1 a:", b"%{s}", END),
    "halves of macros": filled(b"v=spf1 a:", b"%{", END),
    "blanks": filled(b"v=spf1", b" ", b"-all"),
    "commas": filled(b"v=spf1 ", b"a,", END),
    "quotes": filled(b"v=spf1 ", b'"a" ', END),
    "printers' quotes": filled(b"v=spf1 ", "\u201ca\u201d ".encode(), END),
    "signs": filled(b"v=spf1 ", b"-", END),
    "lengths": filled(b"v=spf1 a", b"/1", END),
    "escapes": filled(b"v=spf1 ", b"\\xe2\\x80", END),
    "octets": filled(b"v=spf1 ", b"\xff", END),
    "versions": filled(b"spf1", b" v=spf1 ", END),
}

DMARC: Final[dict[str, Maker]] = {
    "tags of a policy": numbered(b"v=DMARC1; p=none", lambda n: b"; a%d=b" % n),
    "semicolons of a policy": filled(b"v=DMARC1; p=none", b";"),
}


def response(records: list[bytes]) -> bytes:
    """A DNS response to a question for TXT of a.example (RFC 1035 section 4.1), with these records as its answers."""
    head = b"\x00\x01\x84\x00\x00\x01" + len(records).to_bytes(2) + b"\x00\x00\x00\x00"
    return head + b"\x01a\x07example\x00\x00\x10\x00\x01" + b"".join(records)


def answers(owner: bytes, data: bytes, rrtype: int) -> Maker:
    """As many of that record as there is room."""
    record = owner + rrtype.to_bytes(2) + b"\x00\x01\x00\x00\x00\x00" + len(data).to_bytes(2) + data
    return lambda n: response([record] * ((n - 31) // len(record)))


OCTETS: Final = b"\x01\xff" * 120 + b"\x00"  # a name at its longest, every label to be escaped
FIRST: Final = b"\xc0\x1f"  # a pointer to the first answer

DNS: Final[dict[str, Maker]] = {
    "records of the root": answers(b"\x00", b"", 16),
    "long names": answers(b"\x01a" * 120 + b"\x00", b"", 16),
    "names of octets": answers(OCTETS, b"", 16),
    "pointers": lambda n: response([OCTETS + b"\x00\x05\x00\x01\x00\x00\x00\x00\x00\x02" + FIRST] + [(0xC01F + 2 * (at % 60)).to_bytes(2) + b"\x00\x05\x00\x01\x00\x00\x00\x00\x00\x02" + FIRST for at in range((n - 300) // 14)]),
    "pointers to pointers": answers(b"\xc0\x0c", b"\xc0\x21", 5),
    "empty strings": lambda n: response([b"\x00\x00\x10\x00\x01\x00\x00\x00\x00" + (n - 60).to_bytes(2) + b"\x00" * (n - 60)]),
}

FROM: Final = b"From x Tue Apr 28 07:12:29 2026\n"

MAILBOXES: Final[dict[str, Maker]] = {
    "separators": filled(FROM, b"\n" + FROM),
    "quoted separators": lines(FROM, b">"),
    "one line": filled(FROM, b"a"),
    "one line of marks": filled(FROM, b">"),
    "times": filled(FROM, b"\nFrom " + b" 11:1" * 190 + b"\n"),
}

REPLIES: Final[dict[str, Maker]] = {
    "said: said:": filled(b"host x ", b"said: "),
    "codes": filled(b"550-", b"550 "),
    "beginnings": filled(b"", b"SMTP error from remote server"),
    "greetings": filled(b"220 ", b"421 "),
    "letters": filled(b"550 5.7.1 ", b"a"),
    "dots": filled(b"550 5.7.1 ", b"1."),
}

REVERSE_PATHS_WRITTEN: Final[dict[str, Maker]] = {
    "equal signs": filled(b"bounce+", b"=", b"@a.example"),
    "recipients": filled(b"bounce+", b"a==a==b.c==", b"d@a.example"),
    "returns": filled(b"", b"a-return-", b"@a.example"),
    "signed again and again": filled(b"", b"prvs=a=", b"a@b.example"),
}

NOTICES: Final[dict[str, Maker]] = {
    "links": filled(b"From: a@b.example\r\nSubject: confirm 0123456789\r\n\r\n", b"https://a/"),
    "a notice's words": filled(b"From: a@b.example\r\nSubject: confirm 0123456789\r\n\r\n", b"your membership in the mailing list "),
    "a notice's subject": filled(b"From: a@b.example\r\nSubject: ", b"your subscription to confirm ", b"\r\n\r\na"),
}

FEEDBACK: Final = b"?xml version='1.0'?><feedback>"  # behind the "<" that makes it a report
SIGNED: Final = b"<dkim><domain>lists.example.org</domain><selector>s</selector><result>pass</result></dkim>"
ROW: Final = b"<record><row><source_ip>2001:db8:25::25</source_ip></row><auth_results>"

REPORTS: Final[dict[str, Maker]] = {
    "rows": filled(FEEDBACK, ROW + SIGNED + b"</auth_results></record>"),
    "signatures of a row": filled(FEEDBACK + ROW, SIGNED),
    "selectors": numbered(FEEDBACK, lambda n: ROW + SIGNED.replace(b">s<", b">s%d<" % n) + b"</auth_results></record>"),
    "one long name": filled(FEEDBACK + ROW + b"<dkim><domain>", b"a"),
    "elements in elements": filled(FEEDBACK, b"<a>"),
    "attributes": numbered(FEEDBACK + b"<a", lambda n: b" a%d=''" % n),
    "pieces of text": filled(FEEDBACK + ROW + b"<dkim><domain>", b"a&amp;"),
}


def _gzipped(octets: bytes) -> Maker:
    """Many gzip members of these octets."""
    return filled(b"", gzip.compress(octets))


ATTACHED: Final = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
PACKED: Final[dict[str, Maker]] = {
    "many gzip members": _gzipped(b""),
    "a gzip that is stored": lambda n: gzip.compress(b"<" + FEEDBACK + (ROW + SIGNED) * (n // len(ROW + SIGNED)), 0),
    "entries of a zip": filled(b"PK\x03\x04", b"PK\x01\x02" + bytes(42)),
    "objects in JSON": filled(b'{"policies":[', b'{"failure-details":[{}]},'),
    "numbers in JSON": filled(b'{"policies":[', b"1,"),
    "attachments": filled(ATTACHED, b"--x\r\nContent-Type: text/xml\r\n\r\n<" + FEEDBACK + ROW + b"\r\n"),
    "attachments of bombs": filled(
        ATTACHED,
        b"--x\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(gzip.compress(b"<" + FEEDBACK + b"<a/>" * 400_000)),
    ),
    "an attachment in base64": filled(
        b"From: a@b.example\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        b"H4sI" * 19 + b"\r\n",
    ),
    "an attachment quoted": filled(
        b"From: a@b.example\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<", b"=41"
    ),
    "rows of an attachment": filled(ATTACHED + b"--x\r\nContent-Type: text/xml\r\n\r\n<" + FEEDBACK, ROW + SIGNED),
    "elements of a file": filled(b"<" + FEEDBACK, b"<a/>"),
    "one name of a file": filled(b"<" + FEEDBACK + ROW + b"<dkim><domain>", b"a"),
    "attributes of a file": numbered(b"<" + FEEDBACK + b"<a", lambda n: b" a%d=''" % n),
    "text that is no UTF-8": filled(b"<" + FEEDBACK + b"<a>", b"\xff"),
    "a comment": filled(b"<" + FEEDBACK + b"<!--", b"-a"),
    "names in pieces": numbered(
        b"From: a@b.example\r\nContent-Disposition: attachment", lambda n: b";\r\n filename*%d*=a" % n
    ),
}
# fmt: on
LOGS: Final[dict[str, Maker]] = {
    "lines of nothing": filled(b"", b"\n"),
    "NULs and no end": filled(b"", b"\0"),
    "NULs in each line": filled(b"", b"\0a\0\n"),
    "a line without an end": filled(b"a\n", b"b"),
    "lines that are too long": filled(b"", b"c" * 70_000 + b"\n"),
}
