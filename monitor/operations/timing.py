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

# Who is at the same list MTA at once, over all workers: however many lists share it, a dripping one holds no more.
CONVERSATIONS_OF_MTA: Final = 2
FOR_A_PLACE: Final = timedelta(seconds=1)  # is waited for; a submission that goes well takes a tenth of it
BUSY_AGAIN: Final = timedelta(seconds=15)  # when somebody is put off who got no place; moved by a half, to come apart
# An MTA whose submissions run out of time is tried less and less often, at most this often.
SLOW_TIMES: Final = 8  # in intervals of probes
SLOW_MOST: Final = timedelta(hours=6)

PROBE_DEADLINE_LEAST: Final = timedelta(minutes=5)
PROBE_DEADLINE_MOST: Final = timedelta(hours=6)


def next_due(now: datetime, every: timedelta, *, chance: float) -> datetime:
    """When work of that interval is due again; `chance` in [0, 1) moves it within ± JITTER of the interval."""
    return now + every * (1 + JITTER * (2 * chance - 1))


def pause_of_slow(every: timedelta, timeouts: int) -> timedelta:
    """How long an MTA is left alone that let so many submissions in succession run out of time; none after none.

    As long as for any that did not take a probe, then twice as long each time, up to eight intervals or six hours.
    """
    if timeouts <= 0:
        return timedelta()
    most = max(every, min(SLOW_TIMES * every, SLOW_MOST))
    doublings: int = min(timeouts - 1, 20)  # far more than the longest pause takes
    return min(min(every, SUBMIT_AGAIN) * (1 << doublings), most)


def probe_deadline(now: datetime, schedule: ScheduleSettings) -> datetime:
    """When a probe that begins now counts as lost: after two intervals, within five minutes and six hours."""
    return now + min(max(2 * schedule.probe_every, PROBE_DEADLINE_LEAST), PROBE_DEADLINE_MOST)


def slot_by_hand(now: datetime) -> int:
    """The slot of a probe that somebody asks for now: negative, none of the schedule's; two of one second are two."""
    return -int(now.timestamp() * 1_000_000)
