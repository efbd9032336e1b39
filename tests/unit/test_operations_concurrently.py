"""Many pieces of work side by side: what is not begun in time is left, and its lease brings it again."""

import threading
from datetime import timedelta

from monitor.operations.concurrently import concurrently


def test_what_is_not_begun_within_its_budget_is_left():
    at, done, lock = [0.0], [], threading.Lock()

    def take_ten_seconds(piece):
        with lock:
            at[0] += 10.0
            done.append(piece)

    concurrently(
        take_ten_seconds, range(32), at_once=1, name="test", begin_within=timedelta(seconds=25), clock=lambda: at[0]
    )
    assert done == [0, 1, 2], "the third began after 20 s, the fourth would have after 30 s"


def test_without_a_budget_everything_is_done():
    done = []
    concurrently(done.append, range(32), at_once=1, name="test", clock=lambda: 1e9 * len(done))
    assert len(done) == 32


def test_a_piece_that_fails_keeps_no_other():
    done = []

    def do(piece):
        if piece == 1:
            raise ValueError
        done.append(piece)

    concurrently(do, range(3), at_once=1, name="test", begin_within=timedelta(seconds=60))
    assert done == [0, 2]
