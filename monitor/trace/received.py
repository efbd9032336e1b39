"""Received fields (RFC 5321 section 4.4) read into hops: total, and lenient, for no two MTAs write them alike.

What a field says is only as good as the host that wrote it: everything below the first trusted hop may be invented
(RFC 5321 section 7.2). These functions read; whom to believe is decided elsewhere.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from monitor.model.dns import IpAddress, read_address
from monitor.model.evidence import Hop
from monitor.trace.dates import read_date, read_last_date
from monitor.trace.protocol import read_protocol, read_tls

FIELDS_MAX: Final = 100  # RFC 5321 section 6.3: servers take more than that for a loop
NAME_CHARS_MAX: Final = 255  # RFC 1035 section 2.3.4
FIELD_CHARS_MAX: Final = 4096  # longer fields are cut: nothing of use stands behind that

# The name that the client gave (RFC 5321 section 4.1.1.1) beside its address: a claim, even where it is an address.
_CLAIM: Final = re.compile(r"\b(?:HELO|EHLO)[ =]\"?[^\s()\"]+", re.IGNORECASE)
_ADDRESS_LITERAL: Final = re.compile(r"\[(?:IPv6:)?([0-9a-fA-F:.]+)(?:%[\w.-]+)?\](?::\d+)?", re.IGNORECASE)
_BARE_ADDRESS: Final = re.compile(r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]+)(?![\w.:])")
_ADDRESS_AND_PORT: Final = re.compile(r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}(?![\w.:])")
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
        body = text
    at = read_date(date) or read_last_date(text)
    clauses = _clauses(body)
    from_clause, with_clause = clauses.get("from", ""), clauses.get("with", "")
    protocol = read_protocol(with_clause)
    return Hop(
        n=n,
        from_host=_first_word(from_clause).lower()[:NAME_CHARS_MAX],
        by_host=_first_word(clauses.get("by", "")).lower()[:NAME_CHARS_MAX],
        client_ip=_client_ip(from_clause),
        with_protocol=protocol,
        tls=read_tls(protocol, with_clause, _CLAIM.sub(" ", text)),
        at=at,
        delay=None if at is None or before is None else at - before,
    )


def _clauses(body: str) -> dict[str, str]:
    """The text behind each clause word; words inside comments are no clause words."""
    clauses: dict[str, list[str]] = {}
    current: list[str] = []
    depth = 0
    for word in body.split(" "):
        if depth == 0 and _CLAUSE.match(word) and _begins(word.lower(), clauses):
            current = clauses.setdefault(word.lower(), [])
            continue
        current.append(word)
        depth = max(0, depth + word.count("(") - word.count(")"))
    return {name: " ".join(words) for name, words in clauses.items()}


def _begins(word: str, clauses: Collection[str]) -> bool:
    """Whether the word begins a clause: each stands once, and "from" in front (RFC 5321 section 4.4)."""
    return word not in clauses and (word != "from" or not clauses)


def _first_word(clause: str) -> str:
    return clause.partition(" ")[0].partition("(")[0].strip("[];,?")


def _client_ip(from_clause: str) -> IpAddress | None:
    """The TCP-info of the from clause: the address that the receiver saw, in its comment; else the literal in front.

    An address literal as HELO stands before the comment and is the client's own claim (RFC 5321 section 4.4).
    """
    claim, _, comment = _CLAIM.sub(" ", from_clause).partition(" ")
    for part in (comment, claim):
        for pattern in (_ADDRESS_LITERAL, _BARE_ADDRESS, _ADDRESS_AND_PORT):
            for found in pattern.finditer(part):
                address = read_address(found[1])
                if address is not None:
                    return address
    return None
