"""Entity tags for the API: who has the answer already is told so in few bytes (RFC 9110 sections 8.8.3 and 13.1.2).

An operation that gives a tag of its own, of what can be changed, finds it as the first part: `"settings.content"`.
"""

import hashlib
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX: Final = "/api/"
READS: Final = frozenset({"GET", "HEAD"})
TAGGED: Final = READS | {"PUT", "PATCH"}


class Conditional:
    """Tags each good answer of the API that shows something; answers 304 to a GET where the client names that tag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, tagged."""
        if scope["type"] != "http" or scope["method"] not in TAGGED or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if start is not None and not message.get("more_body", False):
                reads = scope["method"] in READS
                known = Headers(scope=scope).get("if-none-match", "") if reads else ""
                await _send_tagged(start, b"".join(parts), known, send)

        await self._app(scope, receive, hold)


async def _send_tagged(start: Message, body: bytes, known: str, send: Send) -> None:
    if start["status"] in {200, 201}:
        headers = MutableHeaders(scope=start)
        own = headers.get("etag", "").strip('"')
        tag = f'"{own}{"." if own else ""}{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers["etag"] = tag
        headers["cache-control"] = "private, no-cache"
        if names(known, tag):
            start["status"] = 304
            del headers["content-length"]
            del headers["content-type"]
            body = b""
    await send(start)
    await send({"type": "http.response.body", "body": body})


def names(known: str, tag: str) -> bool:
    """Whether an If-None-Match header names the tag, compared weakly (RFC 9110 section 13.1.2)."""
    offered = [each.strip().removeprefix("W/") for each in known.split(",")]
    return "*" in offered or tag in offered
