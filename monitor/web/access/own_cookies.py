"""Of a request's cookies only ours, and only as we set them, reach whoever reads them.

Python's reader of cookies, which the framework calls at each request, undoes quotation marks in the square of the
number of backslashes (CVE-2024-7592, in Python 3.11 up to 3.11.9): one header held the server for eight seconds.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web.access import policy

OURS: Final = (policy.COOKIE, policy.OWNER_COOKIE, policy.LANGUAGE_COOKIE)
_VALUE: Final = re.compile(r"[!#-+\--:<-\[\]-~]*")  # RFC 6265 section 4.1.1, cookie-octet: no quotes, no backslash


class OwnCookies:
    """Asks the application with a Cookie field that holds no other cookies than ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fields = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
        given = b";".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
        if ours := own_cookies(given):
            fields.append((b"cookie", ours.encode("latin-1")))
        await self._app({**scope, "headers": fields}, receive, send)


def own_cookies(header: str) -> str:
    """A Cookie field's value (RFC 6265 section 4.2.1) with our cookies alone, the last of each name; "" for none."""
    pairs = (pair.partition("=") for pair in header.split(";"))
    given = {name.strip(): value.strip() for name, _, value in pairs}
    return "; ".join(f"{name}={given[name]}" for name in OURS if name in given and _VALUE.fullmatch(given[name]))
