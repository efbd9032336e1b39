"""A bounce read into failures, one a recipient: RFC 3464 where the message keeps to it, and the many that do not."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from typing import Final

from flufl.bounce import all_failures

from monitor.trace.delivery_status import DeliveryStatus, statuses_in_text
from monitor.trace.remote_address import address_in_field, address_told
from monitor.trace.stage import Stage, stage_in_transcript, stage_told
from monitor.trace.words import Words, words_of

FAILURES_MAX: Final = 1000  # of one message
NAMED_MAX: Final = 100  # recipients found in the words of one message
FIELD_CHARS_MAX: Final = 4096  # of a header field

# The library tells every detector's exception to its own logger before it raises it.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

_DAEMON: Final = re.compile(r"mailer-?daemon|postmaster|mail delivery (?:sub)?system|\bdaemon@", re.IGNORECASE)
_SUBJECT: Final = re.compile(
    r"undeliver|delivery (?:status|failure|problem|report)|returned mail|failure notice|mail delivery|delivery has failed|"
    r"non[- ]?remis|unzustellbar|delivery notification|could not be delivered|warning: .*delayed|delayed mail|mail failed|"
    r"mail error|delivery error|not delivered|user unknown",
    re.IGNORECASE,
)
_NAMED_FIELD: Final = re.compile(
    r"\s*from\s|\W*(?:from|to|cc|sender|reply-to|subject|received|return-path|message-id|references|in-reply-to|date|x-[\w-]+|"
    r"original sender)\s*:",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"(?<![\w.+=@-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])"
)
# A colon, the line's end, the address once more, a date (Exchange 2003), a reply, what an address is called that is
# none.
_BEHIND_RECIPIENT: Final = re.compile(
    r"[>\s]*(?:<[^<>]{1,320}>\s*)?(?::|$|\.|on \w|\[[a-z]+ [a-z]|.{0,40}(?:[45]\d\d[ -]|invalid|unknown))",
    re.IGNORECASE,
)
_VERP: Final = re.compile(r"[+-](?P<local>[\w.!#$%&'*/?^`{|}~-]+)=(?P<domain>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})@")
_DELAY: Final = re.compile(
    r"warning|delayed|still being retried|not yet been delivered|no action is required", re.IGNORECASE
)


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
    remote_address: IPv4Address | IPv6Address | None = None  # the address that it was connected to, likewise

    @property
    def recipient_domain(self) -> str:
        """All that may be kept of a subscriber: the domain, lower case; "" where the bounce does not tell."""
        return self.final_recipient.rpartition("@")[2].lower() if "@" in self.final_recipient else ""


def read_failures(message: Message, statuses: Sequence[DeliveryStatus]) -> tuple[Failure, ...]:
    """The failures that a message with these delivery statuses reports; none where it is no bounce."""
    words = words_of(message)
    if statuses:
        return _placed([_completed(_failure(status), words) for status in statuses], words)
    if not _looks_like_bounce(message):
        return ()
    embedded = [_failure(status) for status in islice(statuses_in_text(words.text), FAILURES_MAX)]
    return _placed(embedded or list(_read_words(message, words)), words)


def _placed(failures: Sequence[Failure], words: Words) -> tuple[Failure, ...]:
    """With the stage and the remote host's address, as the words for people have them of each recipient."""
    names = [each.final_recipient for each in failures][:NAMED_MAX]
    return tuple(_with_circumstances(each, words, names) for each in failures)


def _with_circumstances(failure: Failure, words: Words, names: Sequence[str]) -> Failure:
    said = failure.diagnostic_code or ""
    told = words.reason_for(failure.final_recipient, names) or ""
    transcript = stage_in_transcript(words.text, said) if said else None
    return replace(
        failure,
        stage=stage_told(told) or stage_told(said) or transcript,
        remote_address=failure.remote_address or address_told(told) or address_told(said),
    )


