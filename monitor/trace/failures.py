"""A bounce read into failures, one a recipient: RFC 3464 where the message keeps to it, and the many that do not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice
from typing import Final

from monitor.model.dns import IpAddress
from monitor.trace.addresses import ADDRESS, GENERATED_BY
from monitor.trace.delivery_status import DeliveryStatus, has_status, statuses_in_text
from monitor.trace.detectors import recipients_detected
from monitor.trace.mime import FIELD_CHARS_MAX, field
from monitor.trace.origin import is_of_mail_system, speaks_of_failure
from monitor.trace.phrases import DELAY, SENTENCE
from monitor.trace.prose import texts_of, without_header, without_status
from monitor.trace.remote_address import address_in_field, address_told
from monitor.trace.services import list_refusing
from monitor.trace.stage import Stage, stage_in_transcript, stage_told
from monitor.trace.words import Words

FAILURES_MAX: Final = 1000  # of one message
WORDS_CHARS_MAX: Final = 1 << 18  # of the text beside a delivery status, which says the same
NAMED_MAX: Final = 1000  # recipients found in the words of one message
DELAY_CHARS_MAX: Final = 4096  # of the text, where it says that it is a warning
ADDRESS_CHARS_MAX: Final = 400  # looked at behind a pipe's or a file's name

_FULL_ADDRESS: Final = re.compile(ADDRESS)
_VERP: Final = re.compile(
    r"[+-](?P<local>[\w.!#$%&'*/?^`{|}~-]{1,64})=(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,20}[A-Za-z]{2,63})@"
)
_DELAY: Final = re.compile(
    r"warning|delay|still being retried|not yet been delivered|no action is required|verz[oö]ger|retard|ritardo|vertraag|"
    r"延迟|遅延",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ENHANCED: Final = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
_GENERATED: Final = re.compile(rf"\s*\(?(?:ultimately )?generated (?:by|from) <?({ADDRESS})", re.IGNORECASE)  # Exim
_GENERATED_FROM: Final = re.compile(rf"\((?:ultimately )?generated from <?({ADDRESS})", re.IGNORECASE)
_COPIED_TO: Final = re.compile(
    rf"^[ \t]*To:[ \t]*(?:[^\n<]{{0,100}}<)?(?P<address>{ADDRESS})", re.IGNORECASE | re.MULTILINE
)
# Postfix's of a question alone (sendmail -bv), and what some write for RFC 3464's.
_ACTIONS: Final = {"deliverable": "delivered", "undeliverable": "failed", "failure": "failed", "delay": "delayed"}
_NO_REPLY: Final = re.compile(r"\W*(?:\d{1,3}\W*)?$")  # the exit status of a program (Sendmail's X-Unix), or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a bounce says of one recipient."""

    final_recipient: str  # RFC 3464 section 2.3.2, without its type; "" where the bounce does not tell
    action: str  # failed, delayed, delivered, relayed or expanded (RFC 3464 section 2.3.3)
    status_code: str | None  # RFC 3464 section 2.3.4; None where the bounce has none
    diagnostic_code: str | None  # RFC 3464 section 2.3.6, without its type; the reply where the text has one
    remote_mta: str | None  # RFC 3464 section 2.3.5, without its type
    standard: bool  # from a delivery status, not from text for people
    stage: Stage | None = None  # of the SMTP session, where the mail server tells it
    remote_address: IpAddress | None = None  # the address that it was connected to, likewise

    @property
    def recipient_domain(self) -> str:
        """All that may be kept of a subscriber: the domain, lower case; "" where the bounce does not tell."""
        return self.final_recipient.rpartition("@")[2].lower() if "@" in self.final_recipient else ""


