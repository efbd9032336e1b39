"""Checks as evidence: what receivers would answer by DNS alone, and what is to be mended in it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Final

from monitor.evidence.checks.sporadic import spells_in, sporadic, trouble_in, troubled
from monitor.evidence.entry import Entry, Spells, facts_of
from monitor.evidence.signing import dkim_by_keys
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.metrics import CHECKS as CHECKED
from monitor.metrics import SPF_RESULTS, Counts
from monitor.model.dns import Identity
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import CheckStatus, Finding
from monitor.phrase.phrase import say

SPORADIC_IN: Final = timedelta(days=1)  # what failed now and then on the days before may have been mended since


def _entry(outcome: CheckOutcome) -> Entry | None:
    """A check that was blind by our own fault says nothing of the list."""
    if outcome.ours is not None:
        return None
    spells = spells_in(outcome)
    return Entry(
        source=CHECKS.name,
        at=outcome.evaluated_at,
        facts=facts_of(
            outcome.results, {each.client_ip: each.result for each in outcome.ptrs}, dkim=dkim_by_keys(outcome)
        ),
        spells=spells,
        spells_at=min(each.since for each in outcome.outages) if spells.spells < 0 else None,
        trouble=trouble_in(outcome),
    )


def _findings(checks: Sequence[CheckOutcome], evidence: ListEvidence) -> Iterator[Finding]:
    for newest in checks[:1]:
        yield from newest.findings
    days = evidence.ledger.days_since(evidence.now - SPORADIC_IN)
    yield from sporadic(sum((each.spells for each in days), Spells()), evidence.ledger.trouble)


def _answered(outcome: CheckOutcome) -> bool:
    """Whether DNS answered for the list: trouble of reverse DNS alone is not blindness."""
    mailfrom = [each for each in outcome.results if each.identity is Identity.MAILFROM]
    return outcome.status is not CheckStatus.UNKNOWN or any(not troubled(each) for each in mailfrom)


def _ident(outcome: CheckOutcome) -> str:
    """Of one slot there is one check; those by hand (slot 0) are known by their time."""
    return f"{outcome.list_id}:{outcome.slot or outcome.evaluated_at.timestamp()}"


def _counts(outcome: CheckOutcome) -> Counts:
    counts: dict[str, float] = {CHECKED.field(outcome.status): 1}
    for each in outcome.results:
        if each.identity is Identity.MAILFROM:
            field = SPF_RESULTS.field(str(each.family), each.result)
            counts[field] = counts.get(field, 0) + 1
    return counts


CHECKS: Final = EvidenceSource(
    name="check",
    told=lambda **parts: say("{failed} of {total} checks, {share} %", **parts),
    report=CheckOutcome,
    stream=Stream(
        name="checks",
        kept=200,  # two days at four checks an hour; what they find is kept once, about 500 bytes compressed
        ident=_ident,
        counts=_counts,
        success=lambda each: "check" if _answered(each) else None,
    ),
    at=attrgetter("evaluated_at"),
    read=1,  # and the last that saw, where DNS kept something from it
    entry=_entry,
    findings=_findings,
    weight=0.5,
)
