"""From bounces to evidence about a list: who refused its posts, under which rule, without any subscriber's address."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Final

from monitor.admission.data import RuleSet
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.trace.diagnosis import Diagnosis
from monitor.trace.explain import BOUNCE_OCTETS_MAX, read_bounce

FIELD_CHARS_MAX: Final = 4096
DOMAINS_MAX: Final = 100  # of one report
_BRACKETED: Final = re.compile(r"\[(?:IPv6:)?([0-9a-fA-F:.]{2,45})(?:\s+\d+)?\]", re.IGNORECASE)


def read_reports(
    octets: bytes, rules: RuleSet, *, list_id: str, now: datetime, probe_domain: str | None = None
) -> tuple[BounceReport, ...]:
    """What a bounce tells of a list: one report for each receiver, rule and class in it; nothing where it is no bounce.

    Only what failed for good counts: a warning that a message is delayed is no refusal yet. Recipients in `probe_domain`
    are no subscribers: see `read_probe_failures`. Any octets give a value.
    """
    groups: dict[tuple[str, str | None, str | None], list[Diagnosis]] = {}
    for each in read_bounce(octets, rules, now=now):
        if each.failure.action == "failed" and each.failure.recipient_domain != probe_domain:
            key = (each.kind, each.receiver, each.rule.id if each.rule is not None else None)
            groups.setdefault(key, []).append(each)
    if not groups:
        return ()
    message = message_from_bytes(octets[:BOUNCE_OCTETS_MAX], policy=policy.compat32)
    at = _time_of_post(message, now)
    bounce = _name(message, octets)
    return tuple(
        BounceReport(
            list_id=list_id,
            id=f"{bounce}:{kind}:{receiver or ''}:{rule or ''}",
            at=at,
            kind=kind,
            receiver=receiver,
            rule=rule,
            about=members[0].rule.about if members[0].rule is not None else None,
            action=AdmissionAction.DEFER if all(each.soft for each in members) else AdmissionAction.REJECT,
            family=_family(members),
            recipients=len(members),
            domains=tuple(sorted({each.failure.recipient_domain for each in members} - {""}))[:DOMAINS_MAX],
        )
        for (kind, receiver, rule), members in groups.items()
    )


def read_probe_failures(octets: bytes, rules: RuleSet, *, probe_domain: str, now: datetime) -> tuple[Diagnosis, ...]:
    """What a bounce says of probes: of recipients in the probe domain, delays too. Any octets give a value."""
    found = read_bounce(octets, rules, now=now)
    return tuple(each for each in found if each.failure.recipient_domain == probe_domain)


def list_of(octets: bytes, reverse_paths: Mapping[str, str]) -> str | None:
    """The list whose reverse-path the bounce came to, plain or with the subscriber in it (VERP); None for none of them.

    `reverse_paths` are list ids by reverse-path.
    """
    message = message_from_bytes(octets[:BOUNCE_OCTETS_MAX], policy=policy.compat32)
    fields = " ".join(
        str(message.get(name, ""))[:FIELD_CHARS_MAX].lower() for name in ("Delivered-To", "X-Original-To", "To")
    )
    for reverse_path, list_id in reverse_paths.items():
        local, _, domain = reverse_path.lower().rpartition("@")
        if re.search(rf"(?<![\w.+-]){re.escape(local)}(?:[+-][^\s@<>]*)?@{re.escape(domain)}(?![\w.-])", fields):
            return list_id
    return None


def _name(message: Message, octets: bytes) -> str:
    """A name for the bounce that is the same however it came to us: by its Message-ID (RFC 5322 section 3.6.4), else its octets."""
    ident = str(message.get("Message-ID", "")).strip()[:FIELD_CHARS_MAX]
    named = f"{ident} {message.get('Date', '')}".encode("utf-8", "replace") if ident else octets
    return hashlib.sha256(named).hexdigest()[:20]


def _time_of_post(message: Message, now: datetime) -> datetime:
    """When the refused post was written, by its header in the bounce; else when the bounce was; never ahead of now."""
    for header in (_returned_header(message), message):
        at = _date(header) if header is not None else None
        if at is not None:
            return min(at, now)
    return now


def _returned_header(message: Message) -> Message | None:
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "message/global"}:
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            return inner if isinstance(inner, Message) else None
        if part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
            octets = part.get_payload(decode=True)
            return message_from_bytes(octets, policy=policy.compat32) if isinstance(octets, bytes) else None
    return None


def _date(header: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(header.get("Date", "")))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _family(members: Sequence[Diagnosis]) -> int | None:
    """Over which family the post was refused: by the rule, or by the client's address as the reply quotes it."""
    for each in members:
        if each.rule is not None and len(each.rule.family) == 1:
            return next(iter(each.rule.family))
        for found in _BRACKETED.finditer((each.reply or "")[:FIELD_CHARS_MAX]):
            try:
                return ip_address(found[1]).version
            except ValueError:
                continue
    return None
