"""One look for all who ask at once, and never one that began before the question."""

import asyncio
import threading

import pytest

from monitor.receiver import one_look
from monitor.receiver.one_look import OneLook


def run(scene):
    asyncio.run(scene())


def test_who_asks_while_a_look_waits_shares_it_and_who_asks_later_gets_another():
    begun, under_way, go = [], threading.Semaphore(0), threading.Semaphore(0)

    def look():
        begun.append(len(begun))
        under_way.release()
        go.acquire()
        return True

    async def scene():
        looks = OneLook(look, every_s=0)
        first = [asyncio.create_task(looks.from_now()) for _ in range(50)]
        await asyncio.to_thread(under_way.acquire)
        later = [asyncio.create_task(looks.from_now()) for _ in range(50)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert begun == [0], "one at a time"
        go.release()
        assert await asyncio.gather(*first) == [True] * 50
        go.release()
        assert await asyncio.gather(*later) == [True] * 50
        assert begun == [0, 1]
        looks.close()

    run(scene)


def test_there_is_one_in_a_while_only():
    """However many guess: the second look waits for its time."""
    calls = []

    async def scene():
        looks = OneLook(lambda: bool(calls.append(1)) or True, every_s=3600)
        await looks.from_now()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(looks.from_now(), 0.05)
        assert calls == [1]
        looks.close()

    run(scene)


def test_what_it_raises_all_get_and_the_next_look_is_a_new_one():
    answers = iter([ValueError("away"), True])

    def look():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def scene():
        looks = OneLook(look, every_s=0)
        found = await asyncio.gather(looks.from_now(), looks.from_now(), return_exceptions=True)
        assert [str(each) for each in found] == ["away", "away"]
        assert await looks.from_now() is True
        looks.close()

    run(scene)


def test_one_that_takes_too_long_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(one_look, "PATIENCE_S", 0.02)
    go = threading.Event()

    async def scene():
        looks = OneLook(go.wait, every_s=0)
        with pytest.raises(TimeoutError):
            await looks.from_now()
        go.set()
        looks.close()

    run(scene)
