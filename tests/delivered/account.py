"""Two counts of the same replies put side by side: the receivers' own, and what the log was read to tell. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.replies.counted import Row, RowKey
from tests.delivered.receiving import HOSTS

ACTIONS: Final = {2: "accept", 4: "defer", 5: "reject"}
RECEIVERS: Final = {host.name: host.receiver for host in HOSTS}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Whose replies a row counts; "" for none."""

    mailing_list: str  # its reverse-path
    receiver: str
    family: int
    action: str
    status_code: str


@dataclass(frozen=True, slots=True)
class Sum:
    """So many."""

    attempts: int
    recipients: int

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.attempts + other.attempts, self.recipients + other.recipients)


NOTHING: Final = Sum(0, 0)
Counted = Mapping[Key, Sum]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a count is not the receivers' own."""

    key: Key
    true: Sum
    told: Sum


def of_receivers(rows: Iterable[Iterable[Any]]) -> Counted:
    """Of what the receiving side wrote."""
    return _summed(
        (Key(path, RECEIVERS[host] or "", family, ACTIONS[code // 100], enhanced), Sum(attempts, recipients))
        for host, family, path, code, enhanced, attempts, recipients in rows
    )


def of_document(replies: Iterable[Mapping[str, Any]], paths: Mapping[str, str] | None = None) -> Counted:
    """Of the `replies` of a command's JSON; `paths` are lists' reverse-paths by id, where it names them so."""
    return _summed(
        (
            Key(
                (paths or {}).get(each["list"], each["list"]) or "",
                each["receiver"] or "",
                each["family"] or 0,
                each["action"],
                each["status_code"] or "",
            ),
            Sum(each["attempts"], each["recipients"]),
        )
        for each in replies
    )


def of_rows(path: str, rows: Iterable[tuple[RowKey, Row]]) -> Counted:
    """Of what the store has of one list."""
    return _summed(
        (
            Key(path, "" if key.receiver == NOBODY_IN_PARTICULAR else key.receiver, key.family, key.action, key.code),
            Sum(row.attempts, row.recipients),
        )
        for key, row in rows
    )


def only(counted: Counted, paths: Iterable[str]) -> Counted:
    """Those of these lists."""
    wanted = set(paths)
    return {key: each for key, each in counted.items() if key.mailing_list in wanted}


def total(counted: Counted) -> Sum:
    """All together."""
    return sum(counted.values(), NOTHING)


def differences(true: Counted, told: Counted) -> tuple[Difference, ...]:
    """Where they differ."""
    return tuple(
        Difference(key, true.get(key, NOTHING), told.get(key, NOTHING))
        for key in sorted({*true, *told})
        if true.get(key, NOTHING) != told.get(key, NOTHING)
    )


def _summed(rows: Iterable[tuple[Key, Sum]]) -> Counted:
    found: dict[Key, Sum] = {}
    for key, each in rows:
        found[key] = found.get(key, NOTHING) + each
    return found
