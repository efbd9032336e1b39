"""The web application: pages, API, health and metrics over one store."""

import threading

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from monitor import __version__
from monitor.web.access.head_requests import HeadRequests
from monitor.web.access.language import LanguageChoice
from monitor.web.access.login import login_routes
from monitor.web.access.middleware import AccessControl
from monitor.web.access.own_cookies import OwnCookies
from monitor.web.access.owner_keys import OwnerKeys
from monitor.web.access.owners_door import OwnersDoor
from monitor.web.access.rate_limit import RateLimits
from monitor.web.access.recognition import Recognition
from monitor.web.access.requests import Requests
from monitor.web.access.security_headers import SafeHeaders
from monitor.web.api.etags import Conditional
from monitor.web.api.incidents import change_incident_routes, incident_routes
from monitor.web.api.list_changes import change_routes
from monitor.web.api.lists import list_routes
from monitor.web.api.openapi import describe
from monitor.web.api.overview import api_routes
from monitor.web.error_answers import answer_errors
from monitor.web.health import health_routes
from monitor.web.keyring import Keyring
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.pages.badges_and_feeds import shared_routes
from monitor.web.pages.events import live_routes
from monitor.web.pages.explain import explain_routes
from monitor.web.pages.incident_forms import action_routes, form_routes
from monitor.web.pages.incidents import incident_page_routes
from monitor.web.pages.lists import list_page_routes
from monitor.web.pages.mail_links import answer_routes
from monitor.web.pages.overview import overview_routes
from monitor.web.pages.own import own_routes
from monitor.web.pages.page_context import page_renderer
from monitor.web.pages.reading import reading_routes
from monitor.web.pages.templating import renderer
from monitor.web.store_condition import StoreCondition

API = "/api/v1"


def create_app(services: PageServices) -> FastAPI:
    """The application. Nothing is read from the store before the first request."""
    overview_cache = OverviewCache(services)
    render = renderer(services.rules, services.now)
    app = FastAPI(
        title="Staysub",
        version=__version__,
        summary="Mailing-list subscription health: which lists are about to lose subscribers, when and why.",
        description="Everything that the pages show. Documents grow only by addition.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they would load script from elsewhere
        redoc_url=None,
    )
    keys = Keyring(services.store)
    owner_keys = OwnerKeys(services, keys)
    condition = StoreCondition(services)
    show = page_renderer(services, render, condition)
    app.state.services = services
    app.state.overview_cache = overview_cache
    app.state.store_condition = condition
    app.state.closing = threading.Event()
    for router in (
        overview_routes(services, overview_cache, show),
        list_page_routes(services, show, keys),
        incident_page_routes(services, show, keys),
        form_routes(services, keys),
        login_routes(services, render),
        own_routes(services, overview_cache, show, owner_keys),
        answer_routes(services, render, keys),
        api_routes(services, overview_cache),
        list_routes(services, keys),
        change_routes(services, keys),
        incident_routes(services),
        action_routes(services),
        change_incident_routes(services),
        explain_routes(services, show, keys),
        reading_routes(services, show),
        shared_routes(services, keys),
        health_routes(services, overview_cache, condition),
        live_routes(services, overview_cache, app.state.closing),
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[("monitor.web", "static")]), name="static")
    app.openapi = lambda: describe(app)  # type: ignore[method-assign] # as FastAPI documents it
    app.add_middleware(Conditional)
    app.add_middleware(OwnersDoor, services=services, keys=owner_keys)
    app.add_middleware(AccessControl, services=services)
    app.add_middleware(RateLimits)
    app.add_middleware(Recognition, services=services, keys=owner_keys)
    app.add_middleware(Requests)
    app.add_middleware(HeadRequests)
    app.add_middleware(LanguageChoice)
    app.add_middleware(OwnCookies)
    app.add_middleware(SafeHeaders)

    answer_errors(app, services, render, condition)
    return app
