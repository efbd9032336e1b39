"""What follows from the refusals that were seen: whether they go on, whom they hit, and the dates. Pure.

The list manager's own machine is run over the bounces that it has had, and on from there, so that dates do not run
away: four refused days mean that the next post disables.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.managers.machine import AnyMachine, Bounce
from monitor.model.risk import Hit, SeenRefusals
from monitor.mtas.kind import MtaKind
from monitor.risk.beta import beta_quantile, log_beta
from monitor.risk.curve import ALREADY, Curve, mixture
from monitor.risk.failure_rate import THREE_POINTS
from monitor.risk.forecast import Forecast, forecast
from monitor.risk.grid import rounded
from monitor.risk.replies import SETTLES, SPEAKS_FOR, Followed, Replies
from monitor.risk.retry import REJECTED, bounce_of
from monitor.risk.standing import Standing, standing

ALL_AT_FIRST: Final = 1 / 3  # how often a first refused post is the first of all, not one by what is in it
ALL_OF_SET_UP: Final = 0.95  # likewise where the reply says that it is about how the list's mail is sent
SOME_PRIOR: Final = (0.5, 2.0)  # Beta: the share of posts that are refused where only some are
UNSEEN: Final = 0.2  # chance that a post we expected did not go out, or that its bounce did not reach us
FEW_SHARE: Final = 0.05  # of the subscribers at a receiver: so many addresses are their own affair
FEW: Final = 2  # likewise where nobody knows how many there are
DAILY_LEAST: Final = 3  # days with refusals that make a habit
DAILY_OFTEN: Final = 0.9  # of the days
FEW_MOST: Final = 10  # addresses: more at once have something in common
ENABLED_MOST: Final = 3  # times that somebody may have been enabled again
STILL_COMING: Final = timedelta(days=1)  # posts that were on their way, besides the time that a bounce takes
MOST: Final = 0.5  # of the subscribers there
MOST_DISABLED: Final = 0.9  # of those who were hit: then no more refusals are to be expected
NEGLIGIBLE: Final = 1e-4  # what is less likely is left out
SURELY: Final = 0.99  # as good as 1, which a sum of probabilities may miss
STEADY: Final = 1.0  # prior days at the usual share, against which one recipient's own days are weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOutlook:
    """What becomes of those who were hit: weighted forecasts, day 1 being the day of the first refusal."""

    refusals: SeenRefusals
    parts: tuple[tuple[float, Forecast], ...]
    bounces: float  # P(a post bounces for one of those who are hit)


def seen_outlook(
    replies: Replies,
    *,
    subscribers: int | None,
    mended_at: datetime | None,
    enabled_at: datetime | None = None,
    contradicts: bool,
    of_set_up: bool = False,
    machine: AnyMachine,
    mta: MtaKind,
    per_day: float,
    rest: int = 0,
    now: datetime,
) -> SeenOutlook:
    """The run of refusals with all that follows.

    `enabled_at`: when the list manager said that nobody is disabled. `of_set_up`: whether the reply follows a rule
    about how the list's mail is sent, which every post meets. `rest`: for so many days from now its bounce processing
    is off.
    """
    bounce = bounce_of(replies.action, machine, mta)
    refused_until = replies.last + replies.pause_allowed  # what the manager itself sends is refused likewise
    stand = [
        (
            each,
            _standing(
                machine, each, bounce, refused_until=refused_until, still_coming=STILL_COMING + replies.latency, now=now
            ),
        )
        for each in replies.followed
    ]
    gone = [(each.share, at) for each, one in stand if (at := ended_at(one)) is not None]
    if enabled_at is not None and gone and enabled_at > max(at for _, at in gone):
        gone = []  # somebody has turned them on again, or our reckoning is wrong
    disabled = sum(share for share, _ in gone)
    over_since = _over_since(replies, mended_at, all_gone=disabled >= MOST_DISABLED, now=now)
    share = None if not subscribers else min(1.0, replies.subscribers / subscribers)
    number = replies.subscribers if share is None or not subscribers else min(replies.subscribers, subscribers)
    sent = _sent_until(replies, _median(gone), per_day) if disabled >= MOST_DISABLED else replies.sent
    of_all = of_set_up and replies.subscribers > FEW
    everything, alpha, beta = _posts(replies.posts, sent, at_first=ALL_OF_SET_UP if of_all else ALL_AT_FIRST)
    if replies.gives_up_at is not None:
        rest = max(rest, math.ceil((replies.gives_up_at - now) / timedelta(days=1)))
    refusals = SeenRefusals(
        first=replies.first,
        last=replies.last,
        posts=replies.posts,
        sent=sent,
        recipients=replies.recipients,
        subscribers=number,
        share=share,
        hit=_hit(replies, share, sent, everything, one_tells=of_all),
        action=replies.action,
        families=replies.families,
        rule=replies.rule,
        reply=replies.text,
        domains=replies.domains,
        disabled=round(disabled * number),
        disabled_at=_median(gone),
        removed_on=None if over_since is None else _removal(stand, replies.first, machine=machine, per_day=per_day),
        at_next_post=_next_post_disables(stand, machine, bounce),
        over_since=over_since,
        contradicts=contradicts,
        exact=replies.exact,
        gives_up_at=replies.gives_up_at,
        taken_by=replies.taken_by,
    )
    worlds = _worlds(replies, everything, alpha, beta, per_day) if over_since is None else [(1.0, 0.0, per_day)]
    usual = sum(each.share * each.often for each in replies.followed)
    fates: dict[tuple[Standing, float, float], float] = {}
    for each, one in stand:
        own = _own(each, usual, replies.days)
        for weight, refused, sent_a_day in worlds:
            fate = (one, 0.0 if bounce is None else rounded(min(refused * own, 1.0)), rounded(sent_a_day))
            fates[fate] = fates.get(fate, 0.0) + each.share * weight
    parts = [
        (weight, _from(one, rate, first=replies.first, machine=machine, bounce=bounce, per_day=a_day, rest=rest))
        for (one, rate, a_day), weight in fates.items()
        if weight >= NEGLIGIBLE
    ]
    whole = sum(weight for weight, _ in parts)
    return SeenOutlook(
        refusals=refusals,
        parts=tuple((weight / whole, each) for weight, each in parts),
        bounces=sum(weight * refused * min(1.0, a_day / per_day) for weight, refused, a_day in worlds) * usual,
    )


def ended_at(one: Standing) -> datetime | None:
    """When a member stopped getting mail by the list manager's rules."""
    return min((at for at in (one.disabled_at, one.removed_at) if at is not None), default=None)