def read_failures(message: Message, statuses: Sequence[DeliveryStatus]) -> tuple[Failure, ...]:
    """The failures that a message with these delivery statuses reports; none where it is no bounce."""
    if statuses:
        text = next(texts_of(message), ("", ""))[0] if has_status(message) else ""  # JSON has no words for people
        text = text[:WORDS_CHARS_MAX]
        return _of_statuses(statuses, text)
    texts = list(texts_of(message))
    refusing = list_refusing(message)
    if refusing is None and not speaks_of_failure(message, texts[0][0] if texts else ""):
        return ()
    detected = recipients_detected(message)
    for text, copy in texts:
        embedded = tuple(islice(statuses_in_text(without_header(text)), FAILURES_MAX))
        found = _of_statuses(embedded, text) if embedded else tuple(_of_words(message, text, copy, refusing, detected))
        if found:
            return found
    return tuple(_of_nobody(message, texts[0][0] if texts else ""))


def _of_statuses(statuses: Sequence[DeliveryStatus], text: str) -> tuple[Failure, ...]:
    failures = [_failure(each) for each in statuses]
    text = without_status(text)
    words = Words.of(text, names=[each.final_recipient for each in failures][:NAMED_MAX])
    completed = [_placed(_completed(each, words), words) for each in failures]
    return tuple(_named(each, text, alone=len(failures) == 1) for each in completed)


def _failure(status: DeliveryStatus) -> Failure:
    code = _STATUS.search(status.status)
    failing = "delayed" if code and code[0][0] == "4" else "failed"
    action = re.split(r"[ ;,(]", status.action, maxsplit=1)[0]
    remote = status.remote_mta.split(" ")[0].rstrip(".,;:")
    said = status.diagnostic_code
    return Failure(
        final_recipient=_recipient(status),
        action=_ACTIONS.get(action, action) or failing,
        status_code=code[0] if code else None,
        diagnostic_code=None if _NO_REPLY.match(said) else said,
        remote_mta=remote or None,
        standard=True,
        remote_address=address_in_field(status.remote_mta),
    )


def _recipient(status: DeliveryStatus) -> str:
    """The final recipient, else the original one: some are routes, pipes or files (RFC 3464 section 2.3.2)."""
    both = [each.strip("<> ") for each in (status.final_recipient, status.original_recipient)]
    return next((each for each in both if _FULL_ADDRESS.fullmatch(each)), both[0] or both[1])


def _completed(failure: Failure, words: Words) -> Failure:
    """With the whole reply where the status has only its first line (Sendmail), or none (Exim, connections)."""
    said, recipient = failure.diagnostic_code, failure.final_recipient
    host = failure.remote_mta or words.remote_host(recipient)
    if said is None:
        return replace(failure, diagnostic_code=words.reply_for(recipient), remote_mta=host)
    whole = words.whole_reply(said, recipient) if re.match(r"[45]\d\d-", said) else None
    if whole is None:
        return failure
    return replace(failure, diagnostic_code=whole.reply, remote_mta=failure.remote_mta or whole.host or host)


def _placed(failure: Failure, words: Words) -> Failure:
    """With the stage and the remote host's address, as the words for people have them of that recipient."""
    said, told = failure.diagnostic_code or "", words.told_of(failure.final_recipient)
    transcript = stage_in_transcript(words.text, said) if said else None
    return replace(
        failure,
        stage=stage_told(told) or stage_told(said) or transcript,
        remote_address=failure.remote_address or address_told(told) or address_told(said),
    )


def _named(failure: Failure, text: str, *, alone: bool) -> Failure:
    """With an address where the status names a pipe, a file or a route: Exim's word, or the only one in the text."""
    if _FULL_ADDRESS.fullmatch(failure.final_recipient) or not failure.final_recipient:
        return failure
    behind = text.partition(failure.final_recipient)[2][:ADDRESS_CHARS_MAX]
    told = [found[1]] if (found := _GENERATED.match(behind)) else Words.of(text).recipients if alone else ()
    return replace(failure, final_recipient=told[0]) if len(told) == 1 else failure


