"""A story's account held against its truth: false alarms, how soon a danger and its end are told, and the dates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.model.incidents import ChangeKind
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel
from tests.histories.account import Account, Heard
from tests.histories.evidence import DAY, moment
from tests.histories.story import EVER, START, Moment, Refused, Story
from tests.histories.world import BEYOND, played, unmended

NEVER: Final = START + 3650 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of the table."""

    name: str
    truth: str
    begins: datetime | None
    ends: datetime | None
    ended: bool  # while it was told
    disabled: float | None  # day of it if nothing is mended, in the world
    false: tuple[str, ...]  # what was told and was not so
    told: timedelta | None  # from the danger's begin
    told_level: RiskLevel | None
    worst: RiskLevel
    over: timedelta | None  # from its end until "ok" was told
    dates: tuple[int, int] | None  # (earliest, latest) of what was told less the true day
    wrong: tuple[str, ...]  # what the story says that is otherwise


def when(account: Account, at: Moment) -> datetime:
    """The moment as a time; one that never came is beyond the story."""
    if not isinstance(at, Refused):
        return NEVER if at == EVER else moment(at)
    back = sorted({each.back for each in account.world.returned if each.refusal.kind == "policy"})
    if len(back) < at.n:
        return NEVER
    return moment(back[at.n - 1]) + timedelta(hours=at.hours)


def measured(account: Account) -> Measured:
    """All that is to be said of it."""
    story = account.story
    begins = ends = None
    if story.danger is not None:
        begins, ends = (when(account, each) for each in story.danger)
        begins = None if begins == NEVER else begins
    wrong: list[str] = []
    false = list(_false(account, begins, ends))
    wrong += false
    alarm = next((each for each in account.heard if begins and each.at >= begins and _loud(each.level, story)), None)
    already = begins is not None and _loud(account.level_told(begins), story)
    told = None if begins is None or alarm is None else alarm.at - begins
    if story.told is not None and begins is not None and not already:
        bound = when(account, story.told)
        if bound < moment(story.days) and (alarm is None or alarm.at > bound):
            wrong.append(f"told {_on(alarm.at) if alarm else 'never'}, not by {_on(bound)}")
    over = _over(account, ends)
    if story.over is not None and ends is not None and ends < moment(story.days):
        if over is None or over > timedelta(hours=story.over):
            wrong.append(f"over {'never' if over is None else _long(over)}, not within {story.over:g} h")
        elif over is not None:
            again = [each for each in account.heard if each.at > ends + over and _above(each.level, story.calm)]
            wrong += [f"raised again {_on(each.at)}: {each.words}" for each in again]
    for at, least, most in story.levels:
        if when(account, at) > moment(story.days):
            wrong.append(f"THE STORY: {at} is not in it")
            continue
        found = [each for each in account.judged if each.assessed_at <= when(account, at)][-1]
        if _above(least, found.level) or _above(found.level, most):
            wrong.append(f"{_on(when(account, at))} {found.level}, not {least} to {most}: {found.reason}")
    if alarm is not None and story.steady:
        for each in account.heard:
            if each.at > alarm.at and (ends is None or each.at < ends) and not _loud(each.level, story):
                wrong.append(f"{each.kind} {each.level} in the danger, {_on(each.at)}: {each.words}")
    wrong += [
        f"{each.kind} {each.level} without a finding {_on(each.at)}: {each.words}"
        for each in _unfounded(account, begins)
    ]
    if story.finding is not None and begins is not None:
        codes = {one.code for each in account.judged if each.assessed_at >= begins for one in each.findings}
        if story.finding not in codes:
            wrong.append(f"no finding {story.finding} but {sorted(codes)}")
    disabled = truly_disabled(story)
    if not story.by_chance and (None if disabled is None else int(disabled // 1)) != story.disabled:
        wrong.append(f"THE STORY: disabled on day {disabled}, not {story.disabled}")
    dates = _dates(account, disabled, ends)
    if dates is not None and story.dates is not None and max(-dates[0], dates[1]) > story.dates:
        wrong.append(f"dates told are {dates[0]:+d} to {dates[1]:+d} days off")
    return Measured(
        name=story.name,
        truth=story.truth,
        begins=begins,
        ends=ends,
        ended=ends is not None and ends < moment(story.days),
        disabled=disabled,
        false=tuple(false),
        told=told,
        told_level=None if alarm is None else alarm.level,
        worst=max((each.level for each in account.heard), key=RANK.__getitem__, default=RiskLevel.OK),
        over=over,
        dates=dates,
        wrong=tuple(wrong),
    )


def truly_disabled(story: Story) -> float | None:
    """The day on which most of those who are refused are disabled if nothing is mended."""
    if not story.refusals:
        return None
    world = played(unmended(story), until=story.days + BEYOND)
    days = [world.disabled(domain) for domain in story.there]
    return min((each for each in days if each is not None), default=None)


def _loud(level: RiskLevel, story: Story) -> bool:
    return RANK[level] >= RANK[story.alarm]


def _above(level: RiskLevel, most: RiskLevel) -> bool:
    return RANK[level] > RANK[most]


def _false(account: Account, begins: datetime | None, ends: datetime | None) -> list[str]:
    """What was told and was worse than what is right outside of the danger."""
    said = []
    for each in account.heard:
        danger = begins is not None and begins <= each.at and (ends is None or each.at < ends)
        if (
            not danger
            and each.kind in {ChangeKind.RAISED, ChangeKind.CHANGED}
            and _above(each.level, account.story.calm)
        ):
            if each.kind is ChangeKind.CHANGED and ends is not None and each.at >= ends:
                continue  # it goes down, or is told in other words; raised anew would be false
            said.append(f"false {each.kind} {each.level} {_on(each.at)}: {each.words}")
    return said


def _unfounded(account: Account, begins: datetime | None) -> list[Heard]:
    """What was told without any finding, where no danger is that a rate of failures alone could tell of."""
    rate = begins is not None or account.story.falters > 0
    return [each for each in account.heard if each.level is not RiskLevel.OK and not each.reasons and not rate][:1]


def _over(account: Account, ends: datetime | None) -> timedelta | None:
    """How long after the end all that was told was no worse than calm."""
    if ends is None:
        return None
    if not _above(account.level_told(ends), account.story.calm):
        return timedelta()
    calm = next((e for e in account.heard if e.at >= ends and not _above(e.level, account.story.calm)), None)
    return None if calm is None else calm.at - ends


def _dates(account: Account, disabled: float | None, ends: datetime | None) -> tuple[int, int] | None:
    """How far the dates told are from the true day: (the earliest, the latest)."""
    if disabled is None:
        return None
    sure, true_day = when(account, account.story.sure), moment(disabled).date()
    off = [
        (forecast.disabled_on.date() - true_day).days
        for each in account.judged
        if each.assessed_at >= sure and (ends is None or each.assessed_at < ends)
        for forecast in each.forecasts
        if forecast.disabled_on is not None and RANK[forecast.level] >= RANK[account.story.alarm]
    ]
    return (min(off), max(off)) if off else None


def _on(at: datetime) -> str:
    return f"day {(at - START) / DAY:.2f}"


def _long(one: timedelta) -> str:
    hours = one / timedelta(hours=1)
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.1f} d"
