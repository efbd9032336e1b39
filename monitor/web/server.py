"""The web part as a process: uvicorn on the address of `[web] listen`, with a sign of life every few seconds."""

import logging
import threading
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Final

import uvicorn

from monitor.config.endpoints import split_endpoint
from monitor.errors import StaysubError, StoreUnavailable
from monitor.operations.services import Services
from monitor.web.app import create_app
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.stand_in import stand_in

log = logging.getLogger(__name__)

ALIVE_EVERY: Final = timedelta(seconds=15)
SHUTDOWN_S: Final = 3  # open streams of live updates are cut after this


def serve(services: PageServices) -> None:
    """Serve until SIGINT or SIGTERM. The listening address is the one at the start; a change of it needs a restart.

    Ends the process with a sentence where the address is taken.
    """
    host, port = split_endpoint(services.settings().web.listen)
    app = create_app(services)
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
    alive = threading.Thread(target=_live, args=(services, done), name="alive", daemon=True)
    alive.start()
    threading.Thread(target=_look_ahead, args=(app.state.overview_cache,), name="look-ahead", daemon=True).start()
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


def _look_ahead(overview_cache: OverviewCache) -> None:
    """Read the overview's rows once before anybody asks: of ten thousand lists that takes seconds."""
    with suppress(StoreUnavailable):  # the first request says so
        overview_cache.now()


def _live(services: Services, done: threading.Event) -> None:
    while True:
        try:
            services.store.heartbeats.beat("web", services.now())
            stand_in(services)
        except StaysubError as error:  # the pages say so themselves
            log.warning("work_postponed", extra={"work": "watch", "reason": str(error)})
        except Exception:
            log.exception("work_failed", extra={"work": "watch"})  # a fault of ours must not end the signs of life
        if done.wait(ALIVE_EVERY.total_seconds()):
            return
