"""Receivers' reports kept as evidence of the lists that they are about.

Strangers can send any report. One that came by mail is proven where the domain of its author signed it, and then it is
that domain's word, whatever reporter it names; others are kept apart.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Final

from monitor.dkim.verify import verify_all
from monitor.dmarc.evaluate import author_domain
from monitor.dns.answer import Resolver
from monitor.evidence.dmarc_reports import of_list as dmarc
from monitor.evidence.dmarc_reports.report import Report
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.report_age import is_evidence
from monitor.evidence.report_files import Found, reports_in
from monitor.evidence.tls_reports import of_list as tls
from monitor.evidence.tls_reports.report import TlsReport
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.model.evidence import Arrival, AuthResult, DkimSignature
from monitor.model.lists import MailingList
from monitor.model.organisation import organisation
from monitor.model.receiver_reports import DmarcOfList, TlsOfList
from monitor.operations.services import Services
from monitor.store import Store
from monitor.trace.header import read_header, values

log = logging.getLogger(__name__)

_ONE_AT_A_TIME: Final = Lock()  # in a process: unpacked, each may have some 100 MiB


class Concerned:
    """Which lists a report is about. Lists that differ in their names alone share the work."""

    def __init__(self, lists: Iterable[MailingList]) -> None:
        self._alike: dict[tuple[object, ...], list[MailingList]] = defaultdict(list)
        for each in lists:
            signs = None if each.dkim is None else each.dkim.domain
            domains = (each.reverse_path.rpartition("@")[2].lower(), each.address.rpartition("@")[2].lower())
            self._alike[(*domains, signs, each.outbound, each.author_domains)].append(each)

    def by(self, found: Found, *, proven: bool, signed_by: str = "") -> tuple[DmarcOfList | TlsOfList, ...]:
        """What the reports in a document tell of each of these lists."""
        told: list[DmarcOfList | TlsOfList] = []
        for alike in self._alike.values():
            for report in found.reports:
                one = _of_list(report, alike[0], proven=proven)
                if one is not None:
                    told += [replace(one, list_id=each.id, by=signed_by) for each in alike]
        return tuple(told)


def _of_list(report: Report | TlsReport, listed: MailingList, *, proven: bool) -> DmarcOfList | TlsOfList | None:
    if isinstance(report, Report):
        return dmarc.of_list(report, listed, proven=proven)
    return tls.of_list(report, listed, proven=proven)


def take_reports(services: Services, arrival: Arrival, content: bytes) -> int | None:
    """Keep what a mail's reports tell of lists; how many were read, None where there is none. May be repeated.

    The lists' next checks take it up. Raises StoreUnavailable.
    """
    signed_by = signer(arrival)
    with _ONE_AT_A_TIME:
        found = [each for each in reports_in(content) if each.reports]
        if not found:
            return None
        concerned = Concerned(services.lists())
        told = [one for each in found for one in concerned.by(each, proven=bool(signed_by), signed_by=signed_by)]
    new = keep_reports(services.store, told, now=services.now())
    log.info("reports_taken", extra={"reports": len(found), "lists": len(new), "signed_by": signed_by or "nobody"})
    return len(found)


def signer(arrival: Arrival) -> str:
    """The domain that vouches for a mail: it signed it and is its author's, or above or below it; "" for none."""
    return _vouching("" if arrival.dmarc is None else arrival.dmarc.author_domain, arrival.dkim)


def signer_of_mail(octets: bytes, resolver: Resolver, *, now: datetime) -> str:
    """The same of a mail that somebody gives us. Asks DNS for its keys."""
    header = read_header(octets)
    return _vouching(author_domain(values(header, "from")) or "", verify_all(octets, header, resolver, now=now))


def _vouching(author: str, signatures: Iterable[DkimSignature]) -> str:
    """A signature of a part of the body vouches for no report: anybody can add one behind it (RFC 6376 section 8.2)."""
    author = author.lower()
    for each in signatures:
        domain = "" if each.partial else each.domain.lower()
        related = f".{author}".endswith(f".{domain}") or f".{domain}".endswith(f".{author}")
        if author and each.result is AuthResult.PASS and related and organisation(domain) == organisation(author) != "":
            return domain
    return ""


def keep_reports(store: Store, told: Iterable[DmarcOfList | TlsOfList], *, now: datetime) -> frozenset[str]:
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
