"""Every reader of octets from outside, by what it reads: how it is called, how much it is given, what it may raise.

A reader gives a value, or raises what stands here, whatever the octets, and nothing up to its limit holds it longer
than a second of processor time. Shapes that are aimed at a reader stand beside it, for the tests and for
`make bench BENCH=hostile`.
"""

import asyncio
import base64
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv6Address
from typing import Any, Final

import nacl.signing
from starlette.exceptions import HTTPException

from monitor.admission.data import load_rules
from monitor.admission.replies import match, read_reply
from monitor.cli.check.batch import WrongLine
from monitor.cli.check.batch import question as read_question
from monitor.config.load import parse as read_configuration
from monitor.config.secret import Sources
from monitor.config.settings import WebSettings
from monitor.dkim.key_record import judge_key
from monitor.dkim.verify import verify_all
from monitor.dmarc.evaluate import author_domain, from_form, from_list
from monitor.dmarc.policy import is_dmarc
from monitor.dmarc.policy import parse as read_dmarc
from monitor.dns.name import InvalidName, a_label, is_valid
from monitor.dns.text import read as read_presentation
from monitor.dns.wire import Malformed, is_response_to, question
from monitor.dns.wire import read as read_dns
from monitor.errors import ConfigError, InvalidToken, Unparsable, UsageError
from monitor.evidence.bounces.read import list_of, reports_of
from monitor.evidence.canary.read import read_canary
from monitor.evidence.dmarc_reports.read import read_report
from monitor.evidence.ledger_days import read_old
from monitor.evidence.ledger_letters import read_look
from monitor.evidence.ledger_text import read_ledger, read_runs, read_said, read_trouble
from monitor.evidence.replies.meaning import code_of_taken, reply_in, shown
from monitor.evidence.replies.memory import QueueMemory
from monitor.evidence.report_files import FILE_OCTETS_MAX, first_document, is_bare, reports_in
from monitor.evidence.signing_of_post import shown_by_post
from monitor.evidence.tls_reports.read import read_tls_report
from monitor.follow.files import BLOCK_OCTETS
from monitor.follow.lines import part as part_lines
from monitor.follow.packed import BROKEN, is_packed, unpacked
from monitor.http.endpoint import retry_after
from monitor.managers.mailman3.client import Client as Mailman
from monitor.managers.verp import list_of as in_list
from monitor.managers.verp import without_verp
from monitor.model.dns import read_address
from monitor.model.evidence import Arrival, CheckOutcome, Probe
from monitor.model.signing import DkimKey
from monitor.mtas.exim.log import EximLog
from monitor.mtas.log import Queued, Tried
from monitor.mtas.opensmtpd.log import OpenSmtpdLog
from monitor.mtas.postfix.log import PostfixLog
from monitor.mtas.postfix.said import code_of, is_broken, is_suspended, read_ended, read_gone_on, server_of
from monitor.mtas.sendmail.log import SendmailLog
from monitor.mtas.unread import sample_of, without_addresses
from monitor.notify.links import notice_of
from monitor.notify.share_keys import list_of as list_of_key
from monitor.operations.keep_reports import signer_of_mail
from monitor.operations.learn import OCTETS_MAX as LEARNT_MAX
from monitor.operations.learn import shown_by
from monitor.probe.token import verify as read_token
from monitor.receiver.arrival import Delivery, observe
from monitor.spf.check import Subject, check
from monitor.store.codec import unpack
from monitor.store.rosters import read_roster
from monitor.store.short import read_checks, read_mail, read_marks, read_seen
from monitor.trace.authentication import read_field
from monitor.trace.bounce import read_bounce
from monitor.trace.dates import read_date, read_last_date
from monitor.trace.diagnosis import diagnoses_of
from monitor.trace.explain import as_document, explain
from monitor.trace.header import read_header
from monitor.trace.mailbox import MESSAGE_OCTETS_MAX, lines_of, split_mbox
from monitor.web.access import policy
from monitor.web.access.client import client_of
from monitor.web.access.csrf import same_origin, token_holds
from monitor.web.access.own_cookies import own_cookies
from monitor.web.api.list_changes import OCTETS_MOST, given
from tests.builders import a_list, a_vantage
from tests.fakes import ZoneResolver
from tests.hostile.bounces import BOUNCES
from tests.hostile.logs_of_mtas import (
    EXIM,
    OF_EXIM,
    OF_OPENSMTPD,
    OF_POSTFIX,
    OF_SENDMAIL,
    OPENSMTPD,
    POSTFIX,
    SENDMAIL,
)
from tests.hostile.mail import MAIL, RETURNED_TO
from tests.hostile.records import (
    DMARC,
    DNS,
    LOGS,
    MAILBOXES,
    NOTICES,
    PACKED,
    REPLIES,
    REPORTS,
    REVERSE_PATHS_WRITTEN,
    SPF,
)
from tests.hostile.shape import Maker
from tests.hostile.trace import KEYS, SIGNATURE, SIGNATURES, TRACE

