"""The ledger of a list as it is kept, and what stands in for it where an older version has kept only documents."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, Final

from monitor.errors import Unparsable
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.canary.source import CANARY
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.entry import Entry
from monitor.evidence.fold import changes, day_field, fields_of, folded
from monitor.evidence.source import EvidenceSource
from monitor.model.evidence import Arrival
from monitor.store import keys
from monitor.store.client import Part, text, translated
from monitor.store.codec import unpack

# In this order: where probes arrived from says which mail to the canary is the list's.
KINDS_BEFORE: Final[tuple[EvidenceSource[Any], ...]] = (CHECKS, ARRIVALS, CANARY, BOUNCES)
READ_MOST: Final = 2000  # documents of one kind


class Ledgers(Part):
    """One hash a list. It is written by `Streams.append` alone, with what is recorded."""

    def changes(self, list_id: str, entry: Entry) -> list[tuple[str, str, str]]:
        """What the entry changes: (field, text as it is kept, text then), "" for one that is not there.

        The first change of all brings over what an older version has kept.
        """
        names = fields_of(entry)
        with translated("read the ledger of a list"):
            found = dict(zip(names, map(_text, self._redis.hmget(keys.ledger(list_id), names)), strict=True))
            if found[day_field(entry.at)] is not None:
                return [(name, found[name] or "", value or "") for name, value in changes(entry, found).items()]
            kept = {text(name): text(value) for name, value in self._redis.hgetall(keys.ledger(list_id)).items()}
        brought = {} if kept else self._before(list_id)
        after = {**brought, **changes(entry, {**brought, **kept})}
        return [(name, kept.get(name, ""), value or "") for name, value in after.items()]

    def fields(self, list_id: str) -> Mapping[str, str]:
        """All of them."""
        with translated("read the ledger of a list"):
            return self.given(list_id, self._redis.hgetall(keys.ledger(list_id)))

    def given(self, list_id: str, found: Mapping[bytes, bytes]) -> Mapping[str, str]:
        """What Redis said; where there is no ledger yet, what the documents of an older version would have made."""
        return {text(name): text(value) for name, value in found.items()} if found else self._before(list_id)

    def _before(self, list_id: str) -> Mapping[str, str]:
        fields: dict[str, str | None] = {}
        for entry in sorted(self._entries_before(list_id), key=attrgetter("at")):
            fields.update(folded(entry, fields))
        return {name: value for name, value in fields.items() if value is not None}

    def _entries_before(self, list_id: str) -> Iterator[Entry]:
        pipe = self._redis.pipeline(transaction=False)
        for source in KINDS_BEFORE:
            pipe.xrevrange(keys.evidence("" if source.stream is None else source.stream.name, list_id), count=READ_MOST)
        known: set[Any] = set()
        for source, entries in zip(KINDS_BEFORE, pipe.execute(), strict=True):
            for _, fields in entries:
                try:
                    report: Any = unpack(source.report, fields[b"d"])
                except Unparsable:
                    continue
                if isinstance(report, Arrival):
                    if report.canary is None and not report.direct:
                        known.add(report.client_network)
                    elif report.client_network not in known:
                        continue  # anybody can write to the canary: where our probes came from is the list's
                entry = None if source.entry is None else source.entry(report)
                if entry is not None:
                    yield entry


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
