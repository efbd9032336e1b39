"""Checks as evidence: what receivers would answer by DNS alone, and what is to be mended in it."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from monitor.evidence.checks.admission import admission_of_check
from monitor.evidence.checks.sporadic import dns_failures, sporadic_findings, troubled
from monitor.evidence.observation import Observation, observed
from monitor.evidence.seen_mail import dkim_of, mail_of
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.metrics import CHECKS as CHECKED
from monitor.metrics import SPF_RESULTS, Counts
from monitor.model.dns import Identity
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import CheckStatus, Finding


def _observations(checks: Sequence[CheckOutcome], evidence: ListEvidence) -> Iterator[Observation]:
    dkim = dkim_of(mail_of(evidence), now=evidence.now)
    for outcome in checks:
        at = outcome.evaluated_at
        for admission in admission_of_check(outcome, evidence.rules, dkim=dkim, on=at.date()):
            yield observed(admission, at=at, source=CHECKS.name)
        yield from dns_failures(outcome, source=CHECKS.name)


def _findings(checks: Sequence[CheckOutcome], _evidence: ListEvidence) -> Iterator[Finding]:
    for newest in checks[:1]:
        yield from newest.findings
    yield from sporadic_findings(checks)


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
    called="checks",
    report=CheckOutcome,
    stream=Stream(
        name="checks",
        kept=200,  # two days at four checks an hour; what they find is kept once, about 500 bytes compressed
        ident=_ident,
        counts=_counts,
        success=lambda each: "check" if _answered(each) else None,
    ),
    at=attrgetter("evaluated_at"),
    read=20,  # five hours at four an hour: what is older weighs nothing against it
    observations=_observations,
    findings=_findings,
    weight=0.5,
)
