"""What is at stake at a list, in one line: "48 subscribers at Gmail at risk, from 1 December". Pure.

The subject of a mail, the lead of a page, an entry of a feed: wherever a headline stands. It has no capital and no full
stop. Every form is a whole sentence, for one and for several, so that it can be translated as one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from monitor.model.risk import Assessment
from monitor.phrase.phrase import Phrase, listed, plural, say
from monitor.risk.reach import OTHERS_WITHIN
from monitor.risk.seen_findings import counted
from monitor.wording.days import day, is_over, is_today
from monitor.wording.stake import Naming, Stake, State, stake_of

DATED, TODAY, NOW, DATELESS = "dated", "today", "now", "dateless"

# What is said of so many subscribers, in figures or as an estimate (`count`), and of those whom nobody counted.
_COUNTED: Final[dict[tuple[State, str], Callable[..., Phrase]]] = {
    (State.AT_RISK, DATED): lambda n, **of: plural(
        "{count} subscriber at {where} at risk, from {day}",
        "{count} subscribers at {where} at risk, from {day}",
        n,
        **of,
    ),
    (State.AT_RISK, TODAY): lambda n, **of: plural(
        "{count} subscriber at {where} at risk, from today",
        "{count} subscribers at {where} at risk, from today",
        n,
        **of,
    ),
    (State.AT_RISK, NOW): lambda n, **of: plural(
        "{count} subscriber at {where} at risk now",
        "{count} subscribers at {where} at risk now",
        n,
        **of,
    ),
    (State.AT_RISK, DATELESS): lambda n, **of: plural(
        "{count} subscriber at {where} at risk",
        "{count} subscribers at {where} at risk",
        n,
        **of,
    ),
    (State.REFUSED, DATED): lambda n, **of: plural(
        "{count} subscriber at {where} refused, disabled from {day}",
        "{count} subscribers at {where} refused, disabled from {day}",
        n,
        **of,
    ),
    (State.REFUSED, TODAY): lambda n, **of: plural(
        "{count} subscriber at {where} refused, disabled from today",
        "{count} subscribers at {where} refused, disabled from today",
        n,
        **of,
    ),
    (State.REFUSED, NOW): lambda n, **of: plural(
        "{count} subscriber at {where} refused, probably disabled already",
        "{count} subscribers at {where} refused, probably disabled already",
        n,
        **of,
    ),
    (State.REFUSED, DATELESS): lambda n, **of: plural(
        "{count} subscriber at {where} refused",
        "{count} subscribers at {where} refused",
        n,
        **of,
    ),
    (State.SOME_REFUSED, DATELESS): lambda n, **of: plural(
        "some posts to {count} subscriber at {where} refused",
        "some posts to {count} subscribers at {where} refused",
        n,
        **of,
    ),
    (State.ONCE_REFUSED, DATELESS): lambda n, **of: plural(
        "a post to {count} subscriber at {where} refused",
        "a post to {count} subscribers at {where} refused",
        n,
        **of,
    ),
}
_NOT_COUNTED: Final[dict[tuple[State, str], Callable[..., Phrase]]] = {
    (State.AT_RISK, DATED): lambda **of: say("subscribers at {where} at risk, from {day}", **of),
    (State.AT_RISK, TODAY): lambda **of: say("subscribers at {where} at risk, from today", **of),
    (State.AT_RISK, NOW): lambda **of: say("subscribers at {where} at risk now", **of),
    (State.AT_RISK, DATELESS): lambda **of: say("subscribers at {where} at risk", **of),
    (State.REFUSED, DATED): lambda **of: say("subscribers at {where} refused, disabled from {day}", **of),
    (State.REFUSED, TODAY): lambda **of: say("subscribers at {where} refused, disabled from today", **of),
    (State.REFUSED, NOW): lambda **of: say("subscribers at {where} refused, probably disabled already", **of),
    (State.REFUSED, DATELESS): lambda **of: say("subscribers at {where} refused", **of),
    (State.SOME_REFUSED, DATELESS): lambda **of: say("some posts to subscribers at {where} refused", **of),
    (State.ONCE_REFUSED, DATELESS): lambda **of: say("a post to subscribers at {where} refused", **of),
}
_UNPLACED: Final = say("subscribers at risk")  # by what was known before it could no longer be seen
# Where no number stands: what is said where every receiver's level is known, and where it is not.
_PLAIN: Final = {
    State.MEND: (say("nobody at risk yet, but something to mend"), say("something to mend")),
    State.SLIGHT: (say("nobody at risk yet, but posts may be refused"), say("posts may be refused")),
    State.NOBODY: (say("nobody at risk"), say("nothing known to be wrong")),
    State.UNKNOWN: (say("not known who is at risk"), say("not known who is at risk")),
}


def at_stake(
    assessment: Assessment, *, zone: tzinfo = UTC, now: datetime | None = None, name: Naming | None = None
) -> Phrase:
    """That line for an assessment; days are those of `zone`, seen from `now`, or from when the assessment was made."""
    return stake_said(stake_of(assessment, name=name), zone=zone, now=now or assessment.assessed_at)


def stake_said(stake: Stake, *, zone: tzinfo = UTC, now: datetime) -> Phrase:
    """The same for what is at stake as a value."""
    where = places(stake.receivers)
    if stake.state in _PLAIN:
        return _PLAIN[stake.state][0 if stake.all_known else 1]
    if stake.state is State.NOBODY_THERE:
        return say("mail to {where} would be refused, but none of the counted subscribers is there", where=where)
    if stake.state is State.LEFT:
        return plural(
            "{count} subscriber at {where} still disabled",
            "{count} subscribers at {where} still disabled",
            stake.disabled,
            count=counted(stake.disabled),
            where=where,
        )
    if stake.state is State.DISABLED:
        return _disabled(stake, where)
    if not where:
        return _UNPLACED
    begins, when = stake.begins_at, _when(stake.begins_at, zone=zone, now=now)
    form = (stake.state, when) if (stake.state, when) in _COUNTED else (stake.state, DATELESS)
    parts: dict[str, Any] = {"where": where}
    if begins is not None and form[1] == DATED:
        parts["day"] = day(begins, zone=zone, now=now)
    if not stake.subscribers:
        return _NOT_COUNTED[form](**parts)
    return _COUNTED[form](stake.subscribers, count=_number(stake), **parts)


def places(names: tuple[str, ...]) -> Phrase:
    """`Gmail`, `Gmail and GMX`, `Gmail and 2 others`; `Gmail, GMX and others` where nobody counted which."""
    if len(names) > 2 and names[-1] == OTHERS_WITHIN:
        if _is_several(names[1]):
            return say("{first} and others", first=names[0])
        return say("{first}, {second} and others", first=names[0], second=names[1])
    if len(names) > 2:
        return plural("{first} and {n} other", "{first} and {n} others", len(names) - 1, first=names[0])
    return listed(names, "comma" if len(names) == 2 and _is_several(names[1]) else "and")  # "Gmail, Yahoo and AOL"


def _is_several(name: str) -> bool:
    """Whether a receiver's name has several in it, as providers call themselves: "Yahoo and AOL"."""
    return " and " in name


def _disabled(stake: Stake, where: str) -> Phrase:
    """Of those who are disabled already, and of whoever may follow."""
    gone = counted(stake.disabled)
    if not stake.subscribers:
        return plural(
            "{count} subscriber at {where} disabled",
            "{count} subscribers at {where} disabled",
            stake.disabled,
            count=gone,
            where=where,
        )
    return plural(
        "{count} subscriber at {where} disabled, {more} more at risk",
        "{count} subscribers at {where} disabled, {more} more at risk",
        stake.disabled,
        count=gone,
        where=where,
        more=_number(stake),
    )


def _number(stake: Stake) -> Any:
    """How many; at least so many, where they are reckoned and more may be at domains that nobody looked up."""
    number: Any = counted(stake.subscribers or 0) if stake.estimated else stake.subscribers
    return number if stake.all_known or stake.state is not State.AT_RISK else say("at least {count}", count=number)


def _when(begins_at: datetime | None, *, zone: tzinfo, now: datetime) -> str:
    if begins_at is None:
        return DATELESS
    if is_today(begins_at, now=now, zone=zone):
        return TODAY
    return NOW if is_over(begins_at, now=now, zone=zone) else DATED
