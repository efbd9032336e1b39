"""The subject of each mail, and the one line that says what is at stake: list, receiver, count, day. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from monitor.inert import inert
from monitor.model.incidents import ChangeKind, Notice
from monitor.model.risk import RiskLevel
from monitor.notify.notice import FAILED, OF_LIST, TEST
from monitor.wording.at_stake import stake_said
from monitor.wording.days import Days
from monitor.wording.stake import Stake, State, read_stake
from monitor.wording.vocabulary import in_danger, level_word

SUBJECT_LIMIT: Final = 150  # characters
NAME_LIMIT: Final = 60  # of them for the list's name, so that what is at stake is never pushed out
RESOLVED: Final = f"{OF_LIST}resolved"
REMINDER: Final = f"{OF_LIST}reminder"
ESCALATED: Final = f"{OF_LIST}escalated"
AT_STAKE: Final = (State.DISABLED, State.REFUSED, State.SOME_REFUSED, State.ONCE_REFUSED, State.AT_RISK)


def subject(notice: Notice, data: Mapping[str, Any], days: Days) -> str:
    """`[choir] 48 subscribers at Gmail at risk, from 1 December`: one line, whatever the list is called."""
    name, line = _name(str(data.get("list", notice.list_id))), stake_line(data, days)
    said = {
        FAILED: f"notices by {data.get('channel')} to {data.get('target')} fail: {data.get('outcome')}",
        TEST: "Test notice from Staysub",
        RESOLVED: f"ok again: {line}",
        REMINDER: f"reminder: {line}",
        ESCALATED: f"nobody has acknowledged: {line}",
    }.get(notice.type, line)
    return one_line(f"[{name}] {said}")


def stake_line(data: Mapping[str, Any], days: Days) -> str:
    """What is at stake by a list's payload; of one that another version made, what it says of it."""
    stake = stake_in(data)
    if stake is not None:
        return stake_said(stake, zone=days.zone, now=days.now)
    if data.get("headline"):
        return str(data["headline"])
    if data.get("level") == RiskLevel.OK:
        return "no subscribers known to be in danger"
    return "subscribers in danger" if in_danger(data.get("level")) else "something to mend"


def stake_in(data: Mapping[str, Any]) -> Stake | None:
    """The same as a value; None where the payload has none."""
    try:
        return read_stake(data["at_stake"])
    except (KeyError, TypeError, ValueError):
        return None


def subject_of_digest(members: Iterable[Mapping[str, Any]], *, lists: int, counts: str, days: Days) -> str:
    """How many lists, and what is at stake at all of them; where nothing is, their levels."""
    stakes = [stake for data in members if (stake := stake_in(data)) is not None and stake.state in AT_STAKE]
    mark = "[1 list]" if lists == 1 else f"[{lists} lists]"
    return one_line(f"{mark} {stake_said(together(stakes), zone=days.zone, now=days.now) if stakes else counts}")


def together(stakes: Iterable[Stake]) -> Stake:
    """What is at stake at several lists: all subscribers, all receivers, the first day."""
    found = list(stakes)
    numbers = [each.subscribers for each in found]
    known = None if None in numbers else sum(each.disabled + (each.subscribers or 0) for each in found)
    dates = [each.begins_at for each in found if each.begins_at is not None]
    return Stake(
        state=State.AT_RISK,
        subscribers=known,
        estimated=any(each.estimated for each in found),
        receivers=tuple(dict.fromkeys(name for each in found for name in each.receivers)),
        begins_at=min(dates, default=None),
    )


def of_level(data: Mapping[str, Any], kind: str) -> str:
    """How the level has changed, in a sentence."""
    now, before = level_word(data.get("level")), level_word(data.get("previous_level"))
    if now != before:
        return f"Its level is {now}; it was {before} before."
    return f"Its level is {now} as before, but for other reasons." if kind == ChangeKind.CHANGED else ""


def one_line(text: str) -> str:
    """The text inert, on one bounded line."""
    return inert(" ".join(text.split()))[:SUBJECT_LIMIT]


def _name(name: str) -> str:
    clean = inert(" ".join(name.split()))
    return clean if len(clean) <= NAME_LIMIT else f"{clean[: NAME_LIMIT - 1]}…"
