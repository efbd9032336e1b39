"""Silences: what a silence covers, and whether an incident is silenced as a whole."""

import base64
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import product

from monitor.incident.entries import NO_REASON, SOMEBODY
from monitor.model.ahead import is_ahead
from monitor.model.evidence import REFUSING
from monitor.model.incidents import Incident, Silence
from monitor.model.order import ABOVE_OK
from monitor.model.risk import Assessment
from monitor.phrase.phrase import Phrase, When, say


def make(
    *,
    list_id: str | None,
    receiver: str | None,
    finding: str | None,
    by: str,
    reason: str,
    now: datetime,
    until: datetime,
) -> Silence:
    """A new silence. Raises ValueError where its end is past: a silence without an end is a fault that nobody sees."""
    if until <= now:
        raise ValueError(say("a silence needs an end that lies ahead"))
    facts = "\n".join((list_id or "", receiver or "", finding or "", now.isoformat(), until.isoformat())).encode()
    ident = "sil-" + base64.b32encode(hashlib.sha256(facts).digest()[:5]).decode().lower()
    return Silence(
        id=ident, list_id=list_id, receiver=receiver, finding=finding, by=by, reason=reason, created_at=now, until=until
    )


def words_of(silence: Silence) -> Phrase:
    """Who silenced, until when and why, as a history says it."""
    return say(
        "Silenced by {by} until {until}: {reason}",
        by=silence.by or SOMEBODY,
        until=When(silence.until, "moment"),
        reason=silence.reason or NO_REASON,
    )


def in_force(silences: Iterable[Silence], list_id: str, *, now: datetime) -> tuple[Silence, ...]:
    """Those that concern this list now."""
    return tuple(s for s in silences if s.list_id in (None, list_id) and s.created_at <= now < s.until)


def begun_now(silence: Silence, now: datetime) -> Silence:
    """One that was made at a time to come, while the clock ran ahead, from now on and as long as was asked for.

    Else nothing would be silenced until then, and then something that nobody thinks of any more.
    """
    if not is_ahead(silence.created_at, now):
        return silence
    return replace(silence, created_at=now, until=now + (silence.until - silence.created_at))


def is_silenced(
    silences: Iterable[Silence], incident: Incident, receivers: Collection[str] = (), *, now: datetime
) -> bool:
    """Whether every pair of a receiver concerned and a reason is covered by some silence.

    So a silence of one finding does not hide another one, and a silence of one receiver does not hide the others. Where
    no receiver or no reason is known, only a silence that names none covers it.
    """
    active = in_force(silences, incident.list_id, now=now)
    pairs = product(receivers or (None,), incident.reasons or (None,))
    return bool(active) and all(
        any(s.receiver in (None, receiver) and s.finding in (None, reason) for s in active)
        for receiver, reason in pairs
    )


def receivers_concerned(assessment: Assessment) -> tuple[str, ...]:
    """The receivers that refuse the list's mail or will drop its subscribers, each once, in order."""
    forecast = {f.receiver for f in assessment.forecasts if f.level in ABOVE_OK and f.receiver is not None}
    refusing = {a.receiver for a in assessment.admission if a.action in REFUSING}
    return tuple(sorted(forecast | refusing))
