"""Rows of replies as JSON: what `import log`, `replies` and the API show. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.replies.counted import Row, RowKey, Waiting

SHARES: Final = (0.5, 0.9)  # of the recipients whose mail was taken: median, and all but the slowest tenth


def rows_document(rows: Iterable[tuple[str, RowKey, Row]]) -> list[dict[str, Any]]:
    """One entry a row, in the order of list (none last), day and key; "" is the id of no list."""
    ordered = sorted(rows, key=lambda each: (not each[0], *each[:2]))
    return [reply_document(*each) for each in ordered]


def reply_document(list_id: str, key: RowKey, row: Row) -> dict[str, Any]:
    """One row; "" is the id of no list."""
    return {
        "list": list_id or None,
        "receiver": named(key.receiver),
        "family": key.family or None,
        "action": key.action,
        "class": key.kind or None,
        "rule": key.rule or None,
        "status_code": key.code or None,
        "attempts": row.attempts,
        "recipients": row.recipients,
        "first": row.first,
        "last": row.last,
        "sample": row.sample,
        "delay_s": {name: delay_until(row.delays, share) for name, share in zip(("median", "p90"), SHARES, strict=True)}
        if row.delays
        else None,
    }


def waiting_document(waiting: Iterable[Waiting]) -> list[dict[str, Any]]:
    """What is in the queue still, by receiver and why."""
    ordered = sorted(waiting, key=lambda each: (each.receiver, each.family, each.kind, each.rule))
    return [
        {
            "receiver": named(each.receiver),
            "family": each.family or None,
            "class": each.kind or None,
            "rule": each.rule or None,
            "posts": each.posts,
            "subscribers": each.members,
            "queued_at": each.queued_at,
            "first": each.since,
            "last": each.last,
            "sample": each.sample,
        }
        for each in ordered
    ]


def delay_until(delays: Mapping[int, int], share: float) -> float | None:
    """Seconds within which that share of the recipients had their mail, at most; None where none had."""
    total, reached = sum(delays.values()), 0
    for power, number in sorted(delays.items()):
        reached += number
        if reached >= share * total and total > 0:
            return float(2**power)
    return None


def named(receiver: str) -> str | None:
    """The receiver's id; None where no provider's data names it."""
    return None if receiver == NOBODY_IN_PARTICULAR else receiver
