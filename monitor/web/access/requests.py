"""What every request has to keep to before anybody looks at it: fields that can be read, and a body of some size."""

from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from fastapi import HTTPException  # FastAPI's own: its reading of bodies passes no other on
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.phrase.phrase import say
from monitor.web.access.policy import name_in
from monitor.web.api.problem import refusal

FIELDS_MOST: Final = 100  # header fields; a browser behind two proxies sends some 30, Apache takes 100
HEADER_OCTETS: Final = 16 << 10  # request line and fields; browsers send 1 to 8 KiB, and h11 takes no more in pieces
MESSAGE_OCTETS: Final = 8 << 20  # for `explain`, which reads the first mebibyte of a message or of a form's file
DOCUMENT_OCTETS: Final = 256 << 10  # of the API: a list with thousands of addresses
FORM_OCTETS: Final = 64 << 10  # of a page: strangers may send one, and 950 of them hold 60 MiB


class Requests:
    """Answers 400, 413 or 431 to what no program of good will sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), str(scope["path"])
        host = headers.get("host", "")  # HTTP/1.0 needs none
        most, came = octets_most(path), 0
        too_much = say("Send {kib} KiB at most.", kib=str(most >> 10))
        for holds, status, sentence in (
            (len(headers) <= FIELDS_MOST, 431, f"Send {FIELDS_MOST} header fields at most."),
            (_size(scope) <= HEADER_OCTETS, 431, f"Send a header of {HEADER_OCTETS >> 10} KiB at most."),
            (not host or name_in(host) is not None, 400, "The Host field is no host."),
            (_readable(headers.get("origin", "")), 400, "The Origin field is no origin."),
            (int(headers.get("content-length", "0")) <= most, 413, too_much),
        ):
            if not holds:
                await refusal(path, status, sentence)(scope, receive, send)
                return

        async def receive_counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise HTTPException(413, too_much)
            return message

        with suppress(ClientDisconnect):  # nobody is left to answer, and it is no fault of ours to log
            await self._app(scope, receive_counted, send)


def octets_most(path: str) -> int:
    """How large a body may be there."""
    if path.endswith("/explain"):
        return MESSAGE_OCTETS
    return DOCUMENT_OCTETS if path.startswith("/api/") else FORM_OCTETS


def _size(scope: Scope) -> int:
    """Octets of the request's target and its fields."""
    fields = sum(len(name) + len(value) for name, value in scope["headers"])
    return fields + len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))


def _readable(origin: str) -> bool:
    """Whether an Origin (RFC 6454 section 7) can be read."""
    try:
        _ = urlsplit(origin).port
    except ValueError:
        return False
    return True
