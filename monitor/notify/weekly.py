"""The weekly digest: what of an owner's lists improved and what got worse. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.config.settings import Settings
from monitor.model.incidents import Notice
from monitor.model.lists import Lists, MailingList
from monitor.model.order import RANK
from monitor.model.risk import Assessment, RiskLevel
from monitor.notify.notice import MAIL, WEEKLY, new_notice, notice_id
from monitor.notify.preferences import digest_of
from monitor.phrase.phrase import Phrase, joined, plural, say
from monitor.wording.stake import stake_of

WEEK: Final = timedelta(days=7)
LATE_AT_MOST: Final = timedelta(days=1)  # what was missed for longer waits for the next week
ENTRIES: Final = 50  # of each kind
REASON_LIMIT: Final = 600  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One list then and now."""

    listed: MailingList
    then: RiskLevel  # a week ago
    now: Assessment


def due_digests(lists: Lists, settings: Settings, *, now: datetime) -> Mapping[str, datetime]:
    """The owners whose moment of the week has come within the last day, and when it was."""
    owners = dict.fromkeys(owner for each in lists if each.digest for owner in each.owners)
    moments = {owner: digest_of(owner, settings) for owner in owners}
    came = {owner: moment.last(now) for owner, moment in moments.items() if moment != "never"}
    return {owner: at for owner, at in came.items() if now - at < LATE_AT_MOST}


def digest_id(owner: str, at: datetime) -> str:
    """The id of the digest of that owner and moment: made twice, it is the same notice."""
    return notice_id(_key(at), 0, MAIL, owner)


def _key(at: datetime) -> str:
    return f"weekly {at.isoformat()}"


def digest(owner: str, weeks: Sequence[Week], *, at: datetime, now: datetime) -> Notice | None:
    """The owner's digest; None where nothing changed and nothing is in danger. An unknown level is neither.

    It is filed under one list and tells of several: so no key stands in it, and its mail is given links when it leaves.
    """
    known = [w for w in weeks if RiskLevel.UNKNOWN not in (w.then, w.now.level)]
    worse = [w for w in known if RANK[w.now.level] > RANK[w.then]]
    better = [w for w in known if RANK[w.now.level] < RANK[w.then]]
    same = [w for w in known if w.now.level is w.then and w.then is not RiskLevel.OK]
    if not (worse or better or same):
        return None
    summary = joined(", ", _counts(len(worse), len(better), len(same)))
    levels = [w.now.level for w in known]
    said: dict[str, Any] = {
        "title": say("[Staysub] Your week: {summary}", summary=summary),
        "summary": summary,
        "until": at.isoformat(),
        "lists": len(weeks),
        "level": max(levels, key=RANK.__getitem__).value,
        "more": sum(max(0, len(each) - ENTRIES) for each in (worse, better, same)),
        **{
            name: [_entry(w) for w in sorted(each, key=_urgency)[:ENTRIES]]
            for name, each in (("worse", worse), ("better", better), ("same", same))
        },
    }
    list_id = weeks[0].listed.id
    return new_notice(_key(at), WEEKLY, (MAIL, owner), list_id=list_id, data=said, now=now)


def _counts(worse: int, better: int, same: int) -> Iterator[Phrase]:
    if worse:
        yield plural("{n} got worse", "{n} got worse", worse)
    if better:
        yield plural("{n} improved", "{n} improved", better)
    if same:
        yield plural("{n} still to be mended", "{n} still to be mended", same)


def _entry(week: Week) -> dict[str, Any]:
    return {
        "list": week.listed.id,
        "was": week.then.value,
        "level": week.now.level.value,
        "reason": week.now.reason if len(week.now.reason) <= REASON_LIMIT else week.now.reason[:REASON_LIMIT],
        "at_stake": stake_of(week.now).document(),
    }


def _urgency(week: Week) -> tuple[int, str]:
    return -RANK[week.now.level], week.listed.id