def _removal(
    stand: Sequence[tuple[Followed, Standing]], first: datetime, *, machine: AnyMachine, per_day: float
) -> datetime | None:
    """When most of those who are disabled are removed though nothing is refused any more: nobody enabled them."""
    left = [(each.share, one) for each, one in stand if ended_at(one) is not None]
    whole = sum(share for share, _ in left)
    if not machine.removes or not whole:
        return None
    on = [
        (share / whole, _from(one, 0.0, first=first, machine=machine, bounce=None, per_day=per_day, rest=0).removed)
        for share, one in left
    ]
    day = mixture(on).median_days
    return None if day is None else first + timedelta(days=day - 1)


def _next_post_disables(stand: Sequence[tuple[Followed, Standing]], machine: AnyMachine, bounce: Bounce | None) -> bool:
    """Whether one more refused post disables most of those who still get mail."""
    left = [(each.share, one) for each, one in stand if ended_at(one) is None]
    if bounce is None or not left:
        return False
    fall = sum(
        share
        for share, one in left
        if forecast(machine, post_bounces=1.0, messages_per_day=1.0, bounce=bounce, start=one).disabled.by(1) >= SURELY
    )
    return fall > sum(share for share, _ in left) / 2


def day_of(at: datetime | date, first: datetime) -> int:
    """Its number, the day of the first refusal being day 1."""
    on = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return (on - first.astimezone(UTC).date()).days + 1


def _over_since(replies: Replies, mended_at: datetime | None, *, all_gone: bool, now: datetime) -> datetime | None:
    """When the run ended: it was mended, or refusals that were to be expected did not come.

    To those who are disabled nothing is sent, so that nothing can be refused.
    """
    if mended_at is not None and replies.last <= mended_at + SETTLES:
        return mended_at
    if all_gone or replies.sent_since is not None:
        over = (replies.is_silent and not all_gone) or now - replies.last > SPEAKS_FOR
    else:
        over = now - replies.last > replies.pause_allowed
    return replies.last if over else None


def _sent_until(replies: Replies, gone_at: datetime | None, per_day: float) -> float:
    """Posts that could be refused: to those who are disabled none is sent."""
    until = gone_at or replies.last
    return max(float(replies.posts), min(replies.sent, per_day * ((until - replies.first) / timedelta(days=1) + 1)))


