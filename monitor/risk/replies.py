"""What a receiver was seen to refuse lately: its present run of refusals, who is hit, and how many posts. Pure.

A bounce tells of one post and of those it was refused for. Whether a receiver refuses everything, some posts or some
addresses follows from posts refused of those sent, recipients refused of the subscribers there, and which recipients
they were.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

from monitor.evidence.ledger import POSTS, Cell, CellKey, Day, Ledger, Said
from monitor.evidence.replies.counted import Waiting
from monitor.evidence.sketch import Sketch
from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.lists import USUAL_TRAFFIC
from monitor.risk.stuck import stuck_of

SPEAKS_FOR: Final = timedelta(days=30)  # refusals older than this say nothing of today
WEIGHED_DAYS: Final = 35  # days whose recipients are known one by one
FOLLOWED_MOST: Final = 24  # recipients that are followed one by one; the others fare alike
EXPECTED_LEAST: Final = 3.0  # refusals expected and not seen, until a run in which nearly all was refused is over
EXPECTED_OF_SOME: Final = 4.6  # likewise where some posts were taken: by chance so in 1 % (Poisson)
NEARLY_ALL: Final = 0.8
STRETCHES_MOST: Final = 3  # pauses after which a run may have begun
HABIT_LEAST: Final = 3  # days with refusals that show how often there are any
SHORTEST: Final = 1 / 6  # days: posts of one evening say nothing of the night
PAUSE_LEAST: Final = timedelta(days=2)  # a list may rest for a weekend
TIMES_MOST: Final = 20  # bounces of one recipient on one day; no manager that counts each needs more
LATE_MOST: Final = timedelta(days=7)  # a mailbox of bounces that is read more rarely says nothing of today
SETTLES: Final = timedelta(hours=1)  # how long what was mended in DNS may be refused still: a usual time to live
NOTHING: Final = Sketch(POSTS)
MOST_COUNTED: Final = 0.8  # of the estimate: a log that began late, or is one of two, has not counted all
NOT_COUNTED: Final[Mapping[tuple[str, date], int]] = {}
NOTHING_TAKEN: Final[Mapping[tuple[str, int], datetime]] = {}
OWN_SUBSCRIPTION: Final = "canary"  # the source that sees every post go out
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Recipients who fared alike: when each of their bounces came to the list manager, and how many of them."""

    bounces: tuple[datetime, ...]
    share: float  # of all who were refused
    often: float  # share of the days with refusals on which they were refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """A receiver's present run of refusals, or its last one."""

    first: datetime  # of the posts that were refused
    last: datetime
    posts: int  # different ones that were refused
    recipients: int  # refusals: of each post anew
    subscribers: int  # different recipients that were refused
    exact: bool  # whether these were counted one by one
    sent: float  # posts that went out from the first one on, so far as is known
    action: AdmissionAction  # DEFER only where every refusal was a post that the queue gave up
    families: tuple[int, ...]  # over which, where it was told
    rule: str | None
    text: str  # the newest reply
    domains: tuple[str, ...]
    followed: tuple[Followed, ...]
    on: frozenset[date]  # days (UTC) with refusals
    late: timedelta  # how long after a post its refusals reached us, at most
    sent_since: float | None  # posts that went out after the last refusals; None: nobody sees them go out
    latency: timedelta  # until a refused post is back
    gives_up_at: datetime | None = None  # when the queue gives the first of them up; None: they have bounced
    taken_by: int = 0  # other receivers that took any of the refused posts
    per_day: float  # posts that the list sends, as far as is known or these refusals show

    @property
    def days(self) -> int:
        """How many days have refusals."""
        return len(self.on)

    @property
    def often(self) -> float:
        """Days with refusals, of those from the first to the last, but no more than the list has posts."""
        days = (self.last.astimezone(UTC).date() - self.first.astimezone(UTC).date()).days + 1
        return min(self.days / days, self.per_day) or 1.0

    @property
    def pause_allowed(self) -> timedelta:
        """How long nothing may be refused until the run is over."""
        return pause_allowed(self.often) + self.late

    @property
    def is_silent(self) -> bool:
        """Whether refusals that were to be expected of posts seen to go out did not come."""
        if self.sent_since is None:
            return False
        share = self.posts / max(self.posts, self.sent - self.sent_since)
        return self.sent_since * share >= expected(share)


