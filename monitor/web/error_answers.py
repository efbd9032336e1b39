"""What is answered where a request fails: a problem document to programs, a page to people."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from monitor.errors import ConfigError, StoreUnavailable, UsageError
from monitor.phrase.phrase import say
from monitor.web.access.language import spoken_to
from monitor.web.api.problem import problem
from monitor.web.page_services import PageServices
from monitor.web.pages.page_context import owned
from monitor.web.paths import NOWHERE as STRANGER
from monitor.web.paths import OWN, Paths
from monitor.web.store_condition import StoreCondition

NOWHERE = say("Nothing of ours has that address.")
AWAY = say("Its store does not answer, or cannot be used as it is. Whoever runs Staysub is told here why:")
OF_STRANGERS = (OWN, "/n/", "/badge/", "/feed/")  # where whoever comes has nothing but a link


def answer_errors(
    app: FastAPI, services: PageServices, render: Callable[..., HTMLResponse], condition: StoreCondition
) -> None:
    """Register an answer for each kind of failure."""

    def answer(
        request: Request, status: int, sentence: str, headers: Mapping[str, str] | None = None, detail: str = ""
    ) -> Response:
        if request.url.path.startswith("/api/"):
            made: Response = problem(status, detail or sentence)
        else:
            made = render(
                "error.html",
                status=status,
                code=status,
                sentence=sentence,
                detail=detail,
                **spoken_to(request, services.settings()),
                **_frame(request),
            )
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
        said = " ".join(f"{where}: {sentence.removesuffix('.')}." for where, sentence in error.told)
        return problem(422, said, errors=errors)

    @app.exception_handler(UsageError)
    def cannot_be_done(request: Request, error: UsageError) -> Response:
        return answer(request, 409, error.args[0])

    @app.exception_handler(StoreUnavailable)
    def blind(request: Request, error: StoreUnavailable) -> Response:
        return answer(request, 503, AWAY, detail=condition.words(error))

    @app.exception_handler(Exception)
    def our_fault(request: Request, error: Exception) -> Response:
        del error  # the server logs it with its traceback
        return answer(request, 500, say("Staysub made a mistake here. The log of the web part says more."))


def _frame(request: Request) -> dict[str, Any]:
    """What may be shown around the sentence: an owner's pages to an owner, no way on to who came by a link of old."""
    mine = owned(request)
    if mine is not None:
        return {"guest": True, "paths": Paths(keys=mine)}
    return {"guest": True, "paths": STRANGER} if request.url.path.startswith(OF_STRANGERS) else {}