NOW: Final = datetime(2026, 11, 27, tzinfo=UTC)
RULES: Final = load_rules()
RECEIVED_MAX: Final = 4 << 20  # octets of a message that the receiver takes
LOG_MAX: Final = 1 << 17  # octets: several lines, or more than a reader takes of one
DNS_MAX: Final = 65_535  # octets of an answer over TCP, RFC 1035 section 4.2.2
FIELD_MAX: Final = 65_536  # octets of the header that an HTTP server takes (h11, http.client)
V6: Final = IPv6Address("2001:db8:25::25")
KEY: Final = bytes(32)
REVERSE_PATHS: Final = {f"list-{n}-bounces@lists.example.org": f"list-{n}" for n in range(20)}
QUESTION: Final = question((b"a", b"example"), "TXT")
PUBLIC: Final = base64.b64encode(bytes(nacl.signing.SigningKey(KEY).verify_key)).decode()
SIGNERS: Final = ZoneResolver({"k._domainkey.a.example": {"TXT": [f"v=DKIM1; k=ed25519; p={PUBLIC}"]}})
WEB: Final = WebSettings(proxies=("127.0.0.1",), listen="0.0.0.0:8025", user_header="X-Remote-User")


@dataclass(frozen=True, slots=True)
class Reader:
    """How it is called, and its bounds."""

    read: Callable[[bytes], object]
    octets_max: int
    reads: tuple[Callable[..., object], ...]  # functions of ours that get the octets here
    raises: tuple[type[Exception], ...] = ()
    shapes: Mapping[str, Maker] = field(default_factory=dict)  # that are aimed at it


def text(octets: bytes) -> str:
    """As a header or a document comes to a reader of text."""
    return octets.decode("utf-8", "replace")


def _explained(octets: bytes) -> object:
    return json.dumps(as_document(explain(octets, RULES, now=NOW)), allow_nan=False)


def _imported(octets: bytes) -> object:
    bounce = read_bounce(octets)
    diagnoses = diagnoses_of(bounce, RULES, now=NOW)
    owner = list_of(bounce, REVERSE_PATHS) or ""
    return reports_of(bounce, diagnoses, list_id=owner, key=KEY, now=NOW)


def _told(octets: bytes) -> object:
    mind = QueueMemory(REVERSE_PATHS, RULES, KEY)
    mind.take(Queued(at=1.0, queue_id="A", reverse_path="list-1-bounces@lists.example.org", message_id=text(octets)))
    for code in (250, 450, 550):
        usual = {"queue_id": "A", "host": text(octets)[:255], "recipients": (text(octets)[:320],), "number": 1}
        mind.take(Tried(at=2.0, code=code, text=text(octets), **usual))
    told = mind.told()
    kept = mind.changes()
    QueueMemory(REVERSE_PATHS, RULES, KEY, {each: known for each, known in kept.items() if known})
    return told


def _observed(octets: bytes) -> object:
    delivery = Delivery(
        client_ip=V6,
        helo="x.example",
        reverse_path="a@b.example",
        protocol="ESMTP",
        tls_version=None,
        tls_cipher=None,
        content=octets,
        received_at=NOW,
    )
    return observe(delivery, SIGNERS, vantage=a_vantage())


def _keyed(octets: bytes) -> object:
    message, strings = SIGNATURE + b"From: a@a.example\r\n\r\na\r\n", _strings(octets)
    return verify_all(
        message, read_header(message), ZoneResolver({"k._domainkey.a.example": {"TXT": [strings]}}), now=NOW
    )


def _checked(octets: bytes) -> object:
    zones = {"lists.example.org": {"TXT": [_strings(octets)]}}
    path, helo = "ops@lists.example.org", "mail.lists.example.org"
    subject = Subject(list_id="ops", domain="lists.example.org", reverse_path=path, helo=helo, outbound=(V6,))
    return check(subject, ZoneResolver(zones), now=NOW)


def _strings(octets: bytes) -> tuple[bytes, ...]:
    """A TXT record that holds them (RFC 1035 section 3.3.14)."""
    return tuple(octets[at : at + 255] for at in range(0, len(octets), 255)) or (b"",)


def _answered(octets: bytes) -> object:
    return is_response_to(octets, 1, QUESTION), read_dns(octets, QUESTION)