def replies_of(
    ledger: Ledger,
    *,
    latency: Mapping[AdmissionAction, timedelta],
    explained: Callable[[CellKey, Cell], bool] = lambda _key, _cell: False,
    per_day: float,
    traffic_known: bool = True,
    members: Mapping[tuple[str, date], int] = NOT_COUNTED,
    waiting: Sequence[Waiting] = (),
    taken_at: Mapping[tuple[str, int], datetime] = NOTHING_TAKEN,
    now: datetime,
) -> dict[str, tuple[Replies, ...]]:
    """By receiver, so far as any refused anything in the last 30 days: its present run, and others that it may be.

    A run in which refusals came and went may end in a stretch of its own, when it has grown worse, or go on from one
    before a pause: whichever is the worst is to be told. `explained` says which refusals were due to a fault that is
    mended: only where there are no others are these the run. `per_day` is how many posts the list sends; where that is
    not known, as many as were refused are taken for all. `members` is how many different recipients a receiver has
    refused from some day on, where they are counted one by one: else their number is an estimate. Where the mail
    server's log tells what a receiver took, that is what its refusals are held to; what is `waiting` is put off and has
    not bounced yet: a run of its own, the last one. `taken_at` is when a receiver last took any over a family.
    """
    since = (now - SPEAKS_FOR).astimezone(UTC).date()
    cells: dict[str, list[tuple[Day, CellKey, Cell]]] = {}
    taken: dict[str, list[Cell]] = {}
    for day in ledger.days:
        if (now.astimezone(UTC).date() - day.date).days > WEIGHED_DAYS:
            break
        for key, cell in day.replies.items():
            if key.action in REFUSING and cell.members.kept:
                cells.setdefault(key.receiver, []).append((day, key, cell))
            elif key.action is AdmissionAction.ACCEPT:
                taken.setdefault(key.receiver, []).append(cell)
    found: dict[str, tuple[Replies, ...]] = {}
    for receiver, all_of in cells.items():
        if max(day.date for day, _, _ in all_of) < since:
            continue
        of_now = [each for each in all_of if not explained(each[1], each[2])] or all_of
        found[receiver] = tuple(
            _replies(
                ledger,
                receiver,
                of_now,
                all_of,
                run,
                taken=taken.get(receiver, ()),
                elsewhere=[cells for name, cells in taken.items() if name != receiver],
                counted=_counted(members, receiver, min(run)),
                latency=latency,
                per_day=per_day if traffic_known else _shown(of_now, run),
                now=now,
            )
            for run in _runs((day.date for day, _, _ in of_now), per_day=per_day)
        )
    stuck = stuck_of(waiting, taken_at, now=now)
    for receiver in dict.fromkeys(each.receiver for each in stuck):
        put_off = [each for each in stuck if each.receiver == receiver]
        run = _put_off(put_off, taken.get(receiver, ()), latency[AdmissionAction.DEFER], per_day=per_day)
        found[receiver] = (*found.get(receiver, ()), run)
    return found


def _counted(members: Mapping[tuple[str, date], int], receiver: str, begun: date) -> int | None:
    """Who was refused from that day on; of what was put off until the queue gave it up, that day is days behind it."""
    return max((number for (name, day), number in members.items() if name == receiver and day >= begun), default=None)


def _put_off(several: Sequence[Waiting], taken: Sequence[Cell], latency: timedelta, *, per_day: float) -> Replies:
    """A run of posts that are in the queue still."""
    newest = max(several, key=lambda each: (each.last, each.members))
    first, last = min(each.since for each in several), max(each.last for each in several)
    posts = max(each.posts for each in several)
    begun, ended = first.astimezone(UTC).date(), last.astimezone(UTC).date()
    return Replies(
        first=first,
        last=last,
        posts=posts,
        recipients=sum(each.members for each in several),
        subscribers=sum(each.members for each in several),
        exact=len({(each.family, each.kind, each.rule) for each in several}) == len(several),  # else of two logs
        sent=posts + _taken_after(first, taken, NOTHING),
        action=AdmissionAction.DEFER,
        families=tuple(sorted({each.family for each in several if each.family})),
        rule=newest.rule or None,
        text=newest.sample,
        domains=newest.domains,
        followed=(Followed(bounces=(), share=1.0, often=1.0),),
        on=frozenset(begun + timedelta(days=n) for n in range((ended - begun).days + 1)),
        late=timedelta(),
        sent_since=_taken_after(last, taken, NOTHING),
        latency=latency,
        gives_up_at=min(each.queued_at for each in several) + latency,
        per_day=per_day,
    )


