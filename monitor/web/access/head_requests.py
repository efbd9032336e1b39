"""HEAD wherever there is GET (RFC 9110 section 9.3.2): the same answer without its body."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENDLESS: Final = frozenset({"/events"})  # a stream has no end to wait for


class HeadRequests:
    """Asks the application by GET and leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in ENDLESS:
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_head)
