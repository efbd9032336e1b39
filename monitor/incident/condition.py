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
from monitor.incident.upheaval import Change, Upheaval
from monitor.model.findings import Finding
from monitor.model.incidents import IncidentSubject
from monitor.model.risk import Assessment, RiskLevel
from monitor.phrase.phrase import When, joined, plural, say

AT_ONCE: Final = LifePolicy(raise_n=1, raise_m=1, resolve_n=1, resolve_m=1)  # what shows it was confirmed before
TITLES: Final = {
    Change.EMPTIED: say("Staysub's store: emptied"),
    Change.REPLACED: say("Staysub's store: replaced"),
    Change.SET_BACK: say("Staysub's store: set back"),
}


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
    what = say("{code} at {about}", code=code, about=about) if finding is None else finding.message
    number = len(one.lists)
    return Condition(
        subject=IncidentSubject.condition(code, about),
        level=one.level,
        reason=joined(" ", (plural("{n} list has this cause.", "{n} lists have one cause in common.", number), what)),
        findings=() if finding is None else (finding,),
        lists=one.lists,
        title=plural(
            "{n} list with this cause: {code} at {about}",
            "{n} lists with one cause: {code} at {about}",
            number,
            code=code,
            about=about,
        ),
    )


def condition_blind(one: Blind) -> Condition:
    """A part of ours that cannot see. Nothing is raised about lists meanwhile, unless others see."""
    since = one.since and say("It has been so since {moment}.", moment=When(one.since, "moment"))
    meanwhile = "" if one.partly else say("Of the lists nothing is raised meanwhile.")
    return Condition(
        subject=IncidentSubject.condition("blind", one.part),
        level=RiskLevel.AT_RISK,
        reason=joined(" ", (one.sentence, since or "", meanwhile)),
        title=say("Staysub cannot see: {part}", part=one.title),
    )


def condition_upheaval(one: Upheaval) -> Condition:
    """The store was emptied, replaced or set back: told for a while, and then over by itself."""
    return Condition(
        subject=IncidentSubject.condition("store", one.change),
        level=RiskLevel.AT_RISK,
        reason=one.sentence,
        title=TITLES[one.change],
    )


def over(subject: IncidentSubject) -> Condition:
    """The end of a condition."""
    return Condition(subject=subject, level=RiskLevel.OK, reason=say("It is over."))


def conditions_now(found: Iterable[Condition], open_subjects: Iterable[IncidentSubject]) -> tuple[Condition, ...]:
    """All that is to be decided about now: what is wrong, and what no longer is."""
    wrong = {each.subject: each for each in found}
    return (*wrong.values(), *(over(subject) for subject in open_subjects if subject not in wrong))