def posts_a_day(ledger: Ledger, *, days: int, now: datetime) -> tuple[int, int]:
    """(different posts that were seen to go out in the last so many days, days since the first of them)."""
    today = now.astimezone(UTC).date()
    seen = [each for each in ledger.days if (today - each.date).days < days and each.posts.kept]
    posts = sum(each.posts.number for each in seen)
    return posts, 0 if not seen else (today - seen[-1].date).days + 1


def pause_allowed(often: float) -> timedelta:
    """How long a run with refusals on that share of the days may pause."""
    return max(expected(often) / often * DAY, PAUSE_LEAST)


def expected(share: float) -> float:
    """How many refusals that were to be expected must be missing until a run with that share is over."""
    return EXPECTED_LEAST if share >= NEARLY_ALL else EXPECTED_OF_SOME


def _replies(
    ledger: Ledger,
    receiver: str,
    cells: Sequence[tuple[Day, CellKey, Cell]],
    all_of: Sequence[tuple[Day, CellKey, Cell]],
    run: frozenset[date],
    *,
    taken: Sequence[Cell],
    elsewhere: Sequence[Sequence[Cell]],
    counted: int | None,
    latency: Mapping[AdmissionAction, timedelta],
    per_day: float,
    now: datetime,
) -> Replies:
    in_run = [each for each in cells if each[0].date in run]
    first, last = min(cell.first for _, _, cell in in_run), max(cell.last for _, _, cell in in_run)
    members = _all(cell.members for _, _, cell in in_run)
    posts = _all(cell.posts for _, _, cell in in_run)
    refused = set(posts.kept)
    recipients = sum(_all(cell.recipients for day, _, cell in in_run if day.date == on).number for on in run)
    deferred = all(key.action is AdmissionAction.DEFER for _, key, _ in in_run)
    action = AdmissionAction.DEFER if deferred else AdmissionAction.REJECT
    newest = max(in_run, key=lambda each: (each[2].last, each[1]))[1]
    said = ledger.said.get((receiver, newest.family, newest.rule)) or Said(at=last, text="")
    back = latency[action]
    late = max(back, min(max(cell.told_at - cell.last for _, _, cell in in_run), LATE_MOST))
    exact = counted is not None and members.is_full and counted >= MOST_COUNTED * members.number
    return Replies(
        first=first,
        last=last,
        posts=posts.number,
        recipients=max(recipients, members.number),
        subscribers=counted if exact and counted is not None else members.number,
        exact=exact or not members.is_full,
        sent=_sent(ledger, first, now - late, per_day=per_day, at_least=posts.number)
        if not taken
        else posts.number + _taken_after(first, taken, posts),
        action=action,
        families=tuple(sorted({key.family for _, key, _ in in_run if key.family})),
        rule=newest.rule or None,
        text=said.text,
        domains=said.domains,
        followed=_followed(members, all_of, run, back),
        on=run,
        late=late,
        sent_since=_seen_since(ledger, last, taken, posts, per_day=per_day, now=now),
        latency=back,
        per_day=per_day,
        taken_by=sum(any(not refused.isdisjoint(cell.posts.kept) for cell in cells) for cells in elsewhere),
    )


def _runs(refused: Iterable[date], *, per_day: float) -> list[frozenset[date]]:
    """The present run first; then all that may have begun after a pause, so that the worst can be told."""
    days = sorted(set(refused))
    pauses = [newer for older, newer in pairwise(days) if newer - older > PAUSE_LEAST][-STRETCHES_MOST:]
    present = _present_run(days, per_day=per_day)
    since = (frozenset(day for day in days if day >= begun) for begun in (days[0], *pauses))
    return list(dict.fromkeys((present, *since)))


def _shown(cells: Sequence[tuple[Day, CellKey, Cell]], run: frozenset[date]) -> float:
    """Posts a day that the refusals of a run show by themselves; the usual one where there is a single post."""
    in_run = [cell for day, _, cell in cells if day.date in run]
    first, last = min(cell.first for cell in in_run), max(cell.last for cell in in_run)
    posts = _all(cell.posts for cell in in_run).number
    return (posts - 1) / max((last - first) / DAY, SHORTEST) if posts > 1 else USUAL_TRAFFIC


