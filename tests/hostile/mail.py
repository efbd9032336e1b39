"""Messages that are hard to take apart: header fields, parameters, parts within parts, encodings."""

from typing import Final

from tests.hostile.shape import DAEMON, PARTS, REFUSED, REPORT, UNTITLED, Maker, filled, numbered

PLAIN: Final = DAEMON + b"Content-Type: text/plain; charset="
PART: Final = b"--x\r\nContent-Type: text/plain; charset="
NEST: Final = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
NESTED: Final = DAEMON + b"".join(NEST % (n, n) for n in range(100))  # deeper than anybody reads
ENCODED: Final = DAEMON + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: "
RETURNED: Final = (
    b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
)

# fmt: off
MAIL: Final[dict[str, Maker]] = {
    # parameters, RFC 2045 section 5.1 and RFC 2231
    "semicolons in a quoted charset": filled(PLAIN + b'"', b";", REFUSED),
    "semicolons in many charsets": filled(PARTS, PART + b'"' + b";" * 4000 + b"\r\n\r\na\r\n"),
    "semicolons in many boundaries": filled(PARTS, b'--x\r\nContent-Type: multipart/mixed; boundary="' + b";" * 4000 + b"\r\n\r\na\r\n"),
    "quotes in a charset": filled(PLAIN, b'";', REFUSED),
    "quotes in many charsets": filled(PARTS, PART + b'";' * 2000 + b"\r\n\r\na\r\n"),
    "escaped quotes in a charset": filled(PLAIN + b'"', b'\\"', REFUSED),
    "escaped quotes in many charsets": filled(PARTS, PART + b'"' + b'\\";' * 1300 + b"\r\n\r\na\r\n"),
    "pieces of a charset": numbered(DAEMON + b"Content-Type: text/plain", lambda n: b"; charset*%d*=a" % n, REFUSED),
    "pieces of many charsets": filled(PARTS, b"--x\r\nContent-Type: text/plain" + b"".join(b"; charset*%d*=a" % n for n in range(250)) + b"\r\n\r\na\r\n"),
    "pieces of a boundary": numbered(DAEMON + b"Content-Type: multipart/mixed", lambda n: b"; boundary*%d=a" % n, REFUSED),
    # parts, RFC 2046
    "a long boundary": lambda n: DAEMON + b"Content-Type: multipart/mixed; boundary=" + b"a" * (n // 2) + b"\r\n\r\n--" + b"a" * (n // 2),
    "boundaries": filled(PARTS, b"--x\r\n"),
    "empty parts": filled(PARTS, b"--x\n\n"),
    "parts of one line": filled(PARTS, b"--x\r\n\r\ny\r\n"),
    "parts that refuse": filled(PARTS, b"--x\r\nContent-Type: text/plain\r\n\r\n<a@b.example>: 550 no\r\n"),
    "boundaries of others": filled(PARTS, b"--y\r\n"),
    "multiparts beside multiparts": filled(PARTS, b"--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\n"),
    "multiparts in multiparts": numbered(DAEMON, lambda n: NEST % (n, n)),
    "multiparts of one boundary": filled(PARTS, b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"),
    "messages in messages": filled(DAEMON, b"Content-Type: message/rfc822\r\n\r\n"),
    "messages beside messages": filled(PARTS, b"--x\nContent-Type: message/rfc822\n\nSubject: a\n\n"),
    "reports in reports": filled(DAEMON, b"Content-Type: message/delivery-status\r\n\r\n"),
    "bounces in bounces": filled(DAEMON, b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + DAEMON),
    "lines under many boundaries": filled(NESTED, b"a\r\n"),
    "dashes under many boundaries": filled(NESTED, b"--\r\n"),
    # fields, RFC 5322 section 2.2
    "fields": filled(DAEMON, b"A: b\r\n", REFUSED[2:]),
    "lines of one field": filled(DAEMON + b"X: a\r\n", b" b\r\n", REFUSED[2:]),
    "lines of a subject": filled(UNTITLED + b"Subject: a\r\n", b" b\r\n", REFUSED[2:]),
    "blank lines of one field": filled(DAEMON + b"X: a\r\n", b" \r\n", REFUSED[2:]),
    "bare carriage returns": filled(DAEMON + b"X: a", b"\r", REFUSED),
    "one long field": filled(DAEMON + b"X: ", b"a", REFUSED),
    "a header that is none": filled(b"", b"a"),
    "blanks in a subject": filled(DAEMON + b"Subject:", b" ", REFUSED),
    "references": numbered(DAEMON + b"References:", lambda n: b" <%d@b.example>\r\n" % n, REFUSED[2:]),
    "list fields": filled(DAEMON, b"List-Unsubscribe: <mailto:a@b.example>, <https://b.example/>\r\n", REFUSED[2:]),
    # encoded words, RFC 2047
    "encoded words": filled(UNTITLED + b"Subject: ", b"=?utf-8?q?a?= ", REFUSED),
    "halves of encoded words": filled(UNTITLED + b"Subject: ", b"=?a?b?", REFUSED),
    "question marks": filled(UNTITLED + b"Subject: =?a?q?", b"?", REFUSED),
    "one long encoded word": filled(UNTITLED + b"Subject: =?utf-8?b?", b"QQ==", b"?=" + REFUSED),
    "encoded words in a returned subject": filled(REPORT + RETURNED + b"Subject: ", b"=?utf-8?q?a?= ", b"\r\n\r\n--x--\r\n"),
    # addresses and dates, RFC 5322 sections 3.3 and 3.4
    "comments in comments": filled(b"From: ", b"(", b" a@b.example" + REFUSED),
    "groups in groups": filled(b"From: ", b"a:", b" a@b.example" + REFUSED),
    "authors": numbered(b"From: a@b.example", lambda n: b", u%d@b.example" % n, REFUSED),
    "angle brackets": filled(b"From: ", b"<", b"a@b.example>" + REFUSED),
    "quotes in an author": filled(b"From: ", b'"a', b"a@b.example" + REFUSED),
    "at signs in an author": filled(b"From: ", b"@", b"a@b.example" + REFUSED),
    "a route to an author": filled(b"From: <", b"@a,", b":a@b.example>" + REFUSED),
    "labels of an author": filled(b"From: a@b", b".b", REFUSED),
    "labels of an author that are not ASCII": filled(b"From: a@", "\u00fc.".encode(), b"de" + REFUSED),
    "a label of an author that is not ASCII": filled(b"From: a@", "\u4e00\u00fc".encode(), b".de" + REFUSED),
    "digits of a date": filled(UNTITLED + b"Date: ", b"1 ", REFUSED),
    "dates": filled(UNTITLED + b"Date: ", b"2 Nov 2026 10:00 ", REFUSED),
    # encodings and character sets
    "base64": filled(ENCODED + b"base64\r\n\r\n", b"NTUwIGEK"),
    "padding of base64": filled(ENCODED + b"base64\r\n\r\n", b"="),
    "quoted-printable": filled(ENCODED + b"quoted-printable\r\n\r\n", b"="),
    "uuencode": filled(ENCODED + b"x-uuencode\r\n\r\nbegin 644 a\r\n", b"M" + b"!" * 60 + b"\r\n"),
    "beginnings of uuencode": filled(ENCODED + b"x-uuencode\r\n\r\n", b"begin 644\r\n"),
    "escapes of ISO-2022": filled(PLAIN + b"iso-2022-jp\r\n\r\n", b"\x1b$B%s\x1b(B"),
    "UTF-7": filled(PLAIN + b"utf-7\r\n\r\n", b"+AAA"),
    "half pairs of UTF-16": filled(PLAIN + b"utf-16\r\n\r\n", b"\xd8\x00"),
}

RETURNED_TO: Final[dict[str, Maker]] = {
    "subscribers in an address": filled(b"To: ", b"+a=b.", b"\r\n" + DAEMON + REFUSED[2:]),
    "halves of a reverse-path": filled(b"To: ", b"/list-7-bounces-", b"\r\n" + DAEMON + REFUSED[2:]),
}
# fmt: on
