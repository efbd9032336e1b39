"""One cause under many lists: what a cause is, and which ones are shared. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.model.findings import Finding
from monitor.model.order import ALARMING, RANK
from monitor.model.risk import Assessment, RiskLevel

Cause = tuple[str, str]  # a finding's code, and what it is about
# Evidence of what a finding is about, the first that is there; at last, where no record to publish says it, the sender.
_ABOUT: Final = ("client_ip", "zone", "domain", "helo", "name")
_AT_LAST: Final = "sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A cause and the lists that have it, the worst level among them first."""

    cause: Cause
    level: RiskLevel
    lists: tuple[str, ...]


def cause_of(finding: Finding) -> Cause | None:
    """What makes this finding the same one under another list: its code, and the address or name that it is about.

    None where it is about the list alone, such as its probes.
    """
    about = about_of(finding)
    return (finding.code, about) if about and finding.severity in ALARMING else None


def about_of(finding: Finding) -> str:
    """The address or name that a finding is about; "" where it is about the list alone."""
    said = next((str(finding.evidence[key]) for key in _ABOUT if finding.evidence.get(key)), "")
    if not said and finding.fix is not None and finding.fix.type:
        said = finding.fix.name
    return said or str(finding.evidence.get(_AT_LAST) or "")


def causes_of(assessment: Assessment, reasons: Collection[str]) -> tuple[Cause, ...]:
    """The causes of a list's incident: those of its findings that are among its reasons, each once, in order."""
    found = {cause_of(finding) for finding in assessment.findings if finding.code in reasons}
    return tuple(sorted(cause for cause in found if cause is not None))


def shared(
    lists: Mapping[str, tuple[RiskLevel, Sequence[Cause]]], *, least: int, known: Collection[Cause] = ()
) -> tuple[Shared, ...]:
    """The causes that so many lists have at once; one that is `known` stays shared down to half as many."""
    having: dict[Cause, list[str]] = defaultdict(list)
    for list_id, (_, causes) in lists.items():
        for cause in causes:
            having[cause].append(list_id)
    return tuple(
        Shared(
            cause=cause,
            level=max((lists[each][0] for each in ids), key=RANK.__getitem__),
            lists=tuple(sorted(ids, key=lambda each: (-RANK[lists[each][0]], each))),
        )
        for cause, ids in sorted(having.items())
        if len(ids) >= (max(1, least // 2) if cause in known else least)
    )
