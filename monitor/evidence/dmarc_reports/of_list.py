"""Which rows of a DMARC aggregate report are about a list. Pure.

Those of messages that name one of its own domains: as reverse-path, as author or in a signature. Of messages that only
have an author of its `author_domains`, those that its own host sent: all else is that domain's own mail.
"""

from collections.abc import Collection
from typing import Final

from monitor.evidence.dmarc_reports.report import PASS, Report, Row
from monitor.evidence.seen_mail import is_own
from monitor.model.lists import MailingList
from monitor.model.receiver_reports import DmarcOfList, DmarcRow

ROWS_KEPT: Final = 40  # of one report; its own addresses first, then by messages
OVERRIDES_KEPT: Final = 3


def own_domains(listed: MailingList) -> frozenset[str]:
    """Those of its addresses, and of the key that is stated to sign its mail."""
    signs = "" if listed.dkim is None else listed.dkim.domain
    names = (listed.reverse_path.rpartition("@")[2], listed.address.rpartition("@")[2], signs)
    return frozenset(each.lower() for each in names if each)


def domains_of(row: Row) -> frozenset[str]:
    """All that a row's messages name."""
    checked = (*(each.domain for each in row.spf), *(each.domain for each in row.dkim))
    return frozenset(filter(None, (row.header_from, row.envelope_from, *checked)))


def of_list(report: Report, listed: MailingList, *, proven: bool) -> DmarcOfList | None:
    """What it tells of the list; None where it tells nothing."""
    own, authors = own_domains(listed), frozenset(each.lower() for each in listed.author_domains)
    rows = [row for row in report.rows if _is_about(row, domains_of(row), own, authors, listed)]
    if not rows:
        return None
    rows.sort(key=lambda row: (row.client_ip not in listed.outbound, -row.count))
    return DmarcOfList(
        list_id=listed.id,
        reporter=report.reporter,
        report_id=report.report_id,
        domain=report.domain,
        begin=report.begin,
        end=report.end,
        rows=tuple(_kept(row, listed) for row in rows[:ROWS_KEPT]),
        proven=proven,
    )


def _is_about(
    row: Row, named: Collection[str], own: frozenset[str], authors: frozenset[str], listed: MailingList
) -> bool:
    return not own.isdisjoint(named) or (row.client_ip in listed.outbound and not authors.isdisjoint(named))


def _kept(row: Row, listed: MailingList) -> DmarcRow:
    spf = row.mail_from
    signed = [each.result for each in row.dkim if is_own(each.domain, listed)]
    return DmarcRow(
        client_ip=row.client_ip,
        count=row.count,
        spf="" if spf is None else spf.result,
        spf_domain="" if spf is None else spf.domain,
        dkim=PASS if PASS in signed else next(filter(None, signed), ""),
        passed=row.passed,
        disposition=row.disposition,
        overrides=tuple(row.overrides[:OVERRIDES_KEPT]),
    )
