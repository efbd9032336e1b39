"""Fakes that several tests share: a resolver whose zones are a dict."""

from collections.abc import Mapping, Sequence

from monitor.dns.answer import Answer, answered, unanswered
from monitor.dns.memory import ZoneRecord, as_record
from monitor.dns.name import is_valid, normal

ZoneData = Mapping[str, Mapping[str, Sequence[ZoneRecord]]]  # name → type → records

MAX_ALIASES = 10  # CNAME records followed for one question


class ZoneResolver:
    """`ZoneResolver({"a.example": {"TXT": ["v=spf1 -all"], "MX": [(10, "mx.example")]}}, {"b.example": "timeout"})`.

    `errors` maps a name or (name, type) to a reason. Names that are not there are NXDOMAIN. `asked` holds every
    question, in order.
    """

    def __init__(self, zones: ZoneData, errors: Mapping[str | tuple[str, str], str] | None = None) -> None:
        self._zones = {normal(name): sets for name, sets in zones.items()}
        self._errors = {
            normal(key) if isinstance(key, str) else (normal(key[0]), key[1]): reason
            for key, reason in (errors or {}).items()
        }
        self.asked: list[tuple[str, str]] = []

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        del timeout_s
        self.asked.append((name, rrtype))
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
                    asked, rrtype, tuple(as_record(one, rrtype) for one in sets.get(rrtype, ())), server="memory"
                )
            seen.add(at)
            at = normal(str(alias[0]))
            if at in seen or len(seen) > MAX_ALIASES:
                raise unanswered(asked, rrtype, "cname-chain", server="memory")
