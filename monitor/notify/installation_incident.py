"""What concerns the whole host: one incident for one cause, told to the administrators. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from monitor.config.settings import Settings
from monitor.incident.blindness import Blind
from monitor.incident.cause import Shared
from monitor.incident.decision import what_to_tell
from monitor.incident.lifecycle import LifePolicy, step
from monitor.incident.maintenance import under_way
from monitor.incident.notify_reason import NotifyPolicy, mark_notified
from monitor.model.findings import Finding
from monitor.model.incidents import ChangeKind, Incident, Notice, Silence
from monitor.model.risk import Assessment, RiskLevel
from monitor.notify.list_incident import News, link_to
from monitor.notify.outbox import notice_id
from monitor.notify.payload import encode, finding_of
from monitor.notify.preferences import MAIL

HOST: Final = "@"  # no list's id begins so
LISTS_TOLD: Final = 100  # of those that share a cause; the page has them all
AT_ONCE: Final = LifePolicy(raise_n=1, raise_m=1, resolve_n=1, resolve_m=1)  # the lists' own incidents were confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something about the host: what it is about, how bad, and for whom. The level ok is its end."""

    subject: str  # stands where a list's id stands: "@ptr.missing:2001:db8::25", "@blind:resolver"
    level: RiskLevel
    reason: str
    findings: tuple[Finding, ...] = ()
    lists: tuple[str, ...] = ()
    title: str = ""  # of a mail; "" for an end


def condition_shared(one: Shared, finding: Finding | None) -> Condition:
    """A cause under many lists; `finding` is one of theirs, for its words and the fix."""
    code, about = one.cause
    what = f"{code} at {about}" if finding is None else finding.message
    return Condition(
        subject=f"{HOST}{code}:{about}",
        level=one.level,
        reason=f"{len(one.lists)} lists are in danger from one cause. {what}",
        findings=() if finding is None else (finding,),
        lists=one.lists,
        title=f"{len(one.lists)} lists in danger from one cause: {code} at {about}",
    )


def condition_blind(one: Blind) -> Condition:
    """A part of ours that cannot see. Nothing is raised about lists meanwhile."""
    return Condition(
        subject=f"{HOST}blind:{one.part}",
        level=RiskLevel.AT_RISK,
        reason=f"{one.sentence} It has been so since {one.since:%Y-%m-%d %H:%M} UTC. Of the lists nothing is raised meanwhile.",
        title=f"Staysub cannot see: {one.part}",
    )


def over(subject: str) -> Condition:
    """The end of a matter."""
    return Condition(subject=subject, level=RiskLevel.OK, reason="It is over.")


def installation_news(
    current: Incident | None, matter: Condition, settings: Settings, *, now: datetime, silences: Iterable[Silence] = ()
) -> News:
    """What this makes of the matter's incident, and what the administrators are told. Like `news`, without owners."""
    thought = Assessment(
        list_id=matter.subject, assessed_at=now, level=matter.level, reason=matter.reason, findings=matter.findings
    )
    incident, change = step(current, [matter.level], thought, AT_ONCE, now=now)
    if incident is None:
        return News(incident=None)
    hushed = (*silences, *under_way(settings.maintenance, matter.subject, now=now))
    policy = NotifyPolicy(remind_every=settings.incidents.remind_every or None)
    decided = what_to_tell(current, incident, change, policy, silences=hushed, now=now)
    incident, heard = decided.incident, decided.heard
    if heard is None:
        return News(incident=incident, change=decided.change, why=decided.why)
    said = encode(_payload(incident, matter, heard.kind, heard.previous_level, settings))
    notices = tuple(
        Notice(
            id=notice_id(incident.id, heard.revision, MAIL, administrator),
            incident_id=incident.id,
            list_id=matter.subject,
            revision=heard.revision,
            type=f"host.risk.{heard.kind}",
            channel=MAIL,
            target=administrator,
            created_at=now,
            payload=said,
            next_attempt_at=now,
        )
        for administrator in dict.fromkeys(settings.notices.administrators)
    )
    return News(
        incident=mark_notified(incident, decided.why, now=now), change=decided.change, notices=notices, why=decided.why
    )


def conditions_now(
    shared: Sequence[Condition], blind: Sequence[Condition], open_subjects: Iterable[str]
) -> tuple[Condition, ...]:
    """All that is to be judged now: what is the matter, and what no longer is."""
    found = {each.subject: each for each in (*shared, *blind)}
    return (*found.values(), *(over(subject) for subject in open_subjects if subject not in found))


def _payload(
    incident: Incident, matter: Condition, kind: ChangeKind, before: RiskLevel, settings: Settings
) -> Mapping[str, Any]:
    count = len(matter.lists)
    about = matter.subject.removeprefix(HOST).replace(":", " ", 1)
    return {
        "incident_id": incident.id,
        "revision": incident.revision,
        "change": kind.value,
        "title": matter.title or f"Over: {about}",
        "level": matter.level.value,
        "previous_level": before.value,
        "reason": matter.reason,
        "findings": [finding_of(each) for each in matter.findings],
        "lists": list(matter.lists[:LISTS_TOLD]),
        "lists_more": max(0, count - LISTS_TOLD),
        "link": link_to(incident, settings),
        "omitted": [],
    }
