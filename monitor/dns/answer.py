"""What a DNS question brings: an answer, possibly without records, or the error that nobody answered."""

from dataclasses import dataclass
from typing import Protocol

from monitor.dns.text import show
from monitor.errors import DnsUnavailable
from monitor.model.dns import DnsQuestion
from monitor.phrase.phrase import Phrase, say

TxtRecord = tuple[bytes, ...]  # its character-strings, RFC 1035 section 3.3.14
MxRecord = tuple[int, str]  # preference, exchange, RFC 1035 section 3.3.9
Record = str | MxRecord | TxtRecord  # a str for A, AAAA, PTR, NS and CNAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is at a name, with aliases followed. Without records it is a void lookup (RFC 7208 section 4.6.4).

    `rcode` is NOERROR or NXDOMAIN; nothing else is an answer. `question` is the trace line.
    """

    rcode: str
    records: tuple[Record, ...]
    question: DnsQuestion

    @property
    def strings(self) -> tuple[str, ...]:
        """Addresses or names, of A, AAAA, PTR, NS and CNAME records."""
        return tuple(record for record in self.records if isinstance(record, str))

    @property
    def texts(self) -> tuple[bytes, ...]:
        """TXT records with their character-strings joined without space (RFC 7208 section 3.3)."""
        return tuple(b"".join(segments) for segments in self.txt)

    @property
    def txt(self) -> tuple[TxtRecord, ...]:
        """TXT records as their character-strings."""
        return tuple(
            [record for record in self.records if type(record) is tuple and (not record or type(record[0]) is bytes)]
        )

    @property
    def exchanges(self) -> tuple[MxRecord, ...]:
        """MX records, (preference, exchange)."""
        return tuple(
            record for record in self.records if isinstance(record, tuple) and record and isinstance(record[0], int)
        )


class Resolver(Protocol):
    """Whom to ask. Blocking; may be called from many threads at once."""

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """What is at `name` (presentation format, RFC 1035 section 5.1; always absolute, never with a search list).

        A name that cannot be in DNS (empty label, label over 63 octets, name over 255) is a void answer.
        Raises Unanswered where no server gave a usable answer within `timeout_s`.
        """


class Unanswered(DnsUnavailable):
    """No server gave a usable answer to one question; `question` is the trace line. Never "no record"."""

    def __init__(self, question: DnsQuestion, *, reason: str) -> None:
        self.question = question
        super().__init__("", reason=reason)  # most are never shown: the sentence is made where one is

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def sentence(self) -> Phrase:
        """The sentence."""
        asked = self.question
        parts = {"question": f"{asked.rrtype} {asked.name}", "reason": self.reason, "server": asked.server}
        if not asked.server:
            return say("No name server gave a usable answer for {question}: {reason}.", **parts)
        return say("No name server gave a usable answer for {question}: {reason} (asked {server}).", **parts)


def answered(
    name: str,
    rrtype: str,
    records: tuple[Record, ...],
    *,
    rcode: str = "NOERROR",
    server: str = "",
    ttl_s: int | None = None,
    took_ms: float = 0.0,
    synthesised: tuple[Record, ...] = (),
) -> Answer:
    """An Answer with its trace line."""
    line = DnsQuestion(
        name=name,
        rrtype=rrtype,
        rcode=rcode,
        answers=tuple(map(show, records)),
        server=server,
        ttl_s=ttl_s,
        took_ms=took_ms,
        synthesised=tuple(map(show, synthesised)),
    )
    return Answer(rcode=rcode, records=records, question=line)


def unanswered(name: str, rrtype: str, reason: str, *, server: str = "", took_ms: float = 0.0) -> Unanswered:
    """The error for a question that no server answered."""
    line = DnsQuestion(name=name, rrtype=rrtype, rcode=reason.upper(), server=server, took_ms=took_ms)
    return Unanswered(line, reason=reason)
