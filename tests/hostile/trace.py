"""Trace fields that are hard to read: Received (RFC 5321 section 4.4), results (RFC 8601), signatures (RFC 6376)."""

from typing import Final

from tests.hostile.shape import Maker, filled, halves, lines, numbered

BY: Final = b"Received: from a by b.example; 2 Nov 2026 10:00:00 +0000\r\n"
AUTHOR: Final = b"From: a@a.example\r\n\r\n"
BODY: Final = AUTHOR + b"a\r\n"
RESULTS: Final = b"Authentication-Results: b.example; spf=fail "
SPF: Final = b"Received-SPF: fail ("
SIGNATURE: Final = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; d=a.example; s=k; c=relaxed/relaxed; h=from; bh=Zg==; b=Zg==\r\n"
)
SIMPLE: Final = SIGNATURE.replace(b"relaxed/relaxed", b"simple/simple")
OPEN: Final = SIGNATURE[:-2]  # more tags may follow
NAMELESS: Final = SIGNATURE.replace(b"h=from; ", b"")[:-2] + b"; h=from"


def hop(clause: bytes) -> bytes:
    """A Received field with that from clause."""
    return b"Received: from a " + clause + b" by b.example with ESMTP; 2 Nov 2026 10:00:00 +0000\r\n"


# fmt: off
TRACE: Final[dict[str, Maker]] = {
    "hops": numbered(b"", lambda n: b"Received: from a%d.example (a%d.example [2001:db8::1]) by b%d.example with ESMTPS for <a@b.example>; 2 Nov 2026 10:00:00 +0000\r\n" % (n, n, n), BODY),
    "hops of parentheses": filled(b"", hop(b"(" * 4000), BODY),
    "hops of literals": filled(b"", hop(b"([::1]" + b" [::x" * 700 + b")"), BODY),
    "hops of colons": filled(b"", hop(b"(" + b":" * 4000 + b")"), BODY),
    "hops of greetings": filled(b"", hop(b"(" + b"HELO " * 800 + b")"), BODY),
    "hops of dots": filled(b"", hop(b"a." * 2000), BODY),
    "hops for many": filled(b"", hop(b"for a@" * 600), BODY),
    "recipients on the way": filled(BY, b"Delivered-To: a@b.example, c@d.example\r\n", BODY),
    "results": filled(BY, RESULTS + b"smtp.mailfrom=a.example; dkim=fail header.d=a.example\r\n", BODY),
    "methods": filled(BY, RESULTS + b"; spf=fail" * 800 + b"\r\n", BODY),
    "comments in results": filled(BY, RESULTS + b"(" * 8000 + b"\r\n", BODY),
    "senders in results": filled(BY, RESULTS + b"envelope-from=" * 550 + b"\r\n", BODY),
    "addresses in results": filled(BY, SPF + b"1:" * 4000 + b"\r\n", BODY),
    "domains in results": filled(BY, SPF + b"domain of " + b"a." * 4000 + b"\r\n", BODY),
    "words for domains in results": filled(BY, SPF + b"domain of a" * 700 + b"\r\n", BODY),
    "guesses in results": filled(BY, SPF + b"best guess record for domain of " * 250 + b"\r\n", BODY),
    "clients in a filter's report": filled(BY, b"X-Forefront-Antispam-Report: " + b";CIP: " * 1300 + b"\r\n", BODY),
    "loops": filled(BY + BY.replace(b"b.example", b"d.example"), b"X-Loop: a@b.example\r\n", BODY),
}

SIGNATURES: Final[dict[str, Maker]] = {
    "a body of blanks": filled(SIGNATURE + AUTHOR, b" "),
    "a body of blanks and tabs": filled(SIGNATURE + AUTHOR, b" \t", b"x"),
    "a body of blank lines": filled(SIGNATURE + AUTHOR, b"\r\n"),
    "a body that ends behind blank lines": filled(SIGNATURE + AUTHOR, b"\r\n", b"a"),
    "a body of carriage returns": filled(SIGNATURE + AUTHOR, b"\r"),
    "blanks before line ends": lines(SIGNATURE + AUTHOR, b" "),
    "b= of blanks": filled(SIGNATURE[:-6], b" ", b"Zg==\r\n" + BODY),
    "b= of lines": filled(SIGNATURE[:-6], b"\r\n Zg==", b"\r\n" + BODY),
    "bh= of lines": filled(SIGNATURE[:-16] + b" bh=", b"\r\n Zg==", b"; b=Zg==\r\n" + BODY),
    "h= of the same name": filled(NAMELESS, b":from", b"\r\n" + BODY),
    "h= of names that are not there": numbered(NAMELESS, lambda n: b":x%d" % n, b"\r\n" + BODY),
    "h= of names and as many fields": halves(filled(NAMELESS, b":a", b"\r\n"), filled(b"", b"a:\r\n", BODY)),
    "signatures": filled(b"", SIGNATURE, BODY),
    "signatures of a large body": filled(SIGNATURE * 10 + AUTHOR, b" a"),
    "signatures of a large body, simple": filled(SIMPLE * 10 + AUTHOR, b"\r\n", b"a"),
    "signatures of a large header": filled(SIGNATURE * 10, b"X: b\r\n", BODY),
    "tags": numbered(OPEN, lambda n: b"; x%d=y" % n, b"\r\n" + BODY),
    "semicolons": filled(OPEN, b";", b"\r\n" + BODY),
    "equals signs": filled(OPEN + b"; y=", b"=", b"\r\n" + BODY),
    "t= of digits": filled(OPEN + b"; t=", b"1", b"\r\n" + BODY),
    "x= of digits": filled(OPEN + b"; x=", b"1", b"\r\n" + BODY),
    "l= of digits": filled(OPEN + b"; l=", b"1", b"\r\n" + BODY),
    "d= of labels": filled(OPEN.replace(b"d=a.example", b"d=a"), b".a", b"\r\n" + BODY),
    "i= of at signs": filled(OPEN + b"; i=", b"@", b"\r\n" + BODY),
    "signed fields of many lines": filled(SIGNATURE + AUTHOR[:-2], b" b\r\n", b"\r\na\r\n"),
    "signed fields of blank lines": filled(SIGNATURE + AUTHOR[:-2], b" \r\n", b"\r\na\r\n"),
    "blanks in a signed field": filled(SIGNATURE + AUTHOR[:-4], b" ", b"x\r\n\r\na\r\n"),
    "a signature of blanks": filled(b"DKIM-Signature:", b" \t", b"\r\n" + BODY),
}

KEYS: Final[dict[str, Maker]] = {
    "p= of blanks": filled(b"v=DKIM1; k=rsa; p=", b" ", b"AAAA"),
    "p= of letters": filled(b"v=DKIM1; k=rsa; p=", b"A"),
    "tags of a key": numbered(b"v=DKIM1; p=AAAA", lambda n: b"; a%d=b" % n),
    "semicolons of a key": filled(b"v=DKIM1; p=AAAA", b";"),
}
# fmt: on
