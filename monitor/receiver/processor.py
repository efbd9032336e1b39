"""Each process of the receiver keeps to one processor, and its threads take short turns on it."""

import contextlib
import os
import sys
from typing import Final

TURN_S: Final = 0.001  # Python's default is 0.005: with 16 messages at work a client's command waited 80 ms each time


def keep_on_one_processor(turn: int) -> None:
    """Let this process run on one of its processors: the last for turn 0, the one before it for turn 1, and so on.

    Python runs one thread at a time (the GIL), and each message goes to and fro between two: where these are on
    different processors, every turn waits for the other one to wake up, which costs a quarter of the time. Call it
    before any thread is started; systems without such a call, or that do not allow it, are let be.
    """
    if hasattr(os, "sched_setaffinity"):
        usable = sorted(os.sched_getaffinity(0), reverse=True)
        with contextlib.suppress(OSError):  # a unit's SystemCallFilter=~@resources
            os.sched_setaffinity(0, {usable[turn % len(usable)]})


def take_short_turns() -> None:
    """Let Python's threads take turns more often, so that clients are answered while long messages are evaluated."""
    sys.setswitchinterval(TURN_S)
