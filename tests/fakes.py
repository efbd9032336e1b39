"""Fakes that several tests share: a resolver whose zones are a dict."""

from collections.abc import Mapping

from monitor.dns.answer import Answer
from monitor.dns.memory import MemoryResolver, ZoneData


class ZoneResolver(MemoryResolver):
    """`ZoneResolver({"example.org": {"TXT": ["v=spf1 -all"], "MX": [(10, "mx.example.org")]}}, {"b.example": "timeout"})`.

    Names that are not there are NXDOMAIN. `asked` holds every question, in order.
    """

    def __init__(self, zones: ZoneData, errors: Mapping[str | tuple[str, str], str] | None = None) -> None:
        super().__init__(zones, errors)
        self.asked: list[tuple[str, str]] = []

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        self.asked.append((name, rrtype))
        return super().lookup(name, rrtype, timeout_s=timeout_s)
