"""The seam of evidence: one record a kind, one value that holds what is recorded of one list. Pure.

A kind is a folder beside this file: what reads its octets or facts into a report (`read.py`, where there is anything to
read), and `source.py` with its `EvidenceSource`. One line in the catalogue lets store, assessment and pages of the list
go over it. What a report says of receivers enters the list's ledger as it is recorded; the report itself is kept for as
long as people and findings look at it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

from monitor.admission.rules import RuleSet
from monitor.evidence.entry import Entry
from monitor.evidence.ledger import EMPTY, Ledger
from monitor.evidence.replies.counted import NOTHING_HEARD, Heard
from monitor.metrics import Counts
from monitor.model.evidence import Roster
from monitor.model.findings import Finding
from monitor.model.lists import MailingList
from monitor.model.reach import ReachRecord
from monitor.model.risk import Assessment
from monitor.model.sending import Sendings
from monitor.phrase.phrase import Phrase


class Report(Protocol):
    """What one look, message or document told of one list: a value of the model that the store can keep."""

    @property
    def list_id(self) -> str | None:
        """Of which list; None where it is of none, and so never recorded."""


R = TypeVar("R", bound=Report)


def _nothing(_reports: Sequence[Any], _evidence: "ListEvidence") -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream(Generic[R]):
    """How reports of one kind are kept: in one bounded Redis stream a list, each once."""

    name: str  # part of its key
    kept: int  # entries of one list, at most; 0: the ledger has what they told
    ident: Callable[[R], str]  # the same for the same report
    counts: Callable[[R], Counts] | None = None  # what one report adds to the metrics
    success: Callable[[R], str | None] | None = None  # which work of ours it shows to succeed: "check" or "probe"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceSource(Generic[R]):
    """One kind of evidence: what its reports are, how they are kept, and what they say."""

    name: str  # of one report: in the store's marks, and in the ledger
    told: Callable[..., Phrase]  # how many failed, by `failed`, `total` and `share`, which is a percentage
    report: type[R]
    stream: Stream[R] | None = None  # None: documents
    documents: bool = False  # they change after they are recorded, and are documents of the store's `probes`
    at: Callable[[R], datetime]
    read: int  # so many of the newest are looked at for findings
    genuine: Callable[[Sequence[R], "ListEvidence"], Sequence[R]] | None = None  # those that no stranger can have made
    entry: Callable[[R], Entry | None] | None = None  # what a report enters in the ledger
    findings: Callable[[Sequence[R], "ListEvidence"], Iterable[Finding]] = _nothing
    weight: float = 1.0  # of one look, where mail that was seen to travel has 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEvidence:
    """What is recorded of one list, and what it is weighed by. The same value gives the same answers."""

    listed: MailingList
    rules: RuleSet
    now: datetime
    reports: Mapping[str, Sequence[Any]]  # by the name of their kind, newest first, as many as their kind says
    ledger: Ledger = EMPTY
    receivers: Mapping[str, bool] = field(default_factory=dict)  # ours, by id: whether each lives and can record
    previous: Assessment | None = None
    roster: Roster | None = None  # what the list manager told when it was asked
    reach: ReachRecord | None = None  # where the subscribers are, as it was counted with the newest check
    heard: Heard = NOTHING_HEARD  # what the mail server's log tells beside the ledger
    sendings: Sendings = field(default_factory=Sendings)  # what all lists here send, this one as it was last judged
    _genuine: dict[str, Sequence[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, source: EvidenceSource[R]) -> Sequence[R]:
        """The reports of that kind that are the list's, newest first."""
        if source.name not in self._genuine:
            recorded: Sequence[R] = self.reports.get(source.name, ())
            self._genuine[source.name] = recorded if source.genuine is None else source.genuine(recorded, self)
        return cast("Sequence[R]", self._genuine[source.name])

    @property
    def all_receivers_silent(self) -> bool:
        """Whether nothing can be recorded of how mail arrives."""
        return bool(self.receivers) and not any(self.receivers.values())

    def silent_at(self, receiver: str) -> bool:
        """Whether nothing can be recorded there: that one is silent, or is no receiver of ours any more."""
        return bool(self.receivers) and not self.receivers.get(receiver, False)

    @property
    def families(self) -> frozenset[int]:
        """Those that the list's mail may leave over."""
        return frozenset(each.version for each in self.listed.outbound)
