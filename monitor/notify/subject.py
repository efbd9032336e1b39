"""The subject of each mail, and the one line that says what is at stake: list, receiver, count, day. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from monitor.inert import inert
from monitor.model.incidents import ChangeKind, Notice
from monitor.model.risk import RiskLevel
from monitor.notify.notice import FAILED, MAIL, OF_LIST, SUBSCRIBERS_BEFORE, TEST, WEBHOOK
from monitor.phrase.phrase import Phrase, joined, plural, say
from monitor.wording.at_stake import stake_said
from monitor.wording.days import Days
from monitor.wording.stake import Stake, State, read_stake
from monitor.wording.vocabulary import in_danger, level_word

CHANNELS: Final[Mapping[str, str]] = {MAIL: say("mail"), WEBHOOK: say("webhook")}
SUBJECT_LIMIT: Final = 150  # characters
NAME_LIMIT: Final = 60  # of them for the list's name, so that what is at stake is never pushed out
RESOLVED: Final = f"{OF_LIST}resolved"
REMINDER: Final = f"{OF_LIST}reminder"
ESCALATED: Final = f"{OF_LIST}escalated"
AT_STAKE: Final = (State.DISABLED, State.REFUSED, State.SOME_REFUSED, State.ONCE_REFUSED, State.AT_RISK)


def subject(notice: Notice, data: Mapping[str, Any], days: Days) -> Phrase:
    """`[choir] 48 subscribers at Gmail at risk, from 1 December`, whatever the list is called."""
    name, line = _name(str(data.get("list", notice.list_id))), stake_line(data, days)
    said = {
        FAILED: say(
            "notices by {channel} to {target} fail: {outcome}",
            channel=channel_said(data),
            target=data.get("target"),
            outcome=data.get("outcome"),
        ),
        TEST: say("Test notice from Staysub"),
        RESOLVED: say("ok again: {line}", line=line),
        REMINDER: say("reminder: {line}", line=line),
        ESCALATED: say("nobody has acknowledged: {line}", line=line),
    }.get(notice.type, line)
    return joined("", (f"[{name}] ", said))


def stake_line(data: Mapping[str, Any], days: Days) -> str:
    """What is at stake by a list's payload; of one that another version made, what it says of it."""
    stake = stake_in(data)
    if stake is not None:
        return stake_said(stake, zone=days.zone, now=days.now)
    if data.get("headline"):
        headline: str = data["headline"]
        return headline
    if data.get("level") == RiskLevel.OK:
        return say("no subscribers known to be in danger")
    return say("subscribers in danger") if in_danger(data.get("level")) else say("something to mend")


def stake_in(data: Mapping[str, Any]) -> Stake | None:
    """The same as a value; None where the payload has none."""
    try:
        return read_stake(data["at_stake"])
    except (KeyError, TypeError, ValueError):
        return None


def line_of_digest(members: Iterable[Mapping[str, Any]], *, counts: str, days: Days) -> str:
    """What is at stake at all these lists; where nothing is, their levels."""
    stakes = [stake for data in members if (stake := stake_in(data)) is not None and stake.state in AT_STAKE]
    return stake_said(together(stakes), zone=days.zone, now=days.now) if stakes else counts


def subject_of_digest(line: str, *, lists: int) -> Phrase:
    """How many lists, and that line."""
    return plural("[{n} list] {line}", "[{n} lists] {line}", lists, line=line)


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
        all_known=all(each.all_known for each in found),
    )


def channel_said(data: Mapping[str, Any]) -> Any:
    """How the channel is called that does not work."""
    return CHANNELS.get(str(data.get("channel")), data.get("channel"))


def known_before(data: Mapping[str, Any]) -> str:
    """The level before this change; "" where nothing was known then: of a list's first assessments nothing was."""
    before = data.get("previous_level")
    return "" if before in (None, RiskLevel.UNKNOWN) else str(before)


def of_level(data: Mapping[str, Any], kind: str) -> str:
    """How the level has changed, in a sentence."""
    now, before = str(data.get("level")), known_before(data)
    if not before:
        return say("Its level is {level}.", level=level_word(now))
    if now != before:
        return say("Its level is {level}; it was {before} before.", level=level_word(now), before=level_word(before))
    if kind != ChangeKind.CHANGED:
        return ""
    if SUBSCRIBERS_BEFORE in data:
        return say("Its level is {level} as before, but for more subscribers.", level=level_word(now))
    return say("Its level is {level} as before, but for other reasons.", level=level_word(now))


def one_line(text: str) -> str:
    """The text inert, on one bounded line. No word in it is an encoded one (RFC 2047), which may hold line ends."""
    return inert(" ".join(text.split())).replace("=?", "= ?")[:SUBJECT_LIMIT]


def _name(name: str) -> str:
    clean = inert(" ".join(name.split()))
    return clean if len(clean) <= NAME_LIMIT else f"{clean[: NAME_LIMIT - 1]}…"
