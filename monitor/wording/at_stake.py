"""What is at stake at a list, in one line: "48 subscribers at Gmail at risk, from 1 December". Pure.

The subject of a mail, the lead of a page, an entry of a feed: wherever a headline stands. It has no capital and no full
stop. Every form is a whole sentence, for one and for several, so that it can be translated as one.
"""

from datetime import UTC, datetime, tzinfo
from typing import Final

from monitor.model.risk import Assessment
from monitor.risk.seen_findings import counted
from monitor.wording.days import day, is_over, is_today
from monitor.wording.stake import Naming, Stake, State, stake_of

DATED, TODAY, NOW, DATELESS = "dated", "today", "now", "dateless"
Forms = tuple[str, str, str]  # for one, for several, for those whom nobody counted

_FORMS: Final[dict[tuple[State, str], Forms]] = {
    (State.AT_RISK, DATED): (
        "{count} subscriber at {where} at risk, from {day}",
        "{count} subscribers at {where} at risk, from {day}",
        "subscribers at {where} at risk, from {day}",
    ),
    (State.AT_RISK, TODAY): (
        "{count} subscriber at {where} at risk, from today",
        "{count} subscribers at {where} at risk, from today",
        "subscribers at {where} at risk, from today",
    ),
    (State.AT_RISK, NOW): (
        "{count} subscriber at {where} at risk now",
        "{count} subscribers at {where} at risk now",
        "subscribers at {where} at risk now",
    ),
    (State.AT_RISK, DATELESS): (
        "{count} subscriber at {where} at risk",
        "{count} subscribers at {where} at risk",
        "subscribers at {where} at risk",
    ),
    (State.REFUSED, DATED): (
        "{count} subscriber at {where} refused, disabled from {day}",
        "{count} subscribers at {where} refused, disabled from {day}",
        "subscribers at {where} refused, disabled from {day}",
    ),
    (State.REFUSED, TODAY): (
        "{count} subscriber at {where} refused, disabled from today",
        "{count} subscribers at {where} refused, disabled from today",
        "subscribers at {where} refused, disabled from today",
    ),
    (State.REFUSED, NOW): (
        "{count} subscriber at {where} refused, probably disabled already",
        "{count} subscribers at {where} refused, probably disabled already",
        "subscribers at {where} refused, probably disabled already",
    ),
    (State.REFUSED, DATELESS): (
        "{count} subscriber at {where} refused",
        "{count} subscribers at {where} refused",
        "subscribers at {where} refused",
    ),
    (State.SOME_REFUSED, DATELESS): (
        "some posts to {count} subscriber at {where} refused",
        "some posts to {count} subscribers at {where} refused",
        "some posts to subscribers at {where} refused",
    ),
    (State.ONCE_REFUSED, DATELESS): (
        "a post to {count} subscriber at {where} refused",
        "a post to {count} subscribers at {where} refused",
        "a post to subscribers at {where} refused",
    ),
}
_DISABLED: Final = ("{count} subscriber at {where} disabled", "{count} subscribers at {where} disabled")
_DISABLED_MORE: Final = (
    "{count} subscriber at {where} disabled, {more} more at risk",
    "{count} subscribers at {where} disabled, {more} more at risk",
)
_LEFT: Final = ("{count} subscriber at {where} still disabled", "{count} subscribers at {where} still disabled")
_NOBODY_THERE: Final = "mail to {where} would be refused, but none of the counted subscribers is there"
_UNPLACED: Final = "subscribers at risk"  # by what was known before it could no longer be seen
# Where no number stands: what is said where every receiver's level is known, and where it is not.
_PLAIN: Final = {
    State.MEND: ("nobody at risk yet, but something to mend", "something to mend"),
    State.SLIGHT: ("nobody at risk yet, but posts may be refused", "posts may be refused"),
    State.NOBODY: ("nobody at risk", "nothing known to be wrong"),
    State.UNKNOWN: ("not known who is at risk", "not known who is at risk"),
}


def at_stake(
    assessment: Assessment, *, zone: tzinfo = UTC, now: datetime | None = None, name: Naming | None = None
) -> str:
    """That line for an assessment; days are those of `zone`, seen from `now`, or from when the assessment was made."""
    return stake_said(stake_of(assessment, name=name), zone=zone, now=now or assessment.assessed_at)


def stake_said(stake: Stake, *, zone: tzinfo = UTC, now: datetime) -> str:
    """The same for what is at stake as a value."""
    where = places(stake.receivers)
    if stake.state in _PLAIN:
        return _PLAIN[stake.state][0 if stake.all_known else 1]
    if stake.state is State.NOBODY_THERE:
        return _NOBODY_THERE.format(where=where)
    if stake.state is State.LEFT:
        return _of_number(_LEFT, stake.disabled).format(count=counted(stake.disabled), where=where)
    if stake.state is State.DISABLED:
        form = _of_number(_DISABLED_MORE if stake.subscribers else _DISABLED, stake.disabled)
        return form.format(count=counted(stake.disabled), where=where, more=_number(stake))
    if not where:
        return _UNPLACED
    begins, when = stake.begins_at, _when(stake.begins_at, zone=zone, now=now)
    forms = _FORMS.get((stake.state, when)) or _FORMS[stake.state, DATELESS]
    form = forms[2] if not stake.subscribers else _of_number(forms, stake.subscribers)
    return form.format(count=_number(stake), where=where, day="" if begins is None else day(begins, zone=zone, now=now))


def places(names: tuple[str, ...]) -> str:
    """`Gmail`, `Gmail and GMX`, `Gmail and 2 others`."""
    if len(names) > 2:
        return f"{names[0]} and {len(names) - 1} others"
    if len(names) == 2 and " and " in names[1]:
        return ", ".join(names)  # "Gmail, Yahoo and AOL"
    return " and ".join(names)


def _number(stake: Stake) -> str:
    number = stake.subscribers or 0
    return counted(number) if stake.estimated else str(number)


def _of_number(forms: tuple[str, ...], number: int) -> str:
    return forms[0] if number == 1 else forms[1]


def _when(begins_at: datetime | None, *, zone: tzinfo, now: datetime) -> str:
    if begins_at is None:
        return DATELESS
    if is_today(begins_at, now=now, zone=zone):
        return TODAY
    return NOW if is_over(begins_at, now=now, zone=zone) else DATED