def _logged(kind: str, head: bytes) -> Callable[[bytes], object]:
    """A log of that MTA: its lines, also behind a head that its own have, then the state, read back."""

    def read(octets: bytes) -> object:
        first, second = (LOG_READERS[kind](NOW.timestamp) for _ in range(2))
        events = [event for line in octets.split(b"\n") for event in (*first.read(line), *first.read(head + line))]
        second.resume(json.loads(json.dumps(first.state(), allow_nan=False)))
        return events, first.sample

    return read


def _posted(octets: bytes) -> object:
    """The body of a request to the API."""

    class Request:
        async def stream(self) -> Any:
            yield octets

    return asyncio.run(given(Request()))  # type: ignore[arg-type]  # it is read as a stream alone


def _told_by_mailman(octets: bytes) -> object:
    client = Mailman("http://127.0.0.1:8001/3.1", "user", "password")
    client._service = type("Service", (), {"url": "", "get": lambda *_: (200, octets)})()
    return client.roster("ops", "ops@lists.example.org", now=NOW)


def _stored(octets: bytes) -> object:
    bases = {octets[:8]: octets, b"": octets}
    return read_checks([octets], bases), read_mail([octets], bases), read_seen([octets], bases), read_roster(octets)


def _in_ledger(octets: bytes) -> object:
    words = text(octets)
    fields = dict.fromkeys(("20000", "old", "runs", "said", "posted", "trouble"), words)
    return (
        read_ledger(fields),
        read_look(words),
        read_old(words),
        read_runs(words),
        read_said(words),
        read_trouble(words),
    )


def _unpacked(octets: bytes) -> object:
    return [unpack(kind, octets) for kind in (Probe, Arrival, CheckOutcome)]


def _asked(octets: bytes) -> object:
    """The fields of a request that decide who asks."""
    words = octets.decode("latin-1")
    return (
        own_cookies(words),
        policy.cookie_holds("secret", words, now=NOW),
        policy.safe_target(words),
        policy.is_loopback_host(words),
        same_origin(hosts=("a.example",), origin=words, fetch_site=""),
        token_holds((KEY,), "session", words, now=NOW),
        list_of_key((KEY,), "owner", words),
        notice_of(words, keys=(KEY,), now=NOW),
        client_of(WEB, peer="127.0.0.1", forwarded_for=words, user=words),
    )


LOG_READERS: Final = {"exim": EximLog, "opensmtpd": OpenSmtpdLog, "postfix": PostfixLog, "sendmail": SendmailLog}

