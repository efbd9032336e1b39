"""Durations as the configuration writes them: a number and a unit, such as "30s", "15m", "6h", "2d"."""

import re
from datetime import timedelta

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_FORM = re.compile(r"([0-9]{1,9})([smhd])")


def parse_duration(value: object) -> timedelta:
    """The duration meant by text such as "15m"; a timedelta is returned as it is. Raises ValueError with a sentence."""
    if isinstance(value, timedelta):
        return value
    form = _FORM.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        raise ValueError(f'must be a duration such as "30s", "15m", "6h" or "2d", not {value!r}')
    return int(form[1]) * _UNITS[form[2]]


def write_duration(duration: timedelta) -> str:
    """The shortest text that `parse_duration` reads back; fractions of a second are dropped."""
    seconds = int(duration.total_seconds())
    for unit in ("d", "h", "m"):
        size = int(_UNITS[unit].total_seconds())
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