def _present_run(refused: Iterable[date], *, per_day: float) -> frozenset[date]:
    """The days with refusals up to the last one without a pause in which others were to be expected.

    How often they are to be expected, the days before a pause say, where these are enough to say it; else all days.
    """
    days = sorted(set(refused))
    begun = days[0]
    for number, (older, newer) in enumerate(pairwise(days), start=1):
        before = [day for day in days[:number] if day >= begun]
        often = max(_often(before) if len(before) >= HABIT_LEAST else 0.0, _often(days))
        if newer - older > pause_allowed(min(often, per_day) or 1.0):
            begun = newer
    return frozenset(day for day in days if day >= begun)


def _often(days: Sequence[date]) -> float:
    return len(days) / ((days[-1] - days[0]).days + 1)


def _sent(ledger: Ledger, first: datetime, until: datetime, *, per_day: float, at_least: int) -> float:
    """Posts from the first refused one on: those to be expected by the list's traffic, at least those seen."""
    days = max((until - first) / DAY, 0.0)
    known = sum(each.posts.number for each in ledger.days if each.date >= first.astimezone(UTC).date())
    return max(per_day * days, float(known), float(at_least))


def _sent_since(ledger: Ledger, last: datetime) -> float | None:
    """Posts seen to go out after that day, where a subscription of ours sees them."""
    if not any(source == OWN_SUBSCRIPTION for source, _ in ledger.runs):
        return None
    day = last.astimezone(UTC).date()
    return float(sum(each.posts.number for each in ledger.days if each.date > day))


def _seen_since(
    ledger: Ledger, last: datetime, taken: Sequence[Cell], refused: Sketch, *, per_day: float, now: datetime
) -> float | None:
    """Posts that went out after the last refusals; None where nobody sees them, or no more, as of a log that ended."""
    if not taken:
        return _sent_since(ledger, last)
    newest = max((cell.last for day in ledger.days for cell in day.replies.values()), default=last)
    unseen = per_day * ((now - newest) / DAY)
    return None if unseen >= EXPECTED_OF_SOME else _taken_after(last, taken, refused)


def _taken_after(at: datetime, taken: Sequence[Cell], refused: Sketch) -> float:
    """Different posts that were taken after that time, of those that nobody there was refused.

    Of a day in which it lies, so many as its share of the time between the first and the last that were taken.
    """
    later = [cell for cell in taken if cell.last > at]
    every = Sketch.of_all((refused, *(cell.posts for cell in later)))  # of what it keeps, each part is known exactly
    known = set(every.kept)
    whole = {post for cell in later if cell.first > at for post in known.intersection(cell.posts.kept)}
    spanning = [cell for cell in later if cell.first <= at]
    share = max(((cell.last - at) / (cell.last - cell.first) for cell in spanning), default=0.0)
    partly = {post for cell in spanning for post in known.intersection(cell.posts.kept)} - whole
    found = len(whole.difference(refused.kept)) + math.ceil(len(partly.difference(refused.kept)) * share)
    return found * every.number / len(known) if found else 0.0


def _followed(
    members: Sketch, cells: Sequence[tuple[Day, CellKey, Cell]], run: frozenset[date], latency: timedelta
) -> tuple[Followed, ...]:
    """Those of the run's recipients whose digests are the smallest, by when they were refused."""
    chosen = set(members.kept[:FOLLOWED_MOST])
    when: dict[int, dict[date, tuple[datetime, ...]]] = {each: {} for each in chosen}
    for day, _, cell in cells:
        times = _times(cell)
        for member in chosen.intersection(cell.members.kept):
            when[member][day.date] = max(when[member].get(day.date, ()), times, key=len)
    alike = Counter(tuple(sorted(days.items())) for days in when.values())
    return tuple(
        Followed(
            bounces=tuple(at + latency for _, times in days for at in times),
            share=number / len(chosen),
            often=sum(day in run for day, _ in days) / len(run),
        )
        for days, number in sorted(alike.items())
    )


def _times(cell: Cell) -> tuple[datetime, ...]:
    """When each of a cell's recipients was refused that day, of several posts spread evenly between first and last."""
    number = max(1, min(round(cell.recipients.number / max(cell.members.number, 1)), cell.posts.number, TIMES_MOST))
    return tuple(cell.first + n * (cell.last - cell.first) / max(number - 1, 1) for n in range(number))


def _all(sketches: Iterable[Sketch]) -> Sketch:
    known = tuple(sketches)
    return Sketch.of_all(known) if known else Sketch(1)
