"""Received fields (RFC 5321 section 4.4) read into hops: total, and lenient, for no two MTAs write them alike.

What a field says is only as good as the host that wrote it: everything below the first trusted hop may be invented
(RFC 5321 section 7.2). These functions read; whom to believe is decided elsewhere.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from monitor.model.dns import IpAddress, read_address
from monitor.model.evidence import Hop
from monitor.trace.header import read_date

FIELDS_MAX: Final = 100  # RFC 5321 section 6.3: servers take more than that for a loop
NAME_CHARS_MAX: Final = 255  # RFC 1035 section 2.3.4
FIELD_CHARS_MAX: Final = 4096  # longer fields are cut: nothing of use stands behind that

# "with" words that say TLS: RFC 3848 (ESMTPS, ESMTPSA), RFC 6531 (UTF8SMTPS …); LMTPS likewise.
TLS_PROTOCOLS: Final = frozenset(
    {"ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "UTF8SMTPS", "UTF8SMTPSA", "UTF8LMTPS", "UTF8LMTPSA"}
)
PLAIN_PROTOCOLS: Final = frozenset(
    {"SMTP", "ESMTP", "ESMTPA", "LMTP", "LMTPA", "UTF8SMTP", "UTF8SMTPA", "UTF8LMTP", "UTF8LMTPA"}
)

# Comments that say TLS where the "with" word does not: Postfix "using TLSv1.3", Exim "(TLS1.3)", Exchange
# "version=TLS1_3".
_TLS_COMMENT: Final = re.compile(r"\b(?:using\s+TLSv?[\d.]+|version=TLS[\w.]*|TLS1[._][0-9])", re.IGNORECASE)
_EXCHANGE: Final = re.compile(r"Microsoft SMTP Server\b", re.IGNORECASE)  # names itself instead of the protocol
_ADDRESS_LITERAL: Final = re.compile(r"\[(?:IPv6:)?([0-9a-fA-F:.]+)(?:%[\w.-]+)?\](?::\d+)?", re.IGNORECASE)
_BARE_ADDRESS: Final = re.compile(r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]+)(?![\w.:])")
_CLAUSE: Final = re.compile(r"^(from|by|via|with|id|for)$", re.IGNORECASE)


def read_hops(received: Sequence[str | bytes]) -> tuple[Hop, ...]:
    """The hops behind Received fields given as they stand in the message: newest first (RFC 5321 section 4.4).

    Returned oldest first and counted from 1; `delay` is the time since the hop before it that has a date, negative
    where clocks disagree, None where either is unknown. Any text gives a value: what cannot be read is "" or None.
    """
    hops: list[Hop] = []
    before: datetime | None = None
    for n, field in enumerate(reversed(list(received)[:FIELDS_MAX]), start=1):
        hop = _read_hop(n, field.decode("utf-8", "replace") if isinstance(field, bytes) else field, before)
        hops.append(hop)
        before = hop.at or before
    return tuple(hops)


def _read_hop(n: int, field: str, before: datetime | None) -> Hop:
    text = " ".join(field[:FIELD_CHARS_MAX].split())
    body, _, date = text.rpartition(";")
    if not body:
        body, date = text, ""
    at = read_date(date)
    clauses = _clauses(body)
    from_clause, with_clause = clauses.get("from", ""), clauses.get("with", "")
    protocol = "SMTP" if _EXCHANGE.match(with_clause) else _first_word(with_clause).upper()[:NAME_CHARS_MAX]
    return Hop(
        n=n,
        from_host=_first_word(from_clause).lower()[:NAME_CHARS_MAX],
        by_host=_first_word(clauses.get("by", "")).lower()[:NAME_CHARS_MAX],
        client_ip=_client_ip(from_clause),
        with_protocol=protocol,
        tls=_tls(protocol, body),
        at=at,
        delay=None if at is None or before is None else at - before,
    )


def _clauses(body: str) -> dict[str, str]:
    """The text behind each clause word; words inside comments are no clause words."""
    clauses: dict[str, list[str]] = {}
    current: list[str] = []
    depth = 0
    for word in body.split(" "):
        if depth == 0 and _CLAUSE.match(word) and word.lower() not in clauses:
            current = clauses.setdefault(word.lower(), [])
            continue
        current.append(word)
        depth = max(0, depth + word.count("(") - word.count(")"))
    return {name: " ".join(words) for name, words in clauses.items()}


def _first_word(clause: str) -> str:
    return clause.partition(" ")[0].partition("(")[0].strip("[];,")


def _client_ip(from_clause: str) -> IpAddress | None:
    """The TCP-info of the from clause: the address that the receiver saw, in its comment; else the literal in front.

    An address literal as HELO stands before the comment and is the client's own claim (RFC 5321 section 4.4).
    """
    claim, _, comment = from_clause.partition(" ")
    for part in (comment, claim):
        for pattern in (_ADDRESS_LITERAL, _BARE_ADDRESS):
            for found in pattern.finditer(part):
                address = read_address(found[1])
                if address is not None:
                    return address
    return None


def _tls(protocol: str, body: str) -> bool | None:
    if protocol in TLS_PROTOCOLS or _TLS_COMMENT.search(body):
        return True
    return False if protocol in PLAIN_PROTOCOLS else None