READERS: Final[dict[str, Reader]] = {
    "explain": Reader(_explained, MESSAGE_OCTETS_MAX, (explain,), (Unparsable,), {**MAIL, **BOUNCES, **TRACE}),
    "import": Reader(_imported, MESSAGE_OCTETS_MAX, (read_bounce,), shapes={**MAIL, **BOUNCES, **RETURNED_TO}),
    "copied bounce": Reader(_imported, RECEIVED_MAX, (read_bounce,), shapes={**MAIL, **BOUNCES, **RETURNED_TO}),
    "canary": Reader(read_canary, RECEIVED_MAX, (read_canary,), shapes={**MAIL, **NOTICES}),
    "arrival": Reader(
        _observed,
        RECEIVED_MAX,
        (read_header, author_domain, from_form, from_list),
        shapes={**MAIL, **TRACE, **SIGNATURES},
    ),
    "signature": Reader(
        lambda octets: verify_all(octets, read_header(octets), SIGNERS, now=NOW),
        RECEIVED_MAX,
        (verify_all,),
        shapes=SIGNATURES,
    ),
    "key": Reader(_keyed, DNS_MAX, (verify_all,), shapes=KEYS),
    "key record": Reader(
        lambda octets: judge_key(DkimKey(domain="a.example", selector="k"), [octets]), DNS_MAX, (judge_key,)
    ),
    "post to learn from": Reader(
        lambda octets: shown_by_post(octets, a_list(), now=NOW),
        LEARNT_MAX,
        (shown_by_post, read_header),
        (Unparsable,),
        {**MAIL, **SIGNATURES},
    ),
    "DMARC report": Reader(
        lambda octets: shown_by(b"<" + octets, a_list(), now=NOW),
        LEARNT_MAX,
        (read_report, is_bare, first_document, shown_by),
        (Unparsable,),
        REPORTS,
    ),
    "receiver's report": Reader(
        lambda octets: list(reports_in(octets)),
        FILE_OCTETS_MAX,
        (reports_in, read_tls_report),
        shapes={**PACKED, "a report's mail of fields": MAIL["fields"]},
    ),
    "mail with a report": Reader(
        lambda octets: signer_of_mail(octets, SIGNERS, now=NOW), FILE_OCTETS_MAX, (signer_of_mail,), shapes=SIGNATURES
    ),
    "mailbox": Reader(
        lambda octets: [len(each) for each in split_mbox(lines_of(io.BytesIO(octets)))],
        RECEIVED_MAX,
        (split_mbox, lines_of),
        shapes=MAILBOXES,
    ),
    "reply": Reader(
        lambda octets: (read_reply(text(octets)), match(RULES, text(octets), remote_host="mx.example.org")),
        RECEIVED_MAX,
        (read_reply,),
        shapes=REPLIES,
    ),
    "answer in a log": Reader(_told, 65_536, (shown, code_of_taken, reply_in), shapes=REPLIES),
    "reverse-path in a log": Reader(
        lambda octets: (without_verp(text(octets)), in_list(text(octets), REVERSE_PATHS)),
        65_536,
        (without_verp, in_list),
        shapes=REVERSE_PATHS_WRITTEN,
    ),
    "SPF record": Reader(_checked, DNS_MAX, (check,), shapes=SPF),
    "DMARC record": Reader(
        lambda octets: read_dmarc("a.example", [octets]), DNS_MAX, (read_dmarc, is_dmarc), shapes=DMARC
    ),
    "DNS answer": Reader(_answered, DNS_MAX, (read_dns, is_response_to), (Malformed,), DNS),
    "DNS record as text": Reader(
        lambda octets: read_presentation(text(octets), "TXT"), DNS_MAX, (read_presentation,), (Unparsable,)
    ),
    "name of a host": Reader(
        lambda octets: (is_valid(text(octets)), a_label(text(octets))), 4096, (a_label, is_valid), (InvalidName,)
    ),
    "address": Reader(lambda octets: read_address(text(octets)), 4096, (read_address,)),
    "date": Reader(
        lambda octets: (read_date(text(octets)), read_last_date(text(octets))),
        RECEIVED_MAX,
        (read_date, read_last_date),
    ),
    "authentication results": Reader(
        lambda octets: [list(read_field(name, octets)) for name in ("received-spf", "authentication-results")],
        RECEIVED_MAX,
        (read_field,),
    ),
    "token": Reader(lambda octets: read_token(KEY, text(octets), now=NOW), 4096, (read_token,), (InvalidToken,)),
    "request's header": Reader(_asked, FIELD_MAX, (own_cookies, same_origin, token_holds, notice_of, list_of_key)),
    "request's body": Reader(_posted, OCTETS_MOST, (given,), (HTTPException,)),
    "time to try again": Reader(lambda octets: retry_after(text(octets), now=NOW), FIELD_MAX, (retry_after,)),
    "list manager's answer": Reader(_told_by_mailman, 1 << 20, (Mailman,), (UsageError,)),
    "configuration": Reader(
        lambda octets: read_configuration(octets, Sources(), name="x"), 1 << 16, (read_configuration,), (ConfigError,)
    ),
    "question of a batch": Reader(read_question, 1 << 16, (read_question,), (WrongLine,)),
    "block of a log": Reader(
        lambda octets: (part_lines(octets), part_lines(octets, inside=True), is_packed(octets)),
        BLOCK_OCTETS,
        (part_lines, is_packed),
        shapes=LOGS,
    ),
    "log of Exim": Reader(_logged("exim", EXIM), LOG_MAX, (EximLog.read, sample_of, without_addresses), shapes=OF_EXIM),
    "log of Postfix": Reader(
        _logged("postfix", POSTFIX),
        LOG_MAX,
        (PostfixLog.read, read_ended, read_gone_on, code_of, is_broken, is_suspended, server_of),
        shapes=OF_POSTFIX,
    ),
    "log of OpenSMTPD": Reader(_logged("opensmtpd", OPENSMTPD), LOG_MAX, (OpenSmtpdLog.read,), shapes=OF_OPENSMTPD),
    "log of Sendmail": Reader(_logged("sendmail", SENDMAIL), LOG_MAX, (SendmailLog.read,), shapes=OF_SENDMAIL),
    "packed log": Reader(
        lambda octets: unpacked(io.BytesIO(octets), octets[:8]).read(BLOCK_OCTETS), BLOCK_OCTETS, (unpacked,), BROKEN
    ),
    "stored document": Reader(_unpacked, 1 << 16, (unpack,), (Unparsable,)),
    "stored evidence": Reader(_stored, 1 << 16, (read_checks, read_mail, read_seen, read_marks, read_roster)),
    "stored ledger": Reader(
        _in_ledger, 1 << 16, (read_ledger, read_look, read_old, read_runs, read_said, read_trouble)
    ),
}
