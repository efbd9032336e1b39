"""The rows of one list and day as they are kept: one document, to which what comes later is added. Pure."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger_field import UNREADABLE, as_json, moment
from monitor.evidence.replies.counted import Row, RowKey
from monitor.model.evidence import AdmissionAction

DAYS_KEPT: Final = timedelta(days=91)
ROWS_MOST: Final = 120  # of one list and day; what comes beyond is counted without its rule and code
ROWS_MOST_OF_ALL: Final = 200  # and beyond these without its receiver and family


def is_kept(day: date, now: datetime) -> bool:
    """Whether rows of that day (UTC) are: of the last quarter, and of no time to come."""
    return now.date() - DAYS_KEPT < day <= now.date() + timedelta(days=1)


def added(rows: Mapping[RowKey, Row], more: Mapping[RowKey, Row]) -> dict[RowKey, Row]:
    """Both together, of one day; where there is no room for another key, under a coarser one."""
    together = dict(rows)
    for key, row in sorted(more.items()):
        kept = _with_room(key, together)
        together[kept] = sum_of(together[kept], row) if kept in together else row
    return together


def sum_of(one: Row, other: Row) -> Row:
    """Two rows of one key as one."""
    newest = max(one, other, key=lambda each: (each.last, each.sample))
    delays = dict(one.delays)
    for power, number in other.delays.items():
        delays[power] = delays.get(power, 0) + number
    return Row(
        attempts=one.attempts + other.attempts,
        recipients=one.recipients + other.recipients,
        first=min(one.first, other.first),
        last=newest.last,
        sample=newest.sample,
        delays=delays,
    )


def write_rows(rows: Mapping[RowKey, Row]) -> str:
    """The document of a day's rows."""
    return as_json([_written(key, row) for key, row in sorted(rows.items())])


def read_rows(day: date, text: str) -> dict[RowKey, Row]:
    """The rows of a day's document; what of it cannot be read is left out."""
    try:
        found = json.loads(text)
    except UNREADABLE:
        return {}
    rows: dict[RowKey, Row] = {}
    for each in found if isinstance(found, list) else ():
        try:
            key, row = _read(day, each)
        except UNREADABLE:
            continue
        rows[key] = sum_of(rows[key], row) if key in rows else row
    return rows


def _with_room(key: RowKey, known: Mapping[RowKey, Row]) -> RowKey:
    for each, most in ((key, ROWS_MOST), (replace(key, rule="", code=""), ROWS_MOST_OF_ALL)):
        if each in known or len(known) < most:
            return each
    return replace(key, receiver=NOBODY_IN_PARTICULAR, family=0, rule="", code="")


def _written(key: RowKey, row: Row) -> list[Any]:
    return [
        key.receiver,
        key.family,
        key.action,
        key.kind,
        key.rule,
        key.code,
        row.attempts,
        row.recipients,
        round(row.first.timestamp(), 3),
        round(row.last.timestamp(), 3),
        row.sample,
        {str(power): number for power, number in sorted(row.delays.items())},
    ]


def _read(day: date, written: Any) -> tuple[RowKey, Row]:
    """As it was written. Raises one of UNREADABLE."""
    receiver, family, action, kind, rule, code, attempts, recipients, first, last, sample, delays = written
    key = RowKey(
        day=day,
        receiver=_text(receiver),
        family=_number(family),
        action=AdmissionAction(action),
        kind=_text(kind),
        rule=_text(rule),
        code=_text(code),
    )
    row = Row(
        attempts=_number(attempts),
        recipients=_number(recipients),
        first=moment(first),
        last=moment(last),
        sample=_text(sample),
        delays={int(power): _number(number) for power, number in delays.items()},
    )
    return key, row


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is no text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("is no whole number")
    return value
