"""Each process of the receiver on one processor of those that it may use."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.receiver.processor import keep_on_one_processor
from tests.harness import nothing_raised


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no such call")
def test_each_process_keeps_to_one_processor_and_several_take_turns() -> None:
    """The call is about the thread that makes it, so that threads of the test stand for processes."""

    def kept(number: int) -> set[int]:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(keep_on_one_processor, number).result()
            return thread.submit(os.sched_getaffinity, 0).result()

    usable = sorted(os.sched_getaffinity(0), reverse=True)
    assert [kept(number) for number in range(len(usable) + 1)] == [{each} for each in (*usable, usable[0])]
    assert sorted(os.sched_getaffinity(0), reverse=True) == usable


def test_where_the_system_does_not_allow_it_the_receiver_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A systemd unit can forbid the call."""

    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden, raising=False)
    with nothing_raised():
        keep_on_one_processor(0)
