"""Many notices to one owner, told in one mail: what it says, and what becomes of those that it tells. Pure.

A fault under many lists (one outbound address without a PTR record) would otherwise be as many mails as lists.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.model.incidents import Notice, NoticeState
from monitor.model.order import ALARMING, LEVELS_URGENT_FIRST
from monitor.notify.notice import DIGEST, MAIL, new_notice, notice_id, said_in
from monitor.phrase.phrase import joined, say
from monitor.wording.vocabulary import level_word


def gather(notices: Sequence[Notice], *, now: datetime, due_at: datetime) -> tuple[Notice, tuple[Notice, ...]]:
    """One notice that tells all of these to their one owner, and these as they stand while it is under way.

    Its id follows from theirs. `due_at` is when it is tried again, should the worker that is about to send it die.
    """
    ordered = sorted(notices, key=lambda one: one.id)
    ids = [one.id for one in ordered]
    owner, said = (MAIL, ordered[0].target), {"notices": ids}
    made = new_notice("", DIGEST, owner, list_id=ordered[0].list_id, data=said, now=now, due_at=due_at)
    digest = replace(made, id=notice_id(*ids))
    return digest, tuple(replace(one, digest_id=digest.id, next_attempt_at=None) for one in ordered)


def member_ids(digest: Notice) -> tuple[str, ...]:
    """The notices that a digest tells."""
    return tuple(json.loads(digest.payload)["notices"])


def ended_with(digest: Notice, members: Iterable[Notice]) -> tuple[Notice, ...]:
    """The members once their digest has ended: as it did. Nothing changes while it is still under way."""
    if digest.state is NoticeState.PENDING:
        return ()
    return tuple(
        replace(
            one,
            state=digest.state,
            finished_at=digest.finished_at,
            next_attempt_at=None,
            attempts=(*one.attempts, *digest.attempts[-1:]),
        )
        for one in members
        if one.state is NoticeState.PENDING and one.digest_id == digest.id
    )


def view(members: Sequence[Notice], pages: Mapping[str, str]) -> dict[str, Any]:
    """What the digest's templates read: lists by causes, the most urgent first; what is over at the end.

    `pages` opens the notices' incidents without a log-in, by the notices' ids.
    """
    newest: dict[str, tuple[Notice, dict[str, Any]]] = {}
    for one in sorted(members, key=lambda each: (each.created_at, each.revision)):
        data = said_in(one)
        newest[one.list_id] = (one, {**data, "link": pages.get(one.id, data.get("link"))})
    groups: dict[tuple[bool, str, tuple[tuple[str, str], ...]], list[dict[str, Any]]] = {}
    for one, data in newest.values():
        over = one.type == "list.risk.resolved"
        causes = () if over else tuple(sorted((f["code"], f["message"]) for f in findings_said(data)))
        groups.setdefault((over, str(data.get("level", "unknown")), causes), []).append(data)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], _urgency(item[0][1]), -len(item[1])))
    shown = [_group(over, level, entries) for (over, level, _), entries in ordered]
    counts: dict[str, int] = {}
    for group in shown:
        word = say("ok again") if group["over"] else level_word(group["level"])
        counts[word] = counts.get(word, 0) + len(group["lists"])
    return {
        "groups": shown,
        "lists": len(newest),
        "counts": joined(", ", (say("{count} {level}", count=count, level=word) for word, count in counts.items())),
    }


def _group(over: bool, level: str, entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: FBT001 - a fact, not a switch
    """Lists that have the same level and causes."""
    entries = sorted(entries, key=lambda data: (data.get("act_by") or "~", str(data.get("list"))))
    return {
        "over": over,
        "level": level,
        "findings": findings_said(entries[0]) if not over else [],
        "record": None if over else _common_record(entries),
        "lists": entries,
    }


def _common_record(entries: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The record to publish where it is the same, at the same name, for all these lists; None: each has its own."""
    wanted = {(str(one.get("record_name")), str(one.get("suggested_record") or "")) for one in entries}
    published = {one.get("record") for one in entries}
    name, value = next(iter(wanted))
    return {"name": name, "value": value} if len(wanted) == 1 and value and value not in published else None


def findings_said(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings of a payload that are a reason for danger."""
    return [f for f in data.get("findings", ()) if f.get("severity") in ALARMING]


def _urgency(level: str) -> int:
    return LEVELS_URGENT_FIRST.index(level) if level in LEVELS_URGENT_FIRST else len(LEVELS_URGENT_FIRST)
