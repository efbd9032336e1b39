"""Errors as programs read them: `application/problem+json` (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from monitor.tongue.languages import ENGLISH
from monitor.tongue.voice import Voice


def problem(status: int, detail: str, **members: Any) -> JSONResponse:
    """A problem document: `title` is the status' name, `detail` one sentence that says what to do."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def refusal(path: str, status: int, sentence: str, language: str = ENGLISH) -> Response:
    """What is answered before the application is asked: a problem document to programs, a line of text to people."""
    if path.startswith("/api/"):
        return problem(status, sentence)
    return PlainTextResponse(Voice(language)(sentence) + "\n", status_code=status)
