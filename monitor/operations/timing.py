"""The clockwork's numbers and the pure arithmetic over them."""

from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import ScheduleSettings

# A piece of work is ours for this long; killed workers' work is claimed anew afterwards. Longer than the tasks' hard
# time limit (see tasks/options.py; a test holds them together), so that a claim is never worked on twice at once.
LEASE: Final = timedelta(minutes=3)

CLAIMS_A_TICK: Final = 200  # with a tick every two seconds: 100 checks a second, more than one machine does
JITTER: Final = 0.05  # share of the interval by which the next time is moved, so that lists drift apart

# A probe that the list's MTA would not take now is offered again after this, or at the next probe's time if sooner.
SUBMIT_AGAIN: Final = timedelta(minutes=5)


PROBE_DEADLINE_LEAST: Final = timedelta(minutes=5)
PROBE_DEADLINE_MOST: Final = timedelta(hours=6)


def next_due(now: datetime, every: timedelta, *, chance: float) -> datetime:
    """When work of that interval is due again; `chance` in [0, 1) moves it within ± JITTER of the interval."""
    return now + every * (1 + JITTER * (2 * chance - 1))


def probe_deadline(now: datetime, schedule: ScheduleSettings) -> datetime:
    """When a probe that begins now counts as lost: after two intervals, within five minutes and six hours."""
    return now + min(max(2 * schedule.probe_every, PROBE_DEADLINE_LEAST), PROBE_DEADLINE_MOST)


def slot_by_hand(now: datetime) -> int:
    """The slot of a probe that somebody asks for now: negative, none of the schedule's; two of one second are two."""
    return -int(now.timestamp() * 1_000_000)
