"""Overrides of a list manager's defaults, read and validated: every fault at once, each with what would be right."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any, NamedTuple, TypeVar

from monitor.errors import ConfigError

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
PART = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s*([smhdw])")
DURATION = re.compile(rf"(?:{PART.pattern}\s*){{1,5}}")
SHORTEST_PERIOD_S = 1
LONGEST_S = 100 * 366 * 86400  # longer durations are slips of the pen
CURRENT = (9999,)  # stands for the version read, where none is named
MOST = 1_000_000_000  # likewise larger counts and scores
T = TypeVar("T")
Policy = TypeVar("Policy")


def duration(value: Any) -> float:
    """Seconds, from a number of seconds, "7d", or "1d12h" as Mailman writes it. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S:
        return value
    if not isinstance(value, str) or not DURATION.fullmatch(value):
        raise ValueError('is no duration: write seconds or "7d"')
    seconds = math.fsum(float(number) * UNITS_S[unit] for number, unit in PART.findall(value))
    if seconds > LONGEST_S:
        raise ValueError("is longer than a hundred years")
    return int(seconds) if seconds.is_integer() else seconds


def positive_duration(value: Any) -> float:
    """As duration, but more than nothing."""
    if (seconds := duration(value)) <= 0:
        raise ValueError("must be longer than 0 seconds")
    return seconds


def period(value: Any) -> float:
    """How often a timer runs: not more often than once a second."""
    if (seconds := duration(value)) < SHORTEST_PERIOD_S:
        raise ValueError(f"must be at least {SHORTEST_PERIOD_S} second")
    return seconds


def days(value: Any) -> int:
    """Whole days, from a number of days or "10d". Raises ValueError.

    A number as large as a day has seconds is taken for seconds: nobody waits for 236 years.
    """
    if isinstance(value, str) or (isinstance(value, int | float) and value >= UNITS_S["d"]):
        seconds = duration(value)
        if seconds % UNITS_S["d"]:
            raise ValueError("must be whole days")
        return int(seconds // UNITS_S["d"])
    return count(value)


def count(value: Any) -> int:
    """A whole number from 0 up."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST or value != int(value):
        raise ValueError("must be a whole number, 0 or more")
    return int(value)


def positive(value: Any) -> int:
    """A whole number from 1 up."""
    if (number := count(value)) < 1:
        raise ValueError("must be a whole number, 1 or more")
    return number


def hour(value: Any) -> int:
    """An hour of the day."""
    if (number := count(value)) > 23:
        raise ValueError("must be an hour from 0 to 23")
    return number


def points(value: Any) -> float:
    """A score from 0 up, with a fraction where the manager allows one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        raise ValueError("must be a number, 0 or more")
    return value


def switch(value: Any) -> bool:
    """True or false; also the words that configuration files use."""
    if isinstance(value, bool):
        return value
    words = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
    if isinstance(value, int | str) and str(value).strip().lower() in words:
        return words[str(value).strip().lower()]
    raise ValueError("must be true or false")


def one_of(*words: str) -> Callable[[Any], str]:
    """A reader that takes one of these words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return str(value)

    return read


class Key(NamedTuple):
    """One setting: the field of the policy that it fills, and how it is read."""

    field: str  # "": the setting is the manager's own, but nobody is dropped sooner or later for it
    read: Callable[[Any], Any]


def setting(default: T, read: Callable[[Any], Any], *names: str) -> T:
    """A field of a policy: its default, how it is read, and its names in the manager's own configuration."""
    return field(default=default, metadata={"read": read, "names": names})


def keys_of(policy: type[Any], *without_effect: str) -> dict[str, Key]:
    """The settings of a policy by name, and those that may stand in a copied configuration and change nothing here."""
    keys = {
        name: Key(each.name, each.metadata["read"])
        for each in fields(policy)
        for name in each.metadata.get("names", ())
    }
    return keys | {name: Key("", str) for name in without_effect}


def read_policy(current: Policy, keys: Mapping[str, Key], overrides: Mapping[str, Any], manager: str) -> Policy:
    """`current` with the overrides applied. Tables may be nested or dotted. Raises ConfigError with all faults."""
    faults: list[tuple[str, str]] = []
    values = {each.name: getattr(current, each.name) for each in fields(current)}  # type: ignore[arg-type] # a dataclass
    for name, value in flat(overrides).items():
        key = _key(keys, name)
        if key is None:
            known = ", ".join(sorted(known for known, key in keys.items() if key.field))
            faults.append((name, f"is not a setting of {manager}; its settings are {known}"))
            continue
        try:
            if key.field:
                values[key.field] = key.read(value)
        except ValueError as error:
            faults.append((name, str(error)))
    if faults:
        raise ConfigError(f"settings of {manager}", faults)
    return type(current)(**values)


def _key(keys: Mapping[str, Key], name: str) -> Key | None:
    """The setting of that name: in any case, with - for _, and with the unit `_s` behind a duration."""
    plain = name.replace("-", "_").lower()
    return keys.get(name) or keys.get(plain) or keys.get(plain.removesuffix("_s"))


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def version_tuple(version: str | None) -> tuple[int, ...]:
    """The numbers of a version such as "3.3.10"; CURRENT where there are none."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version or "")) or CURRENT
