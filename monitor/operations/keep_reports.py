"""Receivers' reports kept as evidence of the lists that they are about."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.evidence.dmarc_reports import of_list as dmarc
from monitor.evidence.dmarc_reports.report import Report
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.report_age import is_evidence
from monitor.evidence.report_files import Found
from monitor.evidence.tls_reports import of_list as tls
from monitor.evidence.tls_reports.report import TlsReport
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.model.lists import MailingList
from monitor.model.receiver_reports import DmarcOfList, TlsOfList
from monitor.store import Store


class Concerned:
    """Which lists a report is about. Lists that differ in their names alone share the work."""

    def __init__(self, lists: Iterable[MailingList]) -> None:
        self._alike: dict[tuple[object, ...], list[MailingList]] = defaultdict(list)
        for each in lists:
            signs = None if each.dkim is None else each.dkim.domain
            domains = (each.reverse_path.rpartition("@")[2].lower(), each.address.rpartition("@")[2].lower())
            self._alike[(*domains, signs, each.outbound, each.author_domains)].append(each)

    def by(self, found: Found, *, proven: bool) -> tuple[DmarcOfList | TlsOfList, ...]:
        """What the reports in a document tell of each of these lists."""
        told: list[DmarcOfList | TlsOfList] = []
        for alike in self._alike.values():
            for report in found.reports:
                one = _of_list(report, alike[0], proven=proven)
                if one is not None:
                    told += [replace(one, list_id=each.id) for each in alike]
        return tuple(told)


def _of_list(report: Report | TlsReport, listed: MailingList, *, proven: bool) -> DmarcOfList | TlsOfList | None:
    if isinstance(report, Report):
        return dmarc.of_list(report, listed, proven=proven)
    return tls.of_list(report, listed, proven=proven)


def keep_reports(store: Store, told: Sequence[DmarcOfList | TlsOfList], *, now: datetime) -> frozenset[str]:
    """Keep what reports tell, each once; the ids of the lists to which something was new. May be repeated.

    What is too old to say anything is not kept, nor what is dated ahead. Raises StoreUnavailable.
    """
    new = set()
    for each in told:
        if is_evidence(each.end, now=now) and _record(store, each):
            new.add(each.list_id)
    return frozenset(new)


def _record(store: Store, told: DmarcOfList | TlsOfList) -> bool:
    if isinstance(told, DmarcOfList):
        return store.evidence.record(DMARC_REPORTS, told)
    return store.evidence.record(TLS_REPORTS, told)
