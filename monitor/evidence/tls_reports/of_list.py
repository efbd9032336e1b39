"""What an SMTP TLS report tells of a list: how senders fared who had posts for its domain. Pure."""

from collections import Counter
from typing import Final

from monitor.evidence.tls_reports.report import TlsReport
from monitor.model.lists import MailingList
from monitor.model.receiver_reports import TlsOfList, TlsRow

ROWS_KEPT: Final = 40  # of one report, those of most sessions


def of_list(report: TlsReport, listed: MailingList, *, proven: bool) -> TlsOfList | None:
    """What it tells of the list; None where it is about no domain that its posts go to or bounce to."""
    if report.domain not in {each.rpartition("@")[2].lower() for each in (listed.address, listed.reverse_path)}:
        return None
    counts: Counter[tuple[str, str, int | None]] = Counter()
    for each in report.rows:
        counts[each.result_type, each.mx, None if each.client_ip is None else each.client_ip.version] += each.count
    return TlsOfList(
        list_id=listed.id,
        reporter=report.reporter,
        report_id=report.report_id,
        domain=report.domain,
        begin=report.begin,
        end=report.end,
        ok=report.ok,
        failed=report.failed,
        rows=tuple(
            TlsRow(count=count, result_type=result_type, mx=mx, family=family)
            for (result_type, mx, family), count in counts.most_common(ROWS_KEPT)
        ),
        proven=proven,
    )