def _looks_like_bounce(message: Message) -> bool:
    """Whether a message without a delivery status comes from a mail system, by sender and subject."""
    if message.get("X-Failed-Recipients"):
        return True
    null = str(message.get("Return-Path", "")).strip() == "<>"
    daemon = bool(_DAEMON.search(str(message.get("From", ""))[:FIELD_CHARS_MAX]))
    subject = bool(_SUBJECT.search(str(message.get("Subject", ""))[:FIELD_CHARS_MAX]))
    return (null and (daemon or subject)) or (daemon and subject)


def _failure(status: DeliveryStatus) -> Failure:
    code = re.search(r"[245]\.\d{1,3}\.\d{1,3}", status.status)
    failing = "delayed" if code and code[0][0] == "4" else "failed"
    remote = status.remote_mta.split(" ")[0].rstrip(".,;:")
    return Failure(
        final_recipient=(status.final_recipient or status.original_recipient).strip("<>"),
        action=status.action.split(" ")[0] or failing,
        status_code=code[0] if code else None,
        diagnostic_code=status.diagnostic_code or None,
        remote_mta=remote or None,
        standard=True,
        remote_address=address_in_field(status.remote_mta),
    )


def _completed(failure: Failure, words: Words) -> Failure:
    """With the whole reply where the status has only its first line (Sendmail), or none (Exim, connections)."""
    said = failure.diagnostic_code
    if said is None:
        return replace(failure, diagnostic_code=words.reason_for(failure.final_recipient))
    whole = words.whole_reply(said) if re.match(r"[45]\d\d-", said) else None
    if whole is None:
        return failure
    return replace(failure, diagnostic_code=whole, remote_mta=failure.remote_mta or words.remote_host())


def _read_words(message: Message, words: Words) -> Iterator[Failure]:
    """Failures from the words for people: recipients by the library, replies by what stands behind their names."""
    temporary, permanent = (
        {each for each in found if not _only_in_fields(each, words.text)} for found in _recipients(message)
    )
    words = words.without_copy()
    named = [(each, "delayed") for each in temporary - permanent] + [(each, "failed") for each in permanent]
    if not named:
        action = "delayed" if _DELAY.search(str(message.get("Subject", ""))[:FIELD_CHARS_MAX]) else "failed"
        found = list(dict.fromkeys(_recipients_by_hand(message, words.text)))
        if not found and words.replies:
            found = [""]
        named = [(each, action) for each in found]
    named = sorted(named)[:NAMED_MAX]
    names = [recipient for recipient, _ in named]
    remote_host = words.remote_host()
    for recipient, action in named:
        said = words.reply_for(recipient, names)
        enhanced = re.search(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])", said or "")
        yield Failure(
            final_recipient=recipient,
            action=action,
            status_code=enhanced[0] if enhanced else None,
            diagnostic_code=said,
            remote_mta=remote_host,
            standard=False,
        )


def _recipients(message: Message) -> tuple[set[str], set[str]]:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - the library reads hostile octets and promises nothing; what it cannot read it does not know
        return set(), set()
    return {_as_text(each) for each in temporary}, {_as_text(each) for each in permanent}


def _only_in_fields(recipient: str, text: str) -> bool:
    """Whether the address stands in the text, but nowhere outside of header fields: it is of the refused message."""
    lines = [line for line in text.splitlines() if recipient in line] if recipient else []
    return bool(lines) and all(_NAMED_FIELD.match(line) for line in lines)


def _as_text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)


def _recipients_by_hand(message: Message, text: str) -> Iterator[str]:
    """Recipients that the library does not find: in Exim's field, in front of a reply, or in a VERP address."""
    failed = str(message.get("X-Failed-Recipients", ""))[:FIELD_CHARS_MAX]
    yield from _ADDRESS.findall(failed)
    for line in text.splitlines():
        if _NAMED_FIELD.match(line):
            continue  # of the refused message, not of the report
        found = _ADDRESS.search(line[:FIELD_CHARS_MAX])
        if found and _BEHIND_RECIPIENT.match(line[found.end() :]):
            yield found[0]
    for field in ("To", "Delivered-To", "X-Original-To"):
        verp = _VERP.search(str(message.get(field, ""))[:FIELD_CHARS_MAX])
        if verp:
            yield f"{verp['local']}@{verp['domain']}"
