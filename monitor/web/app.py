"""The web application: pages, API, health and metrics over one store."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from monitor import __version__
from monitor.config.settings import Settings
from monitor.errors import ConfigError, StoreUnavailable
from monitor.risk.parties import policy_faults
from monitor.store import Store
from monitor.web.access.head_requests import HeadRequests
from monitor.web.access.login import login_routes
from monitor.web.access.middleware import AccessControl
from monitor.web.access.rate_limit import RateLimits
from monitor.web.access.security_headers import SafeHeaders
from monitor.web.api.etags import Conditional
from monitor.web.api.incidents import change_incident_routes, incident_routes
from monitor.web.api.list_changes import change_routes
from monitor.web.api.lists import list_routes
from monitor.web.api.openapi import describe
from monitor.web.api.overview import api_routes
from monitor.web.api.problem import problem
from monitor.web.health import health_routes
from monitor.web.overview_cache import OverviewCache
from monitor.web.pages.badges_and_feeds import shared_routes
from monitor.web.pages.events import Closing, live_routes
from monitor.web.pages.explain import explain_routes
from monitor.web.pages.incident_forms import action_routes, form_routes
from monitor.web.pages.incidents import incident_page_routes
from monitor.web.pages.lists import list_page_routes
from monitor.web.pages.mail_links import answer_routes
from monitor.web.pages.overview import overview_routes
from monitor.web.pages.page_context import page_renderer
from monitor.web.pages.templating import renderer
from monitor.web.site import Site, no_problem

API = "/api/v1"
NOWHERE = "Nothing of ours has that address."


def create_app(
    settings_provider: Callable[[], Settings],
    store: Store,
    clock: Callable[[], datetime],
    *,
    problem_provider: Callable[[], str] = no_problem,
    demo_url: str | None = None,
) -> FastAPI:
    """The application. Nothing is read from the store before the first request.

    `problem_provider` gives a sentence while the configuration on disk cannot be used, else "". `demo_url` is where the
    demonstration shows caught mails and webhooks; None where this is no demonstration.
    """
    site = Site(settings=settings_provider, store=store, now=clock, problem=problem_provider, demo_url=demo_url)
    boards = OverviewCache(site)
    render = renderer(site.now)
    app = FastAPI(
        title="Staysub",
        version=__version__,
        summary="Mailing-list subscription health: which lists are about to lose subscribers, when and why.",
        description="Everything that the pages show. Documents grow only by addition.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they would load script from elsewhere
        redoc_url=None,
    )
    key = cache(store.signing_key)
    show = page_renderer(site, render)
    app.include_router(overview_routes(site, boards, show))
    app.include_router(list_page_routes(site, show, key))
    app.include_router(incident_page_routes(site, show, key))
    app.include_router(form_routes(site, key))
    app.include_router(login_routes(site, render, key))
    app.include_router(answer_routes(site, render, key))
    app.include_router(api_routes(site, boards))
    app.include_router(list_routes(site, key))
    app.include_router(change_routes(site, key, policy_faults))
    app.include_router(incident_routes(site))
    app.include_router(action_routes(site))
    app.include_router(change_incident_routes(site))
    app.include_router(explain_routes(site, render))
    app.include_router(shared_routes(site, key))
    app.include_router(health_routes(site, boards))
    app.state.boards = boards
    app.state.closing = Closing()
    app.include_router(live_routes(site, boards, app.state.closing))
    app.mount("/static", StaticFiles(packages=[("monitor.web", "static")]), name="static")
    app.openapi = lambda: describe(app)  # type: ignore[method-assign] # the way that FastAPI documents
    app.add_middleware(Conditional)
    app.add_middleware(AccessControl, site=site, key=key)
    app.add_middleware(RateLimits, site=site)
    app.add_middleware(HeadRequests)
    app.add_middleware(SafeHeaders)

    def answer(request: Request, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
        if request.url.path.startswith("/api/"):
            made: Response = problem(status, sentence)
        else:
            made = render("error.html", status=status, code=status, sentence=sentence)
        made.headers.update(headers or {})
        return made

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        detail = NOWHERE if error.detail == HTTPStatus(404).phrase else error.detail  # the router's own word
        return answer(request, error.status_code, detail, error.headers)

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return answer(request, 422, f"{where}: {first['msg']}.")

    @app.exception_handler(ConfigError)
    def not_a_list(request: Request, error: ConfigError) -> Response:
        del request
        errors = [{"place": place, "message": sentence} for place, sentence in error.faults]
        said = " ".join(f"{one['place']} {one['message']}.".strip() for one in errors)
        return problem(422, said, errors=errors)

    @app.exception_handler(StoreUnavailable)
    def blind(request: Request, error: StoreUnavailable) -> Response:
        return answer(request, 503, str(error))

    @app.exception_handler(Exception)
    def our_fault(request: Request, error: Exception) -> Response:
        del error  # the server logs it with its traceback
        return answer(request, 500, "Staysub made a mistake here. The log of the web part says more.")

    return app
