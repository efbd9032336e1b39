"""The web part as a process: uvicorn on the address of `[web] listen`, with a sign of life every few seconds."""

import asyncio
import logging
import socket
import threading
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from monitor.config.endpoints import split_endpoint
from monitor.doors.files import allow_files
from monitor.errors import StaysubError, StoreUnavailable
from monitor.operations.services import Services
from monitor.web.access.requests import HEADER_OCTETS
from monitor.web.app import create_app
from monitor.web.http_connection import CONNECTIONS, HttpDoor
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.stand_in import stand_in
from monitor.web.store_condition import StoreCondition

log = logging.getLogger(__name__)

ALIVE_EVERY: Final = timedelta(seconds=15)
SHUTDOWN_S: Final = 3  # open streams of live updates are cut after this
BACKLOG: Final = 256  # connections that the kernel holds for us, and asyncio takes at once
SPARE_FILES: Final = 256 + 2 * BACKLOG  # the store, logs, threads at work; what came at once, before others have gone
TICKS_A_SECOND: Final = 10  # of uvicorn's main loop


def serve(services: PageServices) -> None:
    """Serve until SIGINT or SIGTERM. The listening address is the one at the start; a change of it needs a restart.

    Ends the process with a sentence where the address is taken.
    """
    app = create_app(services)
    server = WebServer(services, app)
    done = threading.Event()
    alive = threading.Thread(target=_live, args=(services, app.state.store_condition, done), name="alive", daemon=True)
    alive.start()
    threading.Thread(target=_look_ahead, args=(app.state.overview_cache,), name="look-ahead", daemon=True).start()
    try:
        server.run()
    finally:
        done.set()


class WebServer(uvicorn.Server):
    """uvicorn with our door: it ends what takes too long, and tells open streams to end before it waits for them."""

    def __init__(self, services: PageServices, app: FastAPI) -> None:
        host, port = split_endpoint(services.settings().web.listen)
        files = allow_files(CONNECTIONS + SPARE_FILES)
        self.door = HttpDoor(lambda: services.settings().web, max(min(CONNECTIONS, files - SPARE_FILES), 1))
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                access_log=False,
                log_level="error",  # its warnings are about what clients send, and whoever likes could fill our log
                http=self.door.connection,  # type: ignore[arg-type]  # called like the class that uvicorn expects
                ws="none",
                backlog=BACKLOG,
                h11_max_incomplete_event_size=HEADER_OCTETS,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=SHUTDOWN_S,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; says so once connections are taken, for whoever waits for it."""
        await super().startup(sockets)
        if self.started:
            log.info("web_listens", extra={"host": self.config.host, "port": self.config.port})

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn's, which calls it ten times a second."""
        if counter % TICKS_A_SECOND == 0:
            self.door.watch(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGINT or SIGTERM came."""
        self.config.app.state.closing.set()  # type: ignore[union-attr] # the application is ours
        super().handle_exit(sig, frame)


def _look_ahead(overview_cache: OverviewCache) -> None:
    """Read the overview's rows once before anybody asks: of ten thousand lists that takes seconds."""
    with suppress(StoreUnavailable):  # the first request says so
        overview_cache.now()


def _live(services: Services, condition: StoreCondition, done: threading.Event) -> None:
    while True:
        try:
            condition.look()
            services.store.heartbeats.beat("web", services.now())
            stand_in(services)
        except StaysubError as error:  # the pages say so themselves
            log.warning("work_postponed", extra={"work": "watch", "reason": str(error)})
        except Exception:
            log.exception("work_failed", extra={"work": "watch"})  # a fault of ours must not end the signs of life
        if done.wait(ALIVE_EVERY.total_seconds()):
            return
