"""The pages over a store, as `staysub web` serves them."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.store import Store
from monitor.web import create_app
from monitor.web.page_services import PageServices


def pages_of(
    settings: Callable[[], Settings], store: Store, clock: Callable[[], datetime], *, demo_url: str | None = None
) -> FastAPI:
    """The application."""
    return create_app(PageServices(settings=settings, store=store, rules=load_rules(), now=clock, demo_url=demo_url))
