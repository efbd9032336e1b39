"""The login form, the owners' links, and the way out."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.signing import matches
from monitor.web.access import policy
from monitor.web.access.share_keys import list_of
from monitor.web.page_services import PageServices


def login_routes(
    services: PageServices, render: Callable[..., HTMLResponse], keys: Callable[[], Sequence[bytes]]
) -> APIRouter:
    """The login form, the owners' links, and the way out."""
    router = APIRouter(include_in_schema=False)

    @router.get(policy.LOGIN)
    def form(next: str = "/") -> HTMLResponse:  # noqa: A002 - the query parameter's name
        return render("login.html", target=policy.safe_target(next), refused=False)

    @router.post(policy.LOGIN)
    def enter(
        request: Request,
        token: Annotated[str, Form(max_length=1000)] = "",
        target: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        web = services.settings().web
        if web.token is None or not matches(web.token.reveal(), token.strip()):
            return render("login.html", status=403, target=policy.safe_target(target), refused=True)
        answer = RedirectResponse(policy.safe_target(target), status_code=303)
        session = policy.new_cookie(web.token.reveal(), now=services.now())
        keep(request, answer, policy.COOKIE, session, samesite="strict")
        return answer

    @router.get("/own/{offered}")
    def own(request: Request, offered: str) -> Response:
        list_id = list_of(keys(), "owner", offered)
        if list_id is None or services.watched(list_id) is None:
            raise HTTPException(404, "This link opens nothing any more. Ask who runs Staysub for a new one.")
        answer = RedirectResponse(f"/lists/{list_id}", status_code=303)
        owner = policy.with_key(request.cookies.get(policy.OWNER_COOKIE, ""), offered)
        # The link is followed from a mail; the cookie only opens reading.
        keep(request, answer, policy.OWNER_COOKIE, owner, samesite="lax")
        return answer

    @router.post("/logout")
    def leave() -> Response:
        answer = RedirectResponse(policy.LOGIN, status_code=303)
        answer.delete_cookie(policy.OWNER_COOKIE)
        answer.delete_cookie(policy.COOKIE)
        return answer

    def keep(request: Request, answer: Response, name: str, value: str, *, samesite: Literal["strict", "lax"]) -> None:
        secure = "https" in {request.url.scheme, urlsplit(services.settings().web.url or "").scheme}
        lasts_s = int(policy.SESSION_LASTS.total_seconds())
        answer.set_cookie(name, value, max_age=lasts_s, httponly=True, samesite=samesite, secure=secure)

    return router
