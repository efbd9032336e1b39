"""`/findings` and `/help`: what anybody may read who was told something. They hold nobody's data.

They say the same to everybody until Staysub is upgraded, so that a browser that has a page is told so in few bytes.
"""

import hashlib
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request
from markupsafe import Markup
from starlette.responses import Response

from monitor.web.access import policy
from monitor.web.access.language import language_for
from monitor.web.access.recognition import caller_of
from monitor.web.api.etags import names
from monitor.web.page_services import PageServices
from monitor.web.pages.page_context import Show, below_own
from monitor.web.views.help import help_page
from monitor.wording.plain import PAGES, explained, nearest, subject_of, subjects

ASKED_MOST: Final = 80  # characters of a code that nobody knows, as it is said back


def reading_routes(services: PageServices, show_page: Show) -> APIRouter:
    """The pages."""
    router = APIRouter()

    def show(request: Request, name: str, **context: Any) -> Response:
        return conditional(request, show_page(request, name, stranger=is_guest(services, request), **context))

    @router.get(PAGES, include_in_schema=False)
    def index(request: Request) -> Response:
        return show(request, "reading/index.html", subjects=subjects())

    @router.get(PAGES + "/{code}", include_in_schema=False)
    def finding(request: Request, code: str) -> Response:
        one, subject = explained(code), subject_of(code)
        if one is None or subject is None:
            return show(
                request, "reading/unknown.html", status=404, code=code[:ASKED_MOST], nearest=nearest(code[:ASKED_MOST])
            )
        return show(request, "reading/finding.html", one=one, subject=subject)

    @router.get("/help/{name}", include_in_schema=False)
    def helping(request: Request, name: str) -> Response:
        page = help_page(name, language_for(request, services.settings()))
        if page is None:
            raise HTTPException(404)
        # What findings mean is read where the page is: an owner stays below the own link.
        said = page.body.replace(Markup(f'href="{PAGES}'), Markup(f'href="{below_own(request)}{PAGES}'))  # noqa: S704
        return show(request, "reading/help.html", page=page, body=said)

    return router


def is_guest(services: PageServices, request: Request) -> bool:
    """Whether the reader may see no more than these pages: the way to the others is shown to nobody else."""
    caller, web = caller_of(request.scope), services.settings().web
    host, shown = request.headers.get("host", ""), bool(caller.holder)
    return policy.decide(web, path="/", host=host, shown=shown, user=caller.client.user) is not policy.Verdict.ALLOWED


def conditional(request: Request, made: Response) -> Response:
    """The answer with an entity tag; 304 to who has it already (RFC 9110 section 13.1.2)."""
    if made.status_code != 200:
        return made
    tag = f'"{hashlib.blake2b(bytes(made.body), digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if names(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers | {"vary": made.headers["vary"]})
    made.headers.update(headers)
    return made
