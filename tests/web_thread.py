"""The web server beside a test, as `staysub web` runs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings, WebSettings
from monitor.store import Store
from monitor.web import create_app
from monitor.web.page_services import PageServices
from monitor.web.server import WebServer
from tests import seed
from tests.harness import free_port, wait_for


@contextmanager
def web_in_thread(store: Store, now: datetime = seed.NOW, **web: object) -> Iterator[tuple[WebServer, tuple[str, int]]]:
    """A server in a thread of its own, and where it listens; it is gone after the block."""
    address = ("127.0.0.1", free_port())
    settings: Settings = seed.settings(web=WebSettings(listen=f"{address[0]}:{address[1]}", **web))
    services = PageServices(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: now)
    server = WebServer(services, create_app(services))
    thread = threading.Thread(target=server.run, name="web")
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive(), "web server")
        assert server.started
        yield server, address
    finally:
        server.config.app.state.closing.set()  # type: ignore[union-attr]  # our own app, no import string
        server.should_exit = True
        thread.join()
