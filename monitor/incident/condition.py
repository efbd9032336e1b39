"""Conditions of the installation: what is wrong for many lists at once, or with ourselves, and when it is over.

Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.incident.blindness import Blind
from monitor.incident.cause import Shared
from monitor.incident.lifecycle import LifePolicy
from monitor.incident.upheaval import Upheaval
from monitor.model.findings import Finding
from monitor.model.incidents import IncidentSubject
from monitor.model.risk import Assessment, RiskLevel

AT_ONCE: Final = LifePolicy(raise_n=1, raise_m=1, resolve_n=1, resolve_m=1)  # what shows it was confirmed before


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something about the installation: what it is about, how bad, and for whom. The level ok is its end."""

    subject: IncidentSubject
    level: RiskLevel
    reason: str
    findings: tuple[Finding, ...] = ()
    lists: tuple[str, ...] = ()
    title: str = ""  # of a mail; "" for an end

    def assessment(self, *, now: datetime) -> Assessment:
        """The condition as what an incident is decided from."""
        return Assessment(
            list_id=self.subject.text, assessed_at=now, level=self.level, reason=self.reason, findings=self.findings
        )


def condition_shared(one: Shared, finding: Finding | None) -> Condition:
    """A cause under many lists; `finding` is one of theirs, for its words and the fix."""
    code, about = one.cause
    what = f"{code} at {about}" if finding is None else finding.message
    return Condition(
        subject=IncidentSubject.condition(code, about),
        level=one.level,
        reason=f"{len(one.lists)} lists have one cause in common. {what}",
        findings=() if finding is None else (finding,),
        lists=one.lists,
        title=f"{len(one.lists)} lists with one cause: {code} at {about}",
    )


def condition_blind(one: Blind) -> Condition:
    """A part of ours that cannot see. Nothing is raised about lists meanwhile, unless others see."""
    meanwhile = "" if one.partly else " Of the lists nothing is raised meanwhile."
    return Condition(
        subject=IncidentSubject.condition("blind", one.part),
        level=RiskLevel.AT_RISK,
        reason=f"{one.sentence} It has been so since {one.since:%Y-%m-%d %H:%M} UTC.{meanwhile}",
        title=f"Staysub cannot see: {one.part}",
    )


def condition_upheaval(one: Upheaval) -> Condition:
    """The store was emptied, replaced or set back: told for a while, and then over by itself."""
    return Condition(
        subject=IncidentSubject.condition("store", one.change),
        level=RiskLevel.AT_RISK,
        reason=one.sentence,
        title=f"Staysub's store: {one.change}",
    )


def over(subject: IncidentSubject) -> Condition:
    """The end of a condition."""
    return Condition(subject=subject, level=RiskLevel.OK, reason="It is over.")


def conditions_now(found: Iterable[Condition], open_subjects: Iterable[IncidentSubject]) -> tuple[Condition, ...]:
    """All that is to be decided about now: what is wrong, and what no longer is."""
    wrong = {each.subject: each for each in found}
    return (*wrong.values(), *(over(subject) for subject in open_subjects if subject not in wrong))
