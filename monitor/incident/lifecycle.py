"""The life of an incident: when a list's levels open, change and end one.

Levels are judged by *n of m*: of the last m levels that are known, n must agree, the newest among them. An unknown
level is no evidence: it neither opens nor changes nor ends anything. Everything here is pure: the same facts give the
same incident, so that a task that runs twice changes nothing the second time.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.incident.entries import change_of, recorded, state_at
from monitor.model.ahead import is_ahead
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, IncidentState
from monitor.model.order import ALARMING, RANK
from monitor.model.risk import Assessment, RiskLevel
from monitor.phrase.phrase import Phrase, joined, listed, plural, say

FLAPPING_WITHIN: Final = timedelta(hours=24)
FLAPPING_FROM: Final = 3  # incidents ended within that time; one more is flapping
FLAPPING_FACTOR_LIMIT: Final = 8  # with assessments every 15 minutes and 2 of 3: four hours of good ones


@dataclass(frozen=True, slots=True, kw_only=True)
class LifePolicy:
    """How many of the last known levels must agree.

    `raise_n` of `raise_m` open or worsen, `resolve_n` of `resolve_m` mend.
    """

    raise_n: int = 2
    raise_m: int = 3
    resolve_n: int = 2
    resolve_m: int = 3
    flapping: int = 0  # incidents of this list that ended within the last day, where they are too many


def damped(policy: LifePolicy, recent: Sequence[Incident], *, now: datetime) -> LifePolicy:
    """The policy for a list whose incidents come and go: each that ended within the last day doubles what ends one.

    `recent` are the list's incidents, newest first. Raising stays as quick as it was: only the good news has to wait.
    """
    ends = [one.resolved_at for one in recent if one.resolved_at is not None]
    ended = [at for at in ends if not is_ahead(at, now) and now - at < FLAPPING_WITHIN]
    if len(ended) < FLAPPING_FROM:
        return policy
    factor = min(2 ** (len(ended) - FLAPPING_FROM + 1), FLAPPING_FACTOR_LIMIT)
    return replace(
        policy, resolve_n=policy.resolve_n * factor, resolve_m=policy.resolve_m * factor, flapping=len(ended)
    )


def reason_in(cause: str) -> str:
    """The reason in the cause of an incident that was raised, without how many assessments had seen it."""
    if isinstance(cause, Phrase) and "reason" in cause.parts:
        reason: str = cause.parts["reason"]
        return reason
    return cause.rpartition(" (")[0] or cause  # as versions kept it that knew one language


def step(
    current: Incident | None,
    levels: Sequence[RiskLevel],
    assessment: Assessment,
    policy: LifePolicy,
    *,
    now: datetime,
) -> tuple[Incident | None, IncidentChange | None]:
    """The incident after this assessment, and the change to tell of, if there is one.

    `current` is the list's incident that is not resolved; `levels` are newest first and include this assessment's. The
    incident may differ from `current` without a change (it is about to end, or new reasons wait to be confirmed): keep
    it then. A danger that too few assessments have seen comes back as a pending incident without a change; where it was
    pending and is seen no longer, None comes back, and it is to be forgotten. A resolved incident comes back with its
    change; after that the list has none.
    """
    newest = levels[0] if levels else assessment.level
    known = [level for level in levels if level is not RiskLevel.UNKNOWN]
    if newest is RiskLevel.UNKNOWN or not known:
        return current, None
    if current is None or current.state is IncidentState.PENDING:
        return _opened(current, known, assessment, policy, now=now)
    if RANK[newest] > RANK[current.level]:
        level = _agreed(known, policy.raise_n, policy.raise_m, worst_first=True)
        if level is not None and RANK[level] > RANK[current.level]:
            return _changed(current, assessment, level, _count(known, policy.raise_n, policy.raise_m), now=now)
    elif RANK[newest] < RANK[current.level]:
        level = _agreed(known, policy.resolve_n, policy.resolve_m, worst_first=False)
        if level is RiskLevel.OK:
            return _resolved(current, assessment, _count(known, policy.resolve_n, policy.resolve_m), now=now)
        if level is newest:  # what is said of a level are the newest assessment's words, which speak of its own alone
            return _changed(current, assessment, level, _count(known, policy.resolve_n, policy.resolve_m), now=now)
    if newest is RiskLevel.OK:
        return replace(current, state=IncidentState.RESOLVING), None
    return _other_reasons(current, assessment, now=now)


def reasons_of(assessment: Assessment) -> tuple[str, ...]:
    """Codes of the findings that are a reason for danger, each once, in order. What we could not find out is none."""
    return tuple(sorted({finding.code for finding in assessment.findings if finding.severity in ALARMING}))


def _opened(
    pending: Incident | None, known: Sequence[RiskLevel], assessment: Assessment, policy: LifePolicy, *, now: datetime
) -> tuple[Incident | None, IncidentChange | None]:
    """An incident at the newest level where enough levels, and the newest, are above ok; else a pending one or none."""
    agreed, level = _agreed(known, policy.raise_n, policy.raise_m, worst_first=True), known[0]
    if agreed in (None, RiskLevel.OK) or level is RiskLevel.OK:
        return _pending(pending, known, assessment, policy, now=now), None
    cause = _seen(assessment, joined("; ", (_count(known, policy.raise_n, policy.raise_m), _again(policy))))
    incident = _begun(pending, known, assessment, ChangeKind.RAISED, cause, now=now)
    return incident, incident.history[-1]


def _pending(
    pending: Incident | None, known: Sequence[RiskLevel], assessment: Assessment, policy: LifePolicy, *, now: datetime
) -> Incident | None:
    """What waits to be confirmed: as it stands while one of the last m levels is above ok, else nothing."""
    window = known[: policy.raise_m]
    if all(level is RiskLevel.OK for level in window):
        return None
    if pending is not None or known[0] is RiskLevel.OK:
        return pending
    seen = sum(level is not RiskLevel.OK for level in window)
    seen_by = plural("seen by {n} assessment", "seen by {n} assessments", seen)
    needed = say("{least} of {all} open an incident", least=policy.raise_n, all=policy.raise_m)
    cause = _seen(assessment, joined("; ", (seen_by, needed)))
    return _begun(None, known, assessment, ChangeKind.PENDING, cause, now=now)


def _begun(
    pending: Incident | None,
    known: Sequence[RiskLevel],
    assessment: Assessment,
    kind: ChangeKind,
    cause: str,
    *,
    now: datetime,
) -> Incident:
    """A new incident, pending or raised; with the id and the history of the pending one that it was before, if any.

    It has the newest level. Before it the list was ok where it was ever known to be; of a list's first assessments
    nothing was known before.
    """
    level = known[0]
    revision, history = (1, ()) if pending is None else (pending.revision + 1, pending.history)
    before = RiskLevel.OK if RiskLevel.OK in known else RiskLevel.UNKNOWN
    if history:
        before = history[0].previous_level
    change = IncidentChange(revision=revision, at=now, kind=kind, level=level, previous_level=before, cause=cause)
    return Incident(
        id=_id_of(assessment) if pending is None else pending.id,
        list_id=assessment.list_id,
        state=IncidentState.PENDING if kind is ChangeKind.PENDING else IncidentState.OPEN,
        level=level,
        worst_level=level,
        opened_at=now,
        changed_at=now,
        reasons=reasons_of(assessment),
        revision=revision,
        history=(*history, change),
    )


def _changed(
    current: Incident, assessment: Assessment, level: RiskLevel, count: Phrase, *, now: datetime
) -> tuple[Incident, IncidentChange]:
    """The incident at another level. Getting worse ends an acknowledgement: it was given for less."""
    worse = RANK[level] > RANK[current.level]
    change = change_of(current, ChangeKind.CHANGED, level, _seen(assessment, count), now=now)
    kept = replace(
        current,
        level=level,
        worst_level=max(current.worst_level, level, key=RANK.__getitem__),
        reasons=reasons_of(assessment),
        unconfirmed_reasons=None,
        unconfirmed_at=None,
        acknowledgement=None if worse else current.acknowledgement,
    )
    return recorded(replace(kept, state=state_at(kept, now)), change), change


def _resolved(
    current: Incident, assessment: Assessment, count: Phrase, *, now: datetime
) -> tuple[Incident, IncidentChange]:
    """The incident at its end."""
    cause = _seen(assessment, count)
    change = change_of(current, ChangeKind.RESOLVED, RiskLevel.OK, cause, now=now)
    ended = replace(
        current,
        state=IncidentState.RESOLVED,
        level=RiskLevel.OK,
        resolved_at=now,
        unconfirmed_reasons=None,
        unconfirmed_at=None,
        acknowledgement=None,
    )
    return recorded(ended, change), change


def _other_reasons(
    current: Incident, assessment: Assessment, *, now: datetime
) -> tuple[Incident, IncidentChange | None]:
    """The incident whose reasons are others than before, once two assessments in a row name the same ones."""
    reasons = reasons_of(assessment)
    kept = replace(current, state=state_at(current, now))
    if reasons == current.reasons or assessment.level is not current.level:
        return replace(kept, unconfirmed_reasons=None, unconfirmed_at=None), None
    if current.unconfirmed_reasons != reasons or current.unconfirmed_at is None:
        return replace(kept, unconfirmed_reasons=reasons, unconfirmed_at=assessment.assessed_at), None
    if assessment.assessed_at <= current.unconfirmed_at:
        return kept, None  # the same assessment again confirms nothing
    before, after = set(current.reasons), set(reasons)
    new, gone = listed(sorted(after - before), "comma"), listed(sorted(before - after), "comma")
    said = (say("new: {codes}", codes=new) if new else "", say("gone: {codes}", codes=gone) if gone else "")
    cause = _seen(assessment, joined("; ", said))
    change = change_of(current, ChangeKind.CHANGED, current.level, cause, now=now)
    confirmed = replace(kept, reasons=reasons, unconfirmed_reasons=None, unconfirmed_at=None)
    return recorded(confirmed, change), change


def _agreed(known: Sequence[RiskLevel], n: int, m: int, *, worst_first: bool) -> RiskLevel | None:
    """The worst (or best) level that n of the last m known levels reach; None where fewer than n are known."""
    window = sorted(known[:m], key=RANK.__getitem__, reverse=worst_first)
    return window[n - 1] if len(window) >= n else None


def _seen(assessment: Assessment, how: Phrase) -> Phrase:
    """The reason, and how it was seen."""
    return say("{reason} ({how})", reason=assessment.reason, how=how)


def _count(known: Sequence[RiskLevel], n: int, m: int) -> Phrase:
    seen = min(m, len(known))
    if seen > 1:
        return say("seen by {seen} of the last {all} assessments", seen=n, all=seen)
    return say("seen by the last assessment")


def _again(policy: LifePolicy) -> str:
    """What to say of a list that flaps."""
    if not policy.flapping:
        return ""
    return say("{n} incidents of this list ended within a day, so this one's end will be told later", n=policy.flapping)


def _id_of(assessment: Assessment) -> str:
    """An id that the same assessment always gives: 80 bits of a digest, fit for a URL."""
    facts = f"{assessment.list_id}\n{assessment.assessed_at.isoformat()}".encode()
    return "inc-" + base64.b32encode(hashlib.sha256(facts).digest()[:10]).decode().lower()
