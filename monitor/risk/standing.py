"""Where a member stands who has had bounces already: the list manager's own machine, run over them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from monitor.managers.calendar import DAY_S, Calendar
from monitor.managers.machine import AnyMachine, Bounce, Effect
from monitor.managers.replay import TICK_RESOLUTION_S, Event, EventKind, Replay
from monitor.risk.chain import REPLY_S, Pending, Position

DAY = timedelta(days=1)
Bounces = tuple[tuple[datetime, Bounce], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a member stands at the midnight (UTC) at which forecasting begins."""

    begins: date  # tomorrow where something happened to the member today already, else today
    disabled_at: datetime | None = None
    removed_at: datetime | None = None
    position: Position  # the machine's state seen from that midnight, times of day told as roughly as the chain does
    good: bool = False  # nothing is on record
    removed: bool = False  # before forecasting begins
    days: int = 0  # from the Monday from which weekly timers were run to `begins`


def standing(
    machine: AnyMachine,
    bounces: Sequence[tuple[datetime, Bounce]],
    *,
    now: datetime,
    posts: Sequence[datetime] | None = None,
    refused_until: datetime | None = None,
) -> Standing:
    """Where a member stands after these bounces, in any order; those after `now` are left out.

    The machine is run to the midnight at which forecasting begins, with its timers: warnings, probes, removal. Dates
    are UTC's, and weekly timers run from a Monday. `posts` are the times at which the list sent something, for managers
    that heed posts (None: a post stands behind each bounce, and nothing else was sent). What the manager itself sends
    to the member, a probe or warning, is refused likewise until `refused_until` (None: until a day after the last
    bounce), and what it sends later arrives.

    What is approximate: the state tells a bounce's time of the day only as finely as the machine's `times_of_day`, and
    a timer finer than `coarse` allows runs as seldom as that.
    """
    counted = tuple(sorted(((at, bounce) for at, bounce in bounces if at <= now), key=lambda one: one[0]))
    today = now.astimezone(UTC).date()
    if not counted:
        return Standing(begins=today, position=Position(machine.start()), good=True)
    sent = None if posts is None else tuple(sorted(at for at in posts if at <= now))
    morning, evening = _standings(machine, counted, sent, refused_until or counted[-1][0] + DAY, today)
    latest = max(at for at in (counted[-1][0], _by(now, evening.disabled_at), _by(now, evening.removed_at)) if at)
    if latest.astimezone(UTC).date() < today:
        return morning
    return replace(evening, disabled_at=_by(now, evening.disabled_at), removed_at=_by(now, evening.removed_at))


def _by(now: datetime, at: datetime | None) -> datetime | None:
    """What has happened by now."""
    return at if at is not None and at <= now else None


@lru_cache(maxsize=4096)
def _standings(
    machine: AnyMachine, bounces: Bounces, posts: tuple[datetime, ...] | None, refused_until: datetime, today: date
) -> tuple[Standing, Standing]:
    """Where the member stands at the midnight before that day, and after it if nothing more comes in."""
    first = min((bounces[0][0], *(posts or ())[:1])).astimezone(UTC).date()
    start = datetime.combine(first - timedelta(days=first.weekday()), time(), tzinfo=UTC)
    machine = replace(machine.coarse(), calendar=Calendar(start=start))
    replay = Replay(machine, REPLY_S, probes_bounce_until=(refused_until - start).total_seconds())
    sent = [at for at, _ in bounces] if posts is None else posts
    replay.add(Event(at=(at - start).total_seconds(), kind=EventKind.POST) for at in sent)
    replay.add(Event(at=(at - start).total_seconds(), kind=EventKind.BOUNCE, bounce=bounce) for at, bounce in bounces)
    days = (today - start.date()).days
    return _at_midnight(replay, days), _at_midnight(replay, days + 1)


def _at_midnight(replay: Replay, days: int) -> Standing:
    """Where the member stands so many days after the calendar's start: the replay is run to that time."""
    machine, start, by = replay.machine, replay.machine.calendar.start, days * DAY_S
    replay.run(by - TICK_RESOLUTION_S)  # what happens at that very moment is the forecast's
    disabled, removed = (replay.effects[effect][:1] for effect in (Effect.DISABLED, Effect.REMOVED))
    member = machine.rebased(replay.state, by)
    if member == machine.start() and not removed:
        disabled = []  # a manager that only stops mail for a time has forgotten everything
    pending = tuple(Pending(due - by, sent_at - by, what) for due, sent_at, what in replay.coming_back)
    position = Position(member, pending, disabled=bool(disabled))
    return Standing(
        begins=start.date() + timedelta(days=days),
        disabled_at=start + timedelta(seconds=disabled[0]) if disabled else None,
        removed_at=start + timedelta(seconds=removed[0]) if removed else None,
        position=position,
        good=position == Position(machine.start()),
        removed=bool(removed),
        days=days,
    )
