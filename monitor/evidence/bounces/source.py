"""Bounces of the list's posts as evidence: what receivers did refuse."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Final

from monitor.evidence.observation import Observation
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.model.evidence import BounceReport


def _observations(reports: Sequence[BounceReport], evidence: ListEvidence) -> Iterable[Observation]:
    """Every refusal by policy, one a post, receiver and family. All refusals of one post bear its time.

    Where the bounce does not tell over which family it was refused, it speaks of each that the list's mail may take;
    where it does not tell the receiver, of those that are nobody in particular.
    """
    return {
        (each.at, each.receiver, family): Observation(
            at=each.at,
            receiver=each.receiver or "generic",
            family=family,
            failed=True,
            source=BOUNCES.name,
            action=each.action,
        )
        for each in reports
        if each.kind == "policy"
        for family in ({each.family} if each.family is not None else evidence.families)
    }.values()


BOUNCES: Final = EvidenceSource(
    name="bounce",
    called="bounces",
    report=BounceReport,
    stream=Stream(
        name="bounces",
        kept=2000,  # reports of refused posts, about 200 bytes each
        ident=lambda each: f"{each.list_id}:{each.id}",
    ),
    at=attrgetter("at"),
    read=500,
    speaks_for=timedelta(days=30),
    observations=_observations,
    only_failures=True,
)
