"""What tells how receivers take a list's mail, of whatever kind: recorded once, the newest read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, cast

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.canary.source import CANARY, CANARY_NOTICES, is_post
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.ledger import DAYS_KEPT, Ledger
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.source import EvidenceSource, R
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.metrics import Counts
from monitor.model.evidence import Arrival
from monitor.store import keys
from monitor.store.ledgers import Ledgers
from monitor.store.probes import Probes
from monitor.store.streams import Streams

LIVES: Final = {
    CHECKS.name: keys.WORK_MARK,
    ARRIVALS.name: keys.MAIL_MARK,
    CANARY.name: keys.MAIL_MARK,
    CANARY_NOTICES.name: keys.MAIL_MARK,
    DMARC_REPORTS.name: keys.REPORT_MARK,
    TLS_REPORTS.name: keys.REPORT_MARK,
}


class Evidence:
    """One list or stream a list and kind; probes, which change after they are begun, are documents of their own."""

    def __init__(self, streams: Streams, ledgers: Ledgers, probes: Probes) -> None:
        self._streams = streams
        self._ledgers = ledgers
        self._probes = probes

    def record(
        self, source: EvidenceSource[R], report: R, *, counts: Counts | None = None, weighed: bool = True
    ) -> bool:
        """Keep a list's report, fold it in and count it, with `counts` besides.

        False where it was recorded lately (`LIVES`). One that is not `weighed`, as anybody may have made it, is kept,
        not folded in.
        """
        stream = source.stream
        if stream is None or report.list_id is None:
            raise ValueError(f"a {source.name} of {report.list_id} enters no stream")
        shown = None if stream.success is None else stream.success(report)
        return self._streams.append(
            (source.name, stream.ident(report)),
            _life(source.name),
            stream.name,
            report,
            list_id=report.list_id,
            kept=stream.kept,
            entry=source.entry(report) if weighed and source.entry is not None else None,
            counts={**(stream.counts(report) if stream.counts else {}), **(counts or {})},
            success=(f"{shown}:{report.list_id}", source.at(report)) if shown else None,
        )

    def read(self, source: EvidenceSource[R], list_id: str, limit: int = 50) -> Sequence[R]:
        """The list's newest reports of that kind, the last recorded first."""
        if source.stream is None or source.documents:
            return cast("Sequence[R]", self._probes.of_list(list_id, limit))
        return self._streams.read(source.report, source.stream.name, list_id, limit)

    def ledger(self, list_id: str, *, days: int = DAYS_KEPT) -> Ledger:
        """What was folded in of the list, with so many of its newest days."""
        return read_ledger(self._ledgers.fields(list_id), days=days)

    def ledger_fields(self, list_id: str) -> dict[str, str]:
        """The same as it is kept, for what is to be folded in and not kept."""
        return dict(self._ledgers.fields(list_id))

    def record_arrival(self, arrival: Arrival, *, weighed: bool = True) -> bool:
        """Keep what came, as a probe that arrived or as mail to the canary."""
        source = ARRIVALS if arrival.canary is None else CANARY if is_post(arrival) else CANARY_NOTICES
        return self.record(source, arrival, weighed=weighed)


def _life(source: str) -> timedelta:
    """How long it is known that a report of that kind was recorded."""
    return LIVES.get(source, keys.MARK)
