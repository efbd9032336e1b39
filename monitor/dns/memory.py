"""Resolvers that ask nobody: zones in memory, a changed record laid over another resolver, a stored trace replayed."""

from collections.abc import Iterable, Mapping, Sequence

from monitor.dns.answer import Answer, Record, Resolver, answered, unanswered
from monitor.dns.name import is_valid, normal
from monitor.dns.text import read
from monitor.errors import Unparsable
from monitor.model.dns import DnsQuestion

ZoneRecord = Record | bytes  # TXT may be given as str or bytes; it is split into character-strings
ZoneData = Mapping[str, Mapping[str, Sequence[ZoneRecord]]]  # name → type → records

MAX_ALIASES = 10  # CNAME records followed for one question; RFC 1034 section 3.6.2 wants a bound and names none
MAX_STRING_BYTES = 255  # a character-string's longest, RFC 1035 section 3.3


class MemoryResolver:
    """Answers from `zones`; raises from `errors`, a map from name or (name, type) to a reason. All else is NXDOMAIN."""

    def __init__(self, zones: ZoneData, errors: Mapping[str | tuple[str, str], str] | None = None) -> None:
        self._zones = {normal(name): sets for name, sets in zones.items()}
        self._errors = {
            normal(key) if isinstance(key, str) else (normal(key[0]), key[1]): reason
            for key, reason in (errors or {}).items()
        }

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup."""
        del timeout_s
        asked, seen = normal(name), set[str]()
        at = asked
        while True:
            reason = self._errors.get((at, rrtype), self._errors.get(at))
            if reason is not None:
                raise unanswered(asked, rrtype, reason, server="memory")
            sets = self._zones.get(at)
            if sets is None or not is_valid(at):
                exists = any(other.endswith("." + at) for other in self._zones)
                return answered(asked, rrtype, (), rcode="NOERROR" if exists else "NXDOMAIN", server="memory")
            alias = sets.get("CNAME")
            if rrtype in sets or not alias:
                return answered(
                    asked, rrtype, tuple(_record(one, rrtype) for one in sets.get(rrtype, ())), server="memory"
                )
            seen.add(at)
            at = normal(str(alias[0]))
            if at in seen or len(seen) > MAX_ALIASES:
                raise unanswered(asked, rrtype, "cname-chain", server="memory")


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
        return answered(normal(name), rrtype, tuple(_record(one, rrtype) for one in changed), server="proposed")


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


def _record(given: ZoneRecord, rrtype: str) -> Record:
    """A record as an Answer holds it; a TXT value given whole is split into character-strings."""
    if rrtype in ("TXT", "SPF") and isinstance(given, str | bytes):
        octets = given.encode() if isinstance(given, str) else given
        return tuple(octets[i : i + MAX_STRING_BYTES] for i in range(0, len(octets), MAX_STRING_BYTES)) or (b"",)
    if isinstance(given, bytes):
        raise TypeError(f"bytes are a TXT record's, not one of type {rrtype}")
    return given