def _posts(refused: float, sent: float, *, at_first: float = ALL_AT_FIRST) -> tuple[float, float, float]:
    """(P(every post is refused), and the Beta distribution of their share if only some are)."""
    missing = max(sent - refused, 0.0)
    alpha, beta = SOME_PRIOR[0] + max(refused - 1.0, 0.0), SOME_PRIOR[1] + missing  # counting began with a refusal
    every = math.log(at_first) + missing * math.log(UNSEEN)
    some = math.log1p(-at_first) + log_beta(alpha, beta) - log_beta(*SOME_PRIOR)
    return 1.0 / (1.0 + math.exp(min(700.0, some - every))), alpha, beta


def _worlds(
    replies: Replies, everything: float, alpha: float, beta: float, per_day: float
) -> list[tuple[float, float, float]]:
    """(weight, share of posts that are refused, posts a day).

    Where some posts are refused on every day, that stream goes on as it is: one a day is one a day, not one by chance.
    """
    daily = 0.0
    if replies.days >= DAILY_LEAST and replies.often >= DAILY_OFTEN:
        daily = (1.0 - everything) * _posts(replies.days, replies.days / replies.often)[0]
    rest = 1.0 - everything - daily
    some = [(rest * weight, beta_quantile(point, alpha, beta), per_day) for point, weight in THREE_POINTS]
    return [(everything, 1.0, per_day), (daily, 1.0, min(per_day, replies.posts / replies.days)), *some]


def _own(one: Followed, usual: float, days: int) -> float:
    """How often one recipient is refused where a post is: what was seen of it, little of it weighed by the usual."""
    return (one.often * days + usual * STEADY) / (days + STEADY)


def _hit(replies: Replies, share: float | None, sent: float, everything: float, *, one_tells: bool) -> Hit:
    few = replies.subscribers <= (FEW if share is None else FEW_MOST) and (share is None or share <= FEW_SHARE)
    if replies.posts == 1 and not (one_tells and everything >= 0.5):
        return Hit.ONCE
    if few:
        return Hit.ADDRESSES
    if everything < 0.5 and replies.posts < sent / 2:
        return Hit.POSTS
    return Hit.ALL if share is None or share >= MOST else Hit.PART


def _standing(
    machine: AnyMachine,
    one: Followed,
    bounce: Bounce | None,
    *,
    refused_until: datetime,
    still_coming: timedelta,
    now: datetime,
) -> Standing:
    """Where they stand by the bounces that came; those that the list manager does not read change nothing.

    Who is refused longer after the list manager should have ended it than posts are on their way still gets mail:
    somebody enabled it again.
    """
    had = () if bounce is None else tuple((min(at, now), bounce) for at in one.bounces)
    found = standing(machine, had, now=now, refused_until=refused_until)
    for _ in range(ENABLED_MOST):
        ended = ended_at(found)
        since = () if ended is None else tuple(each for each in had if each[0] > ended + still_coming)
        if not since:
            break
        had, found = since, standing(machine, since, now=now, refused_until=refused_until)
    return found


def _from(
    one: Standing,
    bounces: float,
    *,
    first: datetime,
    machine: AnyMachine,
    bounce: Bounce | None,
    per_day: float,
    rest: int,
) -> Forecast:
    """Both curves of a member from the first refusal on: what has happened, and what is to come.

    Bounces go on coming at their pace: those of posts that the queue gives up are on their way already.
    """
    onward = forecast(
        machine,
        post_bounces=bounces,
        messages_per_day=per_day,
        bounce=bounce or REJECTED,
        start=one,
    )
    begins = day_of(one.begins, first) - 1 + rest
    return Forecast(
        disabled=_stepped(ended_at(one), onward.disabled, begins, first),
        removed=_stepped(one.removed_at, onward.removed, begins, first),
    )


def _stepped(happened: datetime | None, onward: Curve, begins: int, first: datetime) -> Curve:
    if happened is None:
        return onward.later(begins) if begins >= 0 else onward.sooner(-begins)
    return ALREADY if day_of(happened, first) <= 0 else Curve((0.0, 1.0), begins=day_of(happened, first) - 1)


def _median(gone: Sequence[tuple[float, datetime]]) -> datetime | None:
    """When half of those who are gone were."""
    total, so_far = sum(share for share, _ in gone), 0.0
    for share, at in sorted(gone, key=lambda each: each[1]):
        so_far += share
        if so_far >= total / 2:
            return at
    return None
