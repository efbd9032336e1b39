"""Sympa's score of a subscriber who bounces: how many of the posts since the first bounce came back.

Read in _get_score of src/lib/Sympa/Spindle/ProcessTask.pm, and in Config/Schema.pm, of 6.2.80.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.managers.calendar import DAY_S

SOFT_SHARE = 0.5  # of the score where the last status is 4.x.x


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of Config/Schema.pm; times of tasks are seconds after the start."""

    level1_rate: float = 45
    level1_action: str = "notify_bouncers"
    level2_rate: float = 75
    level2_action: str = "remove_bouncers"
    min_count: int = 10
    min_period: int = 10  # days
    delay: int = 0  # days
    expire: int = 10  # days
    daily_offset: float = 3_600  # expire_bounce and eval_bouncers, daily
    process_offset: float = 2 * DAY_S + 7_200
    process_interval: float = 7 * DAY_S  # process_bouncers, weekly


DEFAULTS = Policy()


def bounce_score(
    policy: Policy, *, first: float, last: float, bounces: int, soft: bool, traffic: Iterable[tuple[int, int]]
) -> int:
    """_get_score: times in seconds since the epoch, traffic as (day since the epoch, posts) in any order."""
    begin, end = int(first // DAY_S) - policy.delay, int(last // DAY_S) - policy.delay
    if bounces < policy.min_count or end - begin < policy.min_period:
        return 0
    counted = [(day, posts) for day, posts in traffic if begin <= day <= end]
    posts = sum(posts for _, posts in counted) or 1
    earliest = min((day for day, _ in counted), default=end)
    adjusted = bounces * (end - earliest) / (end - begin) if end != begin else bounces
    return int(bounces * adjusted / posts * (SOFT_SHARE if soft else 1) + 0.5)
