"""What receivers' reports say of a list, as its page of reports shows it. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.evidence.dmarc_reports.counted import Sum, Whose, reporter_of, rows_of, sums
from monitor.evidence.report_age import each_once
from monitor.evidence.tls_reports.findings import REASONS
from monitor.model.dns import IpAddress, IpNetwork
from monitor.model.lists import MailingList
from monitor.model.receiver_reports import DmarcOfList, TlsOfList

ROWS_SHOWN: Final = 100
ADDRESSES_SHOWN: Final = 20
OTHERS: Final = (Whose.UNDECLARED, Whose.FORWARDED, Whose.OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FromElsewhere:
    """Messages in the list's name from one address that nobody declared."""

    client_ip: IpAddress
    whose: Whose
    messages: int
    reporters: tuple[str, ...]
    last: datetime


@dataclass(slots=True, kw_only=True)
class Sessions:
    """How sessions of one sender with the servers of one domain went."""

    reporter: str
    domain: str
    last: datetime
    ok: int = 0
    failed: int = 0
    reasons: tuple[tuple[str, str, int], ...] = ()  # why, MX ("" untold), how many; those of most sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """All of it; what nobody vouches for apart."""

    own: tuple[Sum, ...]
    elsewhere: tuple[FromElsewhere, ...]
    tls: tuple[Sessions, ...]
    unproven: tuple[Sum, ...]
    unproven_reports: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.own or self.elsewhere or self.tls or self.unproven_reports)


def reported(
    dmarc: Sequence[DmarcOfList], tls: Sequence[TlsOfList], listed: MailingList, known: Collection[IpNetwork]
) -> Reported:
    """Of the reports that are kept, newest first; `known` are the networks that the list's mail leaves from."""
    proven = each_once(each for each in dmarc if each.proven)
    strangers = [each for each in dmarc if not each.proven]
    return Reported(
        own=_side_by_side(sums(proven, listed, known)),
        elsewhere=_elsewhere(proven, listed, known),
        tls=_sessions(each_once(each for each in tls if each.proven)),
        unproven=_side_by_side(sums(strangers, listed, known)),
        unproven_reports=len(strangers) + sum(not each.proven for each in tls),
    )


def _side_by_side(found: Sequence[Sum]) -> tuple[Sum, ...]:
    """The families of a receiver one below the other; the receivers of most messages first."""
    messages: Counter[str] = Counter()
    for each in found:
        messages[each.reporter] += each.messages
    ordered = sorted(found, key=lambda each: (-messages[each.reporter], each.reporter, each.family))
    return tuple(ordered[:ROWS_SHOWN])


def _elsewhere(
    reports: Sequence[DmarcOfList], listed: MailingList, known: Collection[IpNetwork]
) -> tuple[FromElsewhere, ...]:
    counts: Counter[tuple[IpAddress, Whose]] = Counter()
    by: dict[tuple[IpAddress, Whose], set[str]] = {}
    last: dict[tuple[IpAddress, Whose], datetime] = {}
    for whose in OTHERS:
        for report, row in rows_of(reports, listed, known, whose):
            key = (row.client_ip, whose)
            counts[key] += row.count
            by.setdefault(key, set()).add(reporter_of(report))
            last[key] = max(report.end, last.get(key, report.end))
    return tuple(
        FromElsewhere(client_ip=key[0], whose=key[1], messages=count, reporters=tuple(sorted(by[key])), last=last[key])
        for key, count in counts.most_common(ADDRESSES_SHOWN)
    )


def _sessions(reports: Iterable[TlsOfList]) -> tuple[Sessions, ...]:
    found: dict[tuple[str, str], Sessions] = {}
    why: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for report in reports:
        key = (report.by or report.reporter, report.domain)
        one = found.setdefault(key, Sessions(reporter=key[0], domain=key[1], last=report.end))
        one.ok, one.failed, one.last = one.ok + report.ok, one.failed + report.failed, max(one.last, report.end)
        for row in report.rows:
            why.setdefault(key, Counter())[row.result_type, row.mx] += row.count
    for key, counts in why.items():
        found[key].reasons = tuple(
            (REASONS.get(kind, kind), mx, count) for (kind, mx), count in counts.most_common(ADDRESSES_SHOWN)
        )
    return tuple(sorted(found.values(), key=lambda each: (-each.failed, -each.ok, each.reporter))[:ROWS_SHOWN])
