"""Which receivers' reports are evidence by their date, what they are known by, and which are the same. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from monitor.model.receiver_reports import DmarcOfList, TlsOfList

SPEAKS_FOR: Final = timedelta(days=30)  # after the end of its time; keys.REPORT_MARK is longer
R = TypeVar("R", DmarcOfList, TlsOfList)
AHEAD: Final = timedelta(days=2)  # a reporter's clock, or its idea of a time zone


def is_evidence(end: datetime, *, now: datetime) -> bool:
    """Whether a report whose time ended then still says something, and has no date that is yet to come."""
    return now - SPEAKS_FOR <= end <= now + AHEAD


def ident_of(reporter: str, report_id: str, domain: str, end: datetime) -> str:
    """The same for the same report, by reporter and report_id; by what it is about where it has no such id."""
    named = report_id or f"{domain} {end.timestamp():.0f}"
    return sha256(f"{reporter.casefold()}\n{named}".encode("utf-8", "replace")).hexdigest()[:32]


def kept_as(report: DmarcOfList | TlsOfList) -> str:
    """The same for the same report of a list on the same word: none that a stranger signs keeps another's out."""
    known = f"{report.list_id}:{ident_of(report.reporter, report.report_id, report.domain, report.end)}"
    if not report.proven:
        return f"{known}:unproven"
    return f"{known}:{report.by}" if report.by else known


def each_once(reports: Iterable[R]) -> tuple[R, ...]:
    """Without those that came by mail and that an administrator gave as well: his copy is as good."""
    found = tuple(reports)
    given = {_named(each) for each in found if not each.by}
    return tuple(each for each in found if not each.by or _named(each) not in given)


def _named(report: DmarcOfList | TlsOfList) -> tuple[str, str]:
    return ident_of(report.reporter, report.report_id, report.domain, report.end), report.domain
