"""The web part as a process: uvicorn on the address of `[web] listen`, with a sign of life every few seconds."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import FrameType
from typing import Final

import uvicorn

from monitor.config.host import split_endpoint
from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.store import Store
from monitor.web.app import create_app
from monitor.web.site import no_problem

ALIVE_EVERY: Final = timedelta(seconds=15)
SHUTDOWN_S: Final = 3  # open streams of live updates are cut after this


def serve(
    settings_provider: Callable[[], Settings],
    store: Store,
    clock: Callable[[], datetime],
    *,
    problem_provider: Callable[[], str] = no_problem,
    demo_url: str | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. The listening address is the one at the start; a change of it needs a restart.

    Ends the process with a sentence where the address is taken.
    """
    host, port = split_endpoint(settings_provider().web.listen)
    app = create_app(settings_provider, store, clock, problem_provider=problem_provider, demo_url=demo_url)
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
    )
    done = threading.Event()
    alive = threading.Thread(target=_live, args=(store, clock, done), name="alive", daemon=True)
    alive.start()
    try:
        server.run()
    finally:
        done.set()


class _Server(uvicorn.Server):
    """Tells open streams to end before it waits for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGINT or SIGTERM came."""
        self.config.app.state.closing.set()  # type: ignore[union-attr] # the application is ours
        super().handle_exit(sig, frame)


def _live(store: Store, clock: Callable[[], datetime], done: threading.Event) -> None:
    while True:
        with suppress(StoreUnavailable):  # the pages say so themselves
            store.heartbeats.beat("web", clock())
        if done.wait(ALIVE_EVERY.total_seconds()):
            return
