"""The login form, and the way out."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.signing import matches
from monitor.web.access import policy
from monitor.web.access.language import spoken_to
from monitor.web.page_services import PageServices
from monitor.web.paths import OWN


def login_routes(services: PageServices, render: Callable[..., HTMLResponse]) -> APIRouter:
    """The login form, and the way out."""
    router = APIRouter(include_in_schema=False)

    def show(request: Request, **context: Any) -> HTMLResponse:
        return render("login.html", **spoken_to(request, services.settings()), **context)

    @router.get(policy.LOGIN)
    def form(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002 - the query parameter's name
        return show(request, target=policy.safe_target(next), refused=False)

    @router.post(policy.LOGIN)
    def enter(
        request: Request,
        token: Annotated[str, Form(max_length=1000)] = "",
        target: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        web = services.settings().web
        if web.token is None or not matches(web.token.reveal(), token.strip()):
            return show(request, status=403, target=policy.safe_target(target), refused=True)
        answer = RedirectResponse(policy.safe_target(target), status_code=303)
        session = policy.new_cookie(web.token.reveal(), now=services.now())
        secure = "https" in {request.url.scheme, urlsplit(web.url or "").scheme}
        lasts_s = policy.SESSION_LASTS_S
        answer.set_cookie(policy.COOKIE, session, max_age=lasts_s, httponly=True, samesite="strict", secure=secure)
        return answer

    @router.post("/logout")
    def leave(request: Request) -> Response:
        """Open to all: what a browser holds it may forget, and another site's page cannot send this."""
        only_owner = policy.OWNER_COOKIE in request.cookies and policy.COOKIE not in request.cookies
        answer = RedirectResponse(OWN if only_owner else policy.LOGIN, status_code=303)
        answer.delete_cookie(policy.OWNER_COOKIE)
        answer.delete_cookie(policy.COOKIE)
        return answer

    return router
