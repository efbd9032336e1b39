"""Sympa's score of a subscriber who bounces: how many of the posts since the first bounce came back.

Read in _get_score of src/lib/Sympa/Spindle/ProcessTask.pm, and in Config/Schema.pm, of 6.2.80.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.managers.calendar import DAY_S
from monitor.managers.policy import count, days, duration, one_of, period, points, setting

ACTIONS = ("none", "notify_bouncers", "remove_bouncers")
SOFT_SHARE = 0.5  # of the score where the last status is 4.x.x


def _names(level: int, name: str) -> tuple[str, ...]:
    return f"bouncers_level{level}.{name}", f"bouncers_level{level}_{name}", f"level{level}_{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Defaults of Config/Schema.pm; times of tasks are seconds after the start."""

    level1_rate: float = setting(45, points, *_names(1, "rate"), "default_bounce_level1_rate")
    level1_action: str = setting("notify_bouncers", one_of(*ACTIONS), *_names(1, "action"))
    level2_rate: float = setting(75, points, *_names(2, "rate"), "default_bounce_level2_rate")
    level2_action: str = setting("remove_bouncers", one_of(*ACTIONS), *_names(2, "action"))
    min_count: int = setting(10, count, "minimum_bouncing_count")
    min_period: int = setting(10, days, "minimum_bouncing_period", "minimum_bouncing_period_days")
    delay: int = setting(0, days, "bounce_delay", "bounce_delay_days")
    expire: int = setting(10, days, "expire_days")
    daily_offset: float = setting(3_600, duration, "eval_bouncers_offset")  # expire_bounce and eval_bouncers, daily
    process_offset: float = setting(2 * DAY_S + 7_200, duration, "process_bouncers_offset")
    process_interval: float = setting(7 * DAY_S, period, "process_bouncers_interval")  # process_bouncers, weekly


DEFAULTS = Policy()


def bounce_score(
    policy: Policy, *, first: float, last: float, bounces: int, soft: bool, traffic: Iterable[tuple[int, int]]
) -> int:
    """_get_score: times in seconds since the epoch, traffic as (day since the epoch, posts) in any order."""
    begin, end = int(first // DAY_S) - policy.delay, int(last // DAY_S) - policy.delay
    if bounces < policy.min_count or end - begin < policy.min_period:
        return 0
    within = [(day, posts) for day, posts in traffic if begin <= day <= end]
    posts = sum(posts for _, posts in within) or 1
    earliest = min((day for day, _ in within), default=end)
    adjusted = bounces * (end - earliest) / (end - begin) if end != begin else bounces
    return int(bounces * adjusted / posts * (SOFT_SHARE if soft else 1) + 0.5)
