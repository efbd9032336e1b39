"""What DMARC reports tell of a list's mail, counted: whose each row is, and by receiver and address family. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from monitor.evidence.dmarc_reports.of_list import own_domains
from monitor.evidence.dmarc_reports.report import PASS
from monitor.model.dns import IpAddress, IpNetwork, network_of
from monitor.model.lists import MailingList
from monitor.model.receiver_reports import DmarcOfList, DmarcRow

_A_SECOND: Final = timedelta(seconds=1)  # a report of a day may end with the first second of the next


class Whose(StrEnum):
    """Whose mail a row counts, as far as addresses, SPF and DKIM tell."""

    OWN = "own"  # of the list's host
    UNDECLARED = "undeclared"  # from an address that nobody declared, and SPF passes for the list's domain
    FORWARDED = "forwarded"  # from elsewhere, with a signature of the list's that holds
    OTHERS = "others"  # in the list's name, and nothing vouches for it


@dataclass(slots=True, kw_only=True)
class Sum:
    """Messages of the list's host that one receiver saw over one family."""

    reporter: str
    family: int
    messages: int = 0
    spf_told: int = 0  # of them: SPF of the list's own reverse-path is told
    spf_passed: int = 0
    signed: int = 0  # with a signature of the list's own
    dkim_passed: int = 0
    dispositions: dict[str, int] = field(default_factory=dict)
    addresses: set[IpAddress] = field(default_factory=set)
    failed_at: set[IpAddress] = field(default_factory=set)  # SPF did not pass
    spf_failed_on: set[datetime] = field(default_factory=set)  # when the reports end that tell so
    dkim_failed_on: set[datetime] = field(default_factory=set)
    last: datetime


def reporter_of(report: DmarcOfList) -> str:
    """Whose word it is: the domain that signed the mail, else the name in the report."""
    return report.by or report.reporter


def whose(row: DmarcRow, listed: MailingList, known: Collection[IpNetwork]) -> Whose:
    """Whose mail it is; `known` are the networks that the list's mail leaves from."""
    if row.client_ip in listed.outbound or network_of(row.client_ip) in known:
        return Whose.OWN
    if row.spf == PASS and row.spf_domain in own_domains(listed):
        return Whose.UNDECLARED
    return Whose.FORWARDED if row.dkim == PASS else Whose.OTHERS


def rows_of(
    reports: Iterable[DmarcOfList], listed: MailingList, known: Collection[IpNetwork], kind: Whose
) -> Iterator[tuple[DmarcOfList, DmarcRow]]:
    """The rows of that kind, each with its report."""
    for report in reports:
        yield from ((report, row) for row in report.rows if whose(row, listed, known) is kind)


def sums(reports: Sequence[DmarcOfList], listed: MailingList, known: Collection[IpNetwork]) -> tuple[Sum, ...]:
    """By receiver and family what they saw of the list's own host; most messages first."""
    found: dict[tuple[str, int], Sum] = {}
    own = listed.reverse_path.rpartition("@")[2].lower()
    for report, row in rows_of(reports, listed, known, Whose.OWN):
        key = (reporter_of(report), row.client_ip.version)
        one = found.setdefault(key, Sum(reporter=key[0], family=key[1], last=report.end))
        _add(one, report, row, own)
    return tuple(sorted(found.values(), key=lambda each: (-each.messages, each.reporter, each.family)))


def _add(one: Sum, report: DmarcOfList, row: DmarcRow, own: str) -> None:
    one.messages += row.count
    one.last = max(one.last, report.end)
    one.addresses.add(row.client_ip)
    if row.disposition:
        one.dispositions[row.disposition] = one.dispositions.get(row.disposition, 0) + row.count
    if row.spf and row.spf_domain == own:
        one.spf_told += row.count
        if row.spf == PASS:
            one.spf_passed += row.count
        else:
            one.failed_at.add(row.client_ip)
            one.spf_failed_on.add(report.end - _A_SECOND)
    if row.dkim:
        one.signed += row.count
        if row.dkim == PASS:
            one.dkim_passed += row.count
        else:
            one.dkim_failed_on.add(report.end - _A_SECOND)
