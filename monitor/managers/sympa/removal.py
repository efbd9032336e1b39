"""Sympa's removal by days.

Its score follows the number of bounces since the first, so that its states are too many to walk through one by one; but
it acts once a week, and between two of these dates only a binomial count grows.

Two things are simplified where not every day has a bounce: the last bounce is taken to be of the day before the weekly
task, and a record is taken never to expire. Both hold wherever removal is possible at all, since a score of 75 within
a year needs bounces on nearly every day.
"""

import math
from itertools import accumulate
from typing import NamedTuple

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import Posts
from monitor.managers.sympa.score import SOFT_SHARE, Policy

NEGLIGIBLE = 1e-9  # probabilities that are left out of a distribution
ALMOST_ALL = 1.0 - 1e-6  # what was left out of distributions is put back where all are removed
LUCK = 6.0  # standard deviations beyond which nothing is reckoned with
LATEST_FIRST = 21  # days within which the first bounce is looked for


class Record(NamedTuple):
    """What stands on record of a member at the midnight before day 1."""

    since: int  # the day of the first bounce, counted from that midnight: less than 0
    bounces: int
    posts: int  # since then
    score: int  # as last evaluated


def sympa_removal(policy: Policy, posts: Posts, *, horizon: int, record: Record | None = None) -> tuple[float, ...]:
    """P(removed by the end of day d), from day 0 on; day 1 is the first failing day, or the first after the record."""
    if record is not None:
        removed = [0.0] * (horizon + 1)
        for day, share in _episode(policy, posts, 0, horizon, record=record):
            removed[day] += share
        return tuple(min(1.0, total) for total in accumulate(removed))
    bounce_day = 1.0 - (1.0 - posts.bounce) ** posts.per_day if posts.per_day >= 1 else posts.bounce * posts.per_day
    removed = [0.0] * (horizon + 1)
    begins, weight = posts.first_day, bounce_day
    while weight > NEGLIGIBLE and begins < posts.first_day + LATEST_FIRST:
        for day, share in _episode(policy, posts, begins, horizon):
            removed[day] += weight * share
        begins, weight = begins + 1, weight * (1.0 - bounce_day)
    sums = list(accumulate(removed))
    whole = sums[-1] if sums[-1] > ALMOST_ALL else 1.0
    return tuple(total / whole for total in sums)


def _episode(
    policy: Policy, stream: Posts, begins: int, horizon: int, record: Record | None = None
) -> list[tuple[int, float]]:
    """(day, share removed on it) where the first bounce comes on the day numbered `begins` from 0, or is on record."""
    levels = [
        level
        for level, action in ((policy.level1_rate, policy.level1_action), (policy.level2_rate, policy.level2_action))
        if action == "remove_bouncers"
    ]
    if not levels:
        return []
    level = min(levels)
    before = record or Record(since=begins, bounces=0, posts=0, score=0)
    # counts[i] is P(offset + i posts bounced and no removal yet), of so many posts
    counts, offset, posts = [1.0], before.bounces // stream.notices, before.posts
    found: list[tuple[int, float]] = []
    for process in _process_days(policy, horizon):
        if record is not None and stream.bounce <= 0:
            return [(process + 1, 1.0)] if record.score >= level else []  # only bounces move a score
        until = before.posts + math.floor((process - begins) * stream.per_day + 0.5)  # posts up to the evening before
        if process - 1 - before.since < policy.min_period or until < max(1, posts) or (until == posts and not record):
            continue
        least = math.ceil(
            _least_count(level, until, policy.min_count, soft=stream.soft) / stream.notices
        )  # posts that bounced
        if offset + len(counts) - 1 + _most(until - posts, stream.bounce) < least:
            continue  # out of reach yet: this week's bounces are counted together with the next one's
        counts, offset = _convolved((counts, offset), _binomial(until - posts, stream.bounce))
        posts = until
        cut = max(0, min(len(counts), least - offset))
        if share := sum(counts[cut:]):
            found.append((process + 1, share))  # the day numbered n from 0 is day n + 1
        counts = counts[:cut]
        if not counts:
            break
    return found


def _process_days(policy: Policy, horizon: int) -> list[int]:
    offset, interval = policy.process_offset, max(policy.process_interval, DAY_S)
    times = (offset + n * interval for n in range(int(horizon * DAY_S / interval) + 1))
    return [int(t // DAY_S) for t in times if t < horizon * DAY_S]


def _least_count(level: float, posts: int, min_count: int, *, soft: bool) -> int:
    """The smallest count whose score reaches the level: int(count^2 / posts * share + 0.5) >= level."""
    share = SOFT_SHARE if soft else 1.0
    least = math.isqrt(max(0, math.ceil((math.ceil(level) - 0.5) * posts / share)))
    while int(least * least / posts * share + 0.5) < level:
        least += 1
    return max(least, min_count)


def _most(trials: int, rate: float) -> int:
    """More bounces than this are not to be reckoned with."""
    return min(trials, math.ceil(trials * rate + LUCK * math.sqrt(trials * rate * (1.0 - rate)) + LUCK))


Counts = tuple[list[float], int]  # (probabilities, the count that the first one is of)


def _binomial(trials: int, rate: float) -> Counts:
    """The binomial distribution where it is not negligible."""
    if rate >= 1.0:
        return [1.0], trials
    most = _most(trials, rate)
    least = max(0, 2 * math.floor(trials * rate) - most)
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    total = math.lgamma(trials + 1)
    values = [
        math.exp(total - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * log_rate + (trials - k) * log_rest)
        for k in range(least, most + 1)
    ]
    return values, least


def _convolved(a: Counts, b: Counts) -> Counts:
    """The distribution of the sum, without its negligible ends."""
    (left, from_left), (right, from_right) = a, b
    product = [0.0] * (len(left) + len(right) - 1)
    for i, x in enumerate(left):
        for j, y in enumerate(right, start=i):
            product[j] += x * y
    begin, end = 0, len(product)
    while begin < end - 1 and product[begin] < NEGLIGIBLE:
        begin += 1
    while end > begin + 1 and product[end - 1] < NEGLIGIBLE:
        end -= 1
    return product[begin:end], from_left + from_right + begin
