"""What older versions have kept of a list only as documents, in streams: as its ledger would have it.

A part of an older version may go on writing them beside this one, so the ledger notes how far each was brought over.
"""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.canary.source import CANARY
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.entry import Entry
from monitor.evidence.fold import folded
from monitor.evidence.genuine import domain_of, is_from
from monitor.evidence.source import EvidenceSource
from monitor.model.dns import Identity, IpNetwork, network_of
from monitor.model.evidence import Arrival, CheckOutcome
from monitor.store import keys
from monitor.store.client import Redis, translated
from monitor.store.short import FORMS
from monitor.store.unreadable import replies, unpacked

SOURCES_BEFORE: Final[tuple[EvidenceSource[Any], ...]] = (CHECKS, ARRIVALS, CANARY, BOUNCES)
STREAMS_BEFORE: Final = tuple(each.stream.name for each in SOURCES_BEFORE if each.stream is not None)
READ_MOST: Final = 2000  # documents of one kind


def brought_field(stream: str) -> str:
    """The ledger's field with the id of the stream's last entry that was brought over."""
    return f"brought {stream}"


def brought_over(client: Redis, list_id: str, known: Mapping[str, str]) -> Mapping[str, str]:
    """The fields that change as all that has come into the streams is folded into these."""
    pipe = client.pipeline(transaction=False)
    for source in (CHECKS, ARRIVALS):
        pipe.lrange(keys.kept(_stream(source), list_id), 0, source.read - 1)
        pipe.hgetall(keys.bases(_stream(source), list_id))
    for source in SOURCES_BEFORE:
        pipe.xrevrange(keys.evidence(_stream(source), list_id), count=READ_MOST)
    with translated("read what older versions kept of a list"):
        checks, bases, arrivals, others, *streams = replies(pipe)
    found = {each: list(_entries(each, entries)) for each, entries in zip(SOURCES_BEFORE, streams, strict=True)}
    own = _Own(
        checks=[*FORMS[CheckOutcome].read(checks, bases), *(each for _, each in found[CHECKS] if each is not None)],
        arrivals=[*FORMS[Arrival].read(arrivals, others), *(each for _, each in found[ARRIVALS] if each is not None)],
    )
    entries: list[Entry] = []
    for source, reports in found.items():
        last = _place(known.get(brought_field(_stream(source)), ""))
        new = [report for ident, report in reports if report is not None and _place(ident) > last]
        made = (source.entry(each) for each in new if source.entry is not None and own.has(each))
        entries.extend(each for each in made if each is not None)
    fields: dict[str, str | None] = dict(known)
    after = {brought_field(_stream(source)): each[0][0] for source, each in found.items() if each}
    for entry in sorted(entries, key=attrgetter("at")):
        changed = folded(entry, fields)
        fields.update(changed)
        after.update(changed)
    return after


class _Own:
    """What is the list's own: anybody can write to the canary. What was checked, and where probes came from, is."""

    def __init__(self, *, checks: Sequence[CheckOutcome], arrivals: Sequence[Arrival]) -> None:
        results = [each for check in checks for each in check.results]
        self._networks: frozenset[IpNetwork | None] = frozenset(
            (
                *(network_of(each.client_ip) for each in results),
                *(each.client_network for each in arrivals if not each.direct),
            )
        )
        self._domains = frozenset(check.domain.lower() for check in checks)
        self._hosts = frozenset(each.domain.lower() for each in results if each.identity is Identity.HELO)

    def has(self, report: object) -> bool:
        """Whether a report is the list's; where no check tells its domain, the one that the mail vouches for is."""
        if not isinstance(report, Arrival) or report.canary is None:
            return True
        domains = self._domains or frozenset((domain_of(report),)) - {""}
        return is_from(report, domains, self._hosts, self._networks)


def _entries(source: EvidenceSource[Any], entries: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Ids with the reports, newest first; None for one that cannot be read."""
    for ident, fields in entries:
        yield ident.decode(), unpacked(source.report, f"{_stream(source)} {ident.decode()}", fields.get(b"d"))


def _stream(source: EvidenceSource[Any]) -> str:
    return "" if source.stream is None else source.stream.name


def _place(ident: str) -> tuple[int, int]:
    """A stream's id, as they follow one another."""
    time, _, number = ident.partition("-")
    return (int(time), int(number)) if time.isdecimal() and number.isdecimal() else (-1, -1)
