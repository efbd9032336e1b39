"""Resolvers that ask nobody: a changed record laid over another resolver, and a stored trace replayed."""

from collections.abc import Iterable, Mapping, Sequence

from monitor.dns.answer import Answer, Record, Resolver, answered, unanswered
from monitor.dns.name import normal
from monitor.dns.text import read
from monitor.errors import Unparsable
from monitor.model.dns import DnsQuestion

ZoneRecord = Record | bytes  # TXT may be given as str or bytes; it is split into character-strings

MAX_STRING_BYTES = 255  # a character-string's longest, RFC 1035 section 3.3


class Overlay:
    """Another resolver, but with some record sets as they might be: a change tried before it is published."""

    def __init__(self, base: Resolver, changes: Mapping[tuple[str, str], Sequence[ZoneRecord]]) -> None:
        self._base = base
        self._changes = {(normal(name), rrtype): records for (name, rrtype), records in changes.items()}

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup."""
        changed = self._changes.get((normal(name), rrtype))
        if changed is None:
            return self._base.lookup(name, rrtype, timeout_s=timeout_s)
        return answered(normal(name), rrtype, tuple(as_record(one, rrtype) for one in changed), server="proposed")


class Replay:
    """Answers as a stored trace recorded them, so that a verdict can be reached again later without asking anybody.

    A question that the trace does not hold is raised as Unanswered with the reason `not-recorded`, one whose line is
    damaged with `malformed`: unknown, not absent.
    """

    def __init__(self, trace: Iterable[DnsQuestion]) -> None:
        self._lines = {(line.name, line.rrtype): line for line in trace}

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup."""
        del timeout_s
        line = self._lines.get((normal(name), rrtype))
        if line is None:
            raise unanswered(normal(name), rrtype, "not-recorded", server="trace")
        if line.rcode not in ("NOERROR", "NXDOMAIN"):
            raise unanswered(line.name, line.rrtype, line.rcode.lower(), server=line.server)
        try:
            records = tuple(read(text, rrtype) for text in line.answers)
        except Unparsable as error:
            raise unanswered(line.name, line.rrtype, "malformed", server="trace") from error
        return Answer(rcode=line.rcode, records=records, question=line)


def as_record(given: ZoneRecord, rrtype: str) -> Record:
    """A record as an Answer holds it; a TXT value given whole is split into character-strings."""
    if rrtype in ("TXT", "SPF") and isinstance(given, str | bytes):
        octets = given.encode() if isinstance(given, str) else given
        return tuple(octets[i : i + MAX_STRING_BYTES] for i in range(0, len(octets), MAX_STRING_BYTES)) or (b"",)
    if isinstance(given, bytes):
        raise TypeError(f"bytes are a TXT record's, not one of type {rrtype}")
    return given
