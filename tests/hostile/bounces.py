"""Bounces that are hard to understand: reports of thousands, text that names everybody, half matches."""

import base64
from collections.abc import Callable
from typing import Final

from monitor.admission.data import load_rules
from tests.hostile.shape import DAEMON, PARTS, REPORT, REPORT_TYPE, STATUS, Maker, filled, lines, numbered

TEXT: Final = DAEMON + b"\r\n"
PAGE: Final = DAEMON + b"Content-Type: text/html\r\n\r\n"
SNS: Final = DAEMON + b"x-amz-sns-message-id: 1\r\n\r\n"
EXAMPLES: Final = [" ".join(rule.example.split()).encode() for rule in load_rules().rules]

# Phrases by which flufl.bounce knows the forms of which it then searches every line for addresses.
PHRASES: Final = (
    b"failed addresses follow:\nYour message to:\nnot yet been delivered\nYour message with Subject:\n"
    b"This Message was undeliverable due to the following reason:\nthe following addresses had\n"
    b"Delivery to the following recipients failed\nA message that you sent could not be delivered\n\n"
)


def recipient(n: int) -> bytes:
    """The fields of one recipient, without a reply."""
    return b"Final-Recipient: rfc822; u%d@e.example\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n" % n


def refused(said: bytes) -> Callable[[int], bytes]:
    """The fields of recipients with replies that say that, no two alike."""
    return lambda n: recipient(n)[:-2] + b"Diagnostic-Code: smtp; 550 5.7.1 %d %s\r\n\r\n" % (n, said)


def beside(text: bytes, fields: Callable[[int], bytes] = recipient) -> Maker:
    """A report of many recipients beside that text for people."""
    return numbered(DAEMON + REPORT_TYPE + b"--x\r\n\r\n" + text + b"\r\n" + STATUS, fields)


def known_form(unit: bytes, *, before: bytes = b"", end: bytes = b"x\n") -> Maker:
    """One line behind those phrases, of the beginning and so many units."""
    return filled(TEXT + PHRASES + before, unit, end)


