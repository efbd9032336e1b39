"""A receiver beside a test."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.dns.answer import Resolver
from monitor.model.vantage import Vantage
from monitor.receiver.backend import Backend
from monitor.receiver.limits import Limits
from monitor.receiver.server import Receiver, serve


@contextmanager
def in_thread(
    vantage: Vantage,
    *,
    backend: Backend,
    resolver: Resolver,
    limits: Limits | None = None,
    sock: socket.socket | None = None,
) -> Iterator[Receiver]:
    """A receiver beside the caller, in a thread of its own; it listens when the block begins and is gone after it."""
    started = threading.Event()
    outcome: list[Receiver | BaseException] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def ready(receiver: Receiver) -> None:
        outcome.append(receiver)
        started.set()

    def work() -> None:
        try:
            loop.run_until_complete(
                serve(vantage, backend=backend, resolver=resolver, stop=stop, ready=ready, limits=limits, sock=sock)
            )
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            outcome.append(error)
            started.set()
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    thread = threading.Thread(target=work, name="receiver")
    thread.start()
    started.wait()
    first = outcome[0]
    if isinstance(first, BaseException):
        thread.join()
        raise first
    try:
        yield first
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
