"""What a stream of live updates says, and when."""

import asyncio
import threading

import pytest

from monitor.errors import StoreUnavailable
from monitor.web.pages import events as live
from monitor.web.pages.events import changes


def events(looks, *, seen=None):
    """Everything that the stream says while it looks at those things, one after the other, and is then closed."""
    closing, left = threading.Event(), list(looks)

    def look():
        now = left.pop(0)
        if not left:
            closing.set()
        if isinstance(now, Exception):
            raise now
        return now

    async def read():
        return [event async for event in changes(look, closing, seen=seen)]

    return [event for event in asyncio.run(read()) if event.startswith("event: changed")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(live, "LOOK_EVERY_S", 0.0)


def test_only_what_changes_is_told():
    assert events(["a", "a", "b", "b", "a"]) == ["event: changed\ndata: b\n\n", "event: changed\ndata: a\n\n"]


def test_what_changed_between_page_and_stream_is_told_at_once():
    assert events(["b"], seen="a") == ["event: changed\ndata: b\n\n"]
    assert events(["a"], seen="a") == []


def test_a_store_that_goes_and_comes_back_is_a_change():
    gone = StoreUnavailable("away", reason="network")
    assert [event.split()[-1] for event in events(["a", gone, gone, "a"])] == ["blind", "a"]