def known_forms(unit: bytes) -> Maker:
    """Likewise five parts, each with its line."""
    return lambda n: (
        PARTS + b"".join(filled(b"--x\r\n\r\n" + PHRASES, unit, b"x\r\n")(n // 5) for _ in range(5)) + b"--x--\r\n"
    )


def encoded(unit: bytes) -> Maker:
    """Likewise a part whose line is folded in its encoding alone, beside a page."""

    def make(n: int) -> bytes:
        octets = base64.encodebytes(filled(PHRASES, unit, b"x\n")(n * 3 // 4 - 300))
        return (
            PARTS + b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + octets + b"--x\nContent-Type: text/html\n\n"
        )

    return make


# fmt: off
BOUNCES: Final[dict[str, Maker]] = {
    # delivery statuses, RFC 3464
    "recipients": numbered(REPORT, recipient),
    "bare recipients": numbered(REPORT, lambda n: b"Final-Recipient: rfc822;u%d@e\r\n\r\n" % n),
    "recipients without a blank line": filled(REPORT, b"Final-Recipient: rfc822;a@b\r\nAction: failed\r\n"),
    "blank lines in a status": filled(REPORT, b"\n"),
    "blank lines in an international status": filled(DAEMON + REPORT_TYPE + b"--x\r\nContent-Type: message/global-delivery-status\r\n\r\n", b"\n"),
    "statuses": filled(DAEMON + REPORT_TYPE, b"--x\nContent-Type: message/delivery-status\n\nAction: failed\n\n"),
    "a status in base64": filled(DAEMON + REPORT_TYPE + STATUS[:46] + b"Content-Transfer-Encoding: base64\r\n\r\n", b"RmluYWwtUmVjaXBpZW50OiByZmM4MjI7YUBiCgo=\r\n"),
    "escaped characters of a recipient": filled(REPORT + b"Final-Recipient: utf-8; ", b"\\x{FC}"),
    "quotations in a reply": filled(REPORT + b"Final-Recipient: rfc822; u@e.example\r\nDiagnostic-Code: smtp; 550 ", b"server said: "),
    # replies, each read for itself
    "replies that complain": numbered(REPORT, refused(b"message was rejected because user policy " * 20)),
    "replies of marks": numbered(REPORT, refused(b"!" * 800)),
    "replies of letters": numbered(REPORT, refused(b"a" * 800)),
    "replies of digits": numbered(REPORT, refused(b"1.2." * 200)),
    "replies of dots": numbered(REPORT, refused(b"a." * 400)),
    "replies of hyphens": numbered(REPORT, refused(b"a-" * 400)),
    "replies of colons": numbered(REPORT, refused(b"a:" * 400)),
    "replies of apostrophes": numbered(REPORT, refused(b"a'" * 400)),
    "replies of commas": numbered(REPORT, refused(b"unknown, " * 90)),
    "replies of addresses": numbered(REPORT, refused(b"a@b.example " * 70)),
    "replies of clients": numbered(REPORT, refused(b"spf ip=10.0.0.1 " * 50)),
    "replies of links": numbered(REPORT, refused(b"policy https://a?b%40" * 40)),
    "replies by many rules": numbered(REPORT, lambda n: recipient(n)[:-2] + b"Diagnostic-Code: smtp; %s %s\r\n\r\n" % (EXAMPLES[n % len(EXAMPLES)], b"a u " * 120)),
    # a report beside text
    "text that names others": beside(b"<u0@e.example>: no\n<u1@e.example>: no\n\n" + b"550 5.1.1 u0@e.example no\n" * 2400),
    "long replies that name others": beside(b"<u0@e.example>: no\n<u1@e.example>: no\n\n" + (b"550 5.1.1 " + b"u0@e.example " * 24 + b"\n") * 200),
    "text that names all": beside(b"".join(b"<u%d@e.example>: no\n" % n for n in range(1000)) * 3),
    "text that refuses all": beside(b"".join(b"<u%d@e.example>: 550 no 550 no 550 no\n" % n for n in range(1000))),
    "text of letters": beside(b"a" * 64_000, lambda n: b"Final-Recipient: rfc822; %s\r\nAction: failed\r\n\r\n" % (b"a" * (n + 1))),
    "text of the same recipient": beside(b"a \n" * 21_000, lambda n: b"Final-Recipient: rfc822; a\r\nStatus: 5.0.%d\r\n\r\n" % n),
    "a transcript for all": beside(b"".join(b"<<< 550-no %d\n<<< 550 no\n" % (n % 500) for n in range(2500)), lambda n: recipient(n)[:-2] + b"Diagnostic-Code: smtp; 550-no %d\r\n\r\n" % n),
    "routes": beside(b"".join(b"/u%d (generated from u@e.example)\n" % n for n in range(1000)), lambda n: b"Final-Recipient: rfc822; /u%d\r\nAction: failed\r\n\r\n" % n),
    # text for people
    "replies in text": filled(TEXT, b"550 a\n"),
    "recipients in text": numbered(TEXT, lambda n: b"<u%d@e.example>:\n" % n),
    "recipients with replies": numbered(TEXT, lambda n: b"<u%d@e.example>: 550 5.7.1 no %d\n" % (n, n)),
    "recipients with reasons": numbered(TEXT, lambda n: b"<u%d@e.example>: user unknown, %d\n\n" % (n, n)),
    "recipients with hosts": numbered(TEXT, lambda n: b"<u%d@e.example>: host mx%d.e.example[2001:db8::1] said: 550 no (in reply to RCPT TO command)\n" % (n, n)),
    "recipients behind labels": numbered(TEXT, lambda n: b"Could not deliver, recipient: u%d@e.example\n" % n),
    "recipients deeper and deeper": numbered(TEXT, lambda n: b" " * (n % 200) + b"<u%d@e.example>\n" % n),
    "pipes": numbered(TEXT, lambda n: b"|/bin/x\n(generated from u%d@e.example)\n" % n),
    "a transcript": filled(TEXT, b"<<< 550-a\n"),
    "a session": numbered(TEXT, lambda n: b">>> RCPT TO:<u%d@e.example>\n<<< 550 no %d\n" % (n, n)),
    "halves of addresses": filled(TEXT, b"a@"),
    "lines of labels": lines(TEXT, b"to a@b.c (to error "),
    "lines of domains": lines(TEXT, b"a."),
    "lines of addresses": lines(TEXT, b"a@b."),
    "lines of blanks": lines(TEXT, b" "),
    "lines of quotes": lines(TEXT, b'"'),
    "lines of dashes": lines(TEXT, b"-"),
    "lines of failures": lines(TEXT, b"fail a b c"),
    "lines of warnings": lines(TEXT, b"warning: "),
    "words of failure": filled(TEXT, b"deliver a b c d e f g "),
    "words of hosts": filled(TEXT, b"host " + b"a." * 100),
    "header after header": filled(TEXT + b"x\n\n", b"From: a\n"),
    "headers in text": filled(TEXT, b"From: a\nTo: b\n\n"),
    "almost headers": filled(TEXT, b"From: a\n" + b" b\n" * 20),
    "quotations": filled(TEXT, b"> a\n"),
    "line separators": filled(TEXT, "\u2028".encode()),
    "reasons": filled(TEXT, b"reason (((\n"),
    "links to mailboxes": filled(TEXT, b"<mailto:"),
    # text in forms that flufl.bounce knows
    "a line of blanks behind phrases": known_form(b" "),
    "a line of tabs behind phrases": known_form(b"\t"),
    "a line of letters behind phrases": known_form(b"a"),
    "a line of no-break spaces behind phrases": known_form("\xa0".encode()),
    "a line of angles behind phrases": known_form(b"<"),
    "a line of colons behind phrases": known_form(b":"),
    "a line of brackets behind phrases": known_form(b"["),
    "a line of asterisks behind phrases": known_form(b"*"),
    "a line of commas and addresses": known_form(b"a@"* 160, before=b"," * 160),
    "a line of commas": filled(TEXT + b"Undeliverable\n", b",+"),
    "a line of names of fields": known_form(b"SMTP="),
    "a line of carriage returns behind phrases": known_form(b"\r"),
    "lines of angles behind phrases": lines(TEXT + PHRASES, b"<", long=320),
    "lines of blanks behind phrases": lines(TEXT + PHRASES, b" ", long=320),
    "lines of letters behind phrases": lines(TEXT + PHRASES, b"a", long=320),
    "texts of blanks": known_forms(b" "),
    "texts of angles": known_forms(b"<"),
    "texts of letters": known_forms(b"a"),
    "a line of angles in base64": encoded(b"<"),
    "a line of blanks in base64": encoded(b" "),
    # pages
    "tags without end": filled(PAGE, b"<style <a href="),
    "blanks in a page": filled(PAGE, b" \n \xc2\xa0"),
    "ampersands": filled(PAGE, b"&" + b"a" * 31),
    "breaks": filled(PAGE, b"<br>"),
    "openings of tags": filled(PAGE, b"<a "),
    # Amazon's notices, and Exim's field
    "lists in lists of JSON": filled(SNS, b"["),
    "a number of JSON": filled(SNS + b'{"a": ', b"1"),
    "recipients in JSON": filled(SNS + b'{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{}', b',{"emailAddress":"a@b"}', b"]}}"),
    "a field of recipients": filled(DAEMON + b"X-Failed-Recipients: ", b"a@b.example, ", b"\r\n\r\na@b.example\r\n"),
}
# fmt: on
