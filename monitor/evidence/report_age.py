"""Which receivers' reports are evidence by their date, and what they are known by. Pure."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

SPEAKS_FOR: Final = timedelta(days=30)  # after the end of its time; keys.REPORT_MARK is longer
AHEAD: Final = timedelta(days=2)  # a reporter's clock, or its idea of a time zone


def is_evidence(end: datetime, *, now: datetime) -> bool:
    """Whether a report whose time ended then still says something, and has no date that is yet to come."""
    return now - SPEAKS_FOR <= end <= now + AHEAD


def ident_of(reporter: str, report_id: str, domain: str, end: datetime) -> str:
    """The same for the same report, by reporter and report_id; by what it is about where it has no such id."""
    named = report_id or f"{domain} {end.timestamp():.0f}"
    return sha256(f"{reporter.casefold()}\n{named}".encode("utf-8", "replace")).hexdigest()[:32]
