"""Replay cases as JSON: read and validated, run, answered. The contract of `staysub forecast --replay`."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.errors import ConfigError, UsageError
from monitor.managers.calendar import DAY_S, Calendar
from monitor.managers.catalogue import all_kinds, kind_named, policy_for
from monitor.managers.machine import Bounce, Effect
from monitor.managers.policy import duration
from monitor.managers.replay import Event, EventKind, Replay

CASE_KEYS = {"manager", "version", "timezone", "policy", "start", "events", "posts", "probe_bounces_after", "until"}
SCORE_KEYS = {"manager", "version", "policy", "bounce", "traffic"}
EVENT_KEYS = {"t", "kind", "class", "status_code", "policy"}
EVENT_KINDS = tuple(kind.value for kind in EventKind if kind is not EventKind.POST)
AFTERWARDS_S = 100 * DAY_S  # how long a case without `until` goes on after its last event
MOST_EVENTS = 1_000_000
LONGEST_S = 100 * 366 * DAY_S
START = datetime(2026, 1, 5, tzinfo=UTC)


def answer(document: Any) -> Any:
    """The answer to one case, or to an array of cases. Raises UsageError that names the place of the fault."""
    if isinstance(document, list):
        return [_answered(case, f"[{number}]") for number, case in enumerate(document)]
    return _answered(document, "case")


def _answered(case: Any, place: str) -> dict[str, Any]:
    if not isinstance(case, Mapping):
        raise UsageError(f"{place}: a case is a JSON object.")
    try:
        return _score(case, place) if "bounce" in case else _replayed(case, place)
    except ConfigError as error:
        raise UsageError(f"{place}: {_sentence(error)}") from error


def _sentence(error: ConfigError) -> str:
    """All faults of a policy in one."""
    faults = "; ".join(f"{name} {what}" if what.startswith("is ") else f"{name}: {what}" for name, what in error.faults)
    return f"{error.source}: {faults}."


def _replayed(case: Mapping[str, Any], place: str) -> dict[str, Any]:
    _known(case, CASE_KEYS, place)
    start = _start(case.get("start"), place)
    machine = policy_for(
        _text(case, "manager", place),
        _table(case.get("policy"), f"{place}.policy"),
        version=_optional_text(case, "version", place),
        calendar=Calendar(start=start, zone=_zone(case.get("timezone"), place)),
    )
    given = [_event(e, f"{place}.events[{n}]") for n, e in enumerate(_array(case.get("events"), f"{place}.events"))]
    if case.get("posts") is None:
        # Who does not say when posts were sent had one behind each event that shows that there was one.
        posts = [e.at for e in given if e.kind in {EventKind.BOUNCE, EventKind.DELIVERED}]
    else:
        posts = [_time(t, f"{place}.posts[{n}]") for n, t in enumerate(_array(case["posts"], f"{place}.posts"))]
    after = case.get("probe_bounces_after")
    until = case.get("until")
    replay = Replay(machine, None if after is None else _time(after, f"{place}.probe_bounces_after"))
    replay.add(Event(at=at, kind=EventKind.POST) for at in posts)
    replay.add(given)
    last = max([0, *posts, *(e.at for e in given)])
    try:
        replay.run(last + AFTERWARDS_S if until is None else _time(until, f"{place}.until"))
    except ConfigError as error:  # a set-policy event
        raise UsageError(f"{place}.events: {_sentence(error)}") from error
    return {
        "disabled": [_number(t) for t in replay.effects[Effect.DISABLED]],
        "warnings": [_number(t) for t in replay.effects[Effect.WARNING]],
        "removed": [_number(t) for t in replay.effects[Effect.REMOVED]],
        "probes": [_number(t) for t in replay.effects[Effect.PROBE]],
        "score": None if replay.score is None else _number(replay.score),
    }


def _score(case: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The manager's score of one bounce record, asked directly."""
    _known(case, SCORE_KEYS, place)
    kind = kind_named(_text(case, "manager", place))
    machine = kind.machine_for(_table(case.get("policy"), f"{place}.policy"))
    if kind.score is None:
        able = " and ".join(each.id for each in all_kinds() if each.score is not None)
        raise UsageError(f"{place}: only the score of {able} can be asked directly; give events instead of a bounce.")
    bounce = _table(case["bounce"], f"{place}.bounce")
    _known(bounce, {"first", "last", "count", "status_code"}, f"{place}.bounce")
    status = bounce.get("status_code")
    traffic = []
    for day, posts in _table(case.get("traffic"), f"{place}.traffic").items():
        if not day.isdecimal():
            raise UsageError(f"{place}.traffic: {day!r} is no day since 1970-01-01.")
        traffic.append((int(day), int(_time(posts, f"{place}.traffic.{day}"))))
    return {
        "score": kind.score(
            machine.policy,
            first=_time(bounce.get("first"), f"{place}.bounce.first"),
            last=_time(bounce.get("last"), f"{place}.bounce.last"),
            bounces=int(_time(bounce.get("count"), f"{place}.bounce.count")),
            soft=isinstance(status, str) and status.startswith("4"),
            traffic=traffic,
        )
    }


def _event(value: Any, place: str) -> Event:
    event = _table(value, place)
    _known(event, EVENT_KEYS, place)
    kind = event.get("kind")
    if kind not in EVENT_KINDS:
        raise UsageError(f"{place}.kind: must be one of {', '.join(EVENT_KINDS)}.")
    klass = event.get("class") or "hard"
    if klass not in ("hard", "soft"):  # a tuple: a list from outside has no hash
        raise UsageError(f"{place}.class: must be hard or soft.")
    return Event(
        at=_time(event.get("t"), f"{place}.t"),
        kind=EventKind(kind),
        bounce=Bounce(klass == "hard", _optional_text(event, "status_code", place)),
        policy=_table(event.get("policy"), f"{place}.policy"),
    )


def _known(table: Mapping[str, Any], keys: set[str], place: str) -> None:
    if unknown := sorted(set(table) - keys):
        raise UsageError(f"{place}: {', '.join(unknown)} is not known here; known are {', '.join(sorted(keys))}.")


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(f"{place}: must be a JSON object.")
    return value


def _array(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_EVENTS:
        raise UsageError(f"{place}: must be an array of at most {MOST_EVENTS} entries.")
    return value


def _time(value: Any, place: str) -> float:
    try:
        seconds = duration(value)
    except ValueError as error:
        raise UsageError(f"{place}: {error}.") from error
    if seconds > LONGEST_S:
        raise UsageError(f"{place}: is too large.")
    return seconds


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    if not isinstance(table.get(key), str):
        raise UsageError(f"{place}.{key}: must be a text.")
    return str(table[key])


def _optional_text(table: Mapping[str, Any], key: str, place: str) -> str | None:
    return None if table.get(key) is None else _text(table, key, place)


def _start(value: Any, place: str) -> datetime:
    if value is None:
        return START
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f'{place}.start: must be a time such as "2026-01-05T00:00:00Z".') from error


def _zone(value: Any, place: str) -> Any:
    if value is None or value == "UTC":
        return UTC
    try:
        return ZoneInfo(value)
    except (TypeError, ValueError, OSError, KeyError) as error:
        raise UsageError(f'{place}.timezone: must be a time zone such as "Europe/Berlin".') from error


def _number(value: float) -> float:
    """Whole numbers as such."""
    return int(value) if math.isfinite(value) and value == int(value) else round(value, 6)