def _of_words(
    message: Message, text: str, copy: str, refusing: str | None, detected: tuple[frozenset[str], frozenset[str]]
) -> Iterator[Failure]:
    """Failures from the words for people: recipients by Exim's field, or by the lines that begin to speak of them."""
    text = without_header(text)
    named = [refusing] if refusing else _failed_recipients(message)
    words = Words.of(text, foreign=_own_addresses(message))
    temporary, permanent = detected
    recipients = list(words.recipients)
    if named:
        recipients = _agreed(named, words)
    elif not recipients:
        recipients = sorted(temporary | permanent) or list(
            dict.fromkeys((*_by_verp(message), *_of_copy(message, copy or text)))
        )
    if recipients != list(words.recipients):
        words = Words.of(text, names=recipients)
    late = _is_late(message, text)
    for recipient in recipients[:NAMED_MAX]:
        delayed = late or recipient in temporary - permanent
        said = words.reply_for(recipient) or words.in_general()
        told = _told(recipient, "delayed" if delayed else "failed", said, words.remote_host(recipient))
        yield _placed(told, words)


def _failed_recipients(message: Message) -> list[str]:
    """Those that Exim names in a field; none where it is longer than is read: the text names them all."""
    value = str(message.get("X-Failed-Recipients", ""))
    return _FULL_ADDRESS.findall(value) if len(value) < FIELD_CHARS_MAX else []


def _agreed(named: Sequence[str], words: Words) -> list[str]:
    """Those that X-Failed-Recipients names, by what they became where the text says so: "a (generated from b)"."""
    known = {each.lower() for each in named}
    became = {
        each: set(map(str.lower, _GENERATED_FROM.findall(words.about(each)))) & known for each in words.recipients
    }
    piped = {each["address"].lower() for each in GENERATED_BY.finditer(words.text)}  # not named by what they were
    found = [each for each in words.recipients if each.lower() in known | piped or became[each]]
    covered = {each.lower() for each in found}.union(*became.values())
    return [*found, *(each for each in dict.fromkeys(named) if each.lower() not in covered)]


def _of_nobody(message: Message, text: str) -> Iterator[Failure]:
    """What is said without a recipient, or by a report that is none ("Delivery report unavailable", Postfix)."""
    words = Words.of(without_header(text))
    said = next(iter(words.replies), None)
    if is_of_mail_system(message) and (said is not None or has_status(message) or SENTENCE.search(text)):
        action = "delayed" if _is_late(message, text) else "failed"
        yield _placed(_told("", action, said or words.in_general(), words.remote_host("")), words)


def _is_late(message: Message, text: str) -> bool:
    return bool(_DELAY.search(field(message, "Subject")) or DELAY.search(text[:DELAY_CHARS_MAX]))


def _told(recipient: str, action: str, said: str | None, remote_mta: str | None) -> Failure:
    enhanced = _ENHANCED.search(said or "")
    return Failure(
        final_recipient=recipient,
        action=action,
        status_code=enhanced[0] if enhanced else None,
        diagnostic_code=said,
        remote_mta=remote_mta,
        standard=False,
    )


def _own_addresses(message: Message) -> frozenset[str]:
    """Those that the bounce itself is from and to: of no recipients."""
    fields = [field(message, name) for name in ("From", "To", "Reply-To", "Delivered-To", "Return-Path")]
    return frozenset(match.lower() for each in fields for match in _FULL_ADDRESS.findall(each))


def _of_copy(message: Message, copy: str) -> Iterator[str]:
    """To whom the refused message went, where who reports it is of the same domain: a gateway's own mailboxes."""
    sender = field(message, "From").rpartition("@")[2].strip("<> ").lower()
    for found in islice(_COPIED_TO.finditer(copy), 1):
        domain = found["address"].rpartition("@")[2].lower()
        if f".{sender}".endswith(f".{domain}"):
            yield found["address"]


def _by_verp(message: Message) -> Iterator[str]:
    for name in ("To", "Delivered-To", "X-Original-To"):
        verp = _VERP.search(field(message, name))
        if verp:
            yield f"{verp['local']}@{verp['domain']}"
