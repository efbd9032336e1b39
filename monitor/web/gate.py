"""The gate before the application: what `access` decides is done here, and logging in and out."""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web import access
from monitor.web.problem import problem
from monitor.web.site import Site

WRONG_HOST = (
    "Staysub answers here only under a loopback name such as 127.0.0.1 or localhost. "
    "To reach it under another name, set a token in [web].\n"
)


class Gate:
    """Lets a request through, or answers that a token is needed: pages by the login form, the API by 401."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = str(scope["path"])
        verdict = access.judge(
            self._site.settings().web,
            path=path,
            host=headers.get("host", ""),
            authorization=headers.get("authorization", ""),
            cookie=_session(headers.get("cookie", "")),
            now=self._site.now(),
        )
        answer: ASGIApp = self._app
        if verdict is access.Verdict.WRONG_HOST:
            answer = PlainTextResponse(WRONG_HOST, status_code=421)  # RFC 9110 section 15.5.20
        elif verdict is access.Verdict.LOGIN_NEEDED:
            answer = _ask_for_token(path, str(scope.get("query_string", b""), "latin-1"))
        await answer(scope, receive, send)


def _ask_for_token(path: str, query: str) -> Response:
    if path.startswith("/api/") or path == "/metrics":
        answer = problem(401, "Send the token of [web] as “Authorization: Bearer …”.")
        answer.headers["www-authenticate"] = 'Bearer realm="staysub"'  # RFC 6750 section 3
        return answer
    target = quote(path) + (f"?{query}" if query else "")
    return RedirectResponse(f"{access.LOGIN}?{urlencode({'next': target})}", status_code=303)


def _session(header: str) -> str:
    """The value of our cookie in a Cookie header, or "" where it is not there or not readable."""
    try:
        morsel = SimpleCookie(header).get(access.COOKIE)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value


def login_routes(site: Site, render: Callable[..., HTMLResponse]) -> APIRouter:
    """The login form and the way out."""
    router = APIRouter(include_in_schema=False)

    @router.get(access.LOGIN)
    def form(next: str = "/") -> HTMLResponse:  # noqa: A002 - the query parameter's name
        return render("login.html", target=access.safe_target(next), refused=False)

    @router.post(access.LOGIN)
    def enter(
        request: Request,
        token: Annotated[str, Form(max_length=1000)] = "",
        target: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        web = site.settings().web
        if web.token is None or not access.token_matches(web.token.get_secret_value(), token.strip()):
            return render("login.html", status=403, target=access.safe_target(target), refused=True)
        answer = RedirectResponse(access.safe_target(target), status_code=303)
        answer.set_cookie(
            access.COOKIE,
            access.new_cookie(web.token.get_secret_value(), now=site.now()),
            max_age=int(access.SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https" or (web.url or "").startswith("https:"),
        )
        return answer

    @router.post("/logout")
    def leave() -> Response:
        answer = RedirectResponse(access.LOGIN, status_code=303)
        answer.delete_cookie(access.COOKIE)
        return answer

    return router
