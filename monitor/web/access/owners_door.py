"""`/own/{key}/…`: what an owner may see and do, without an administrator's frame and without a log-in.

The key is the permission. It opens the page of one list and what stands below it: the application is asked for the
page that an administrator sees, with a note of whose it is, and shows it as that reader's own. So it is the same
whether the installation is locked or not, and whoever else is logged in with that browser.
"""

from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import StoreUnavailable
from monitor.web.access import policy
from monitor.web.access.owner_keys import OwnerKeys
from monitor.web.page_services import PageServices
from monitor.web.paths import OWN

PREFIX = f"{OWN}/"


class OwnersDoor:
    """Asks the application for a list's page where its key is shown; a key that opens nothing is passed on as it is."""

    def __init__(self, app: ASGIApp, services: PageServices, keys: OwnerKeys) -> None:
        self._app = app
        self._services = services
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        path = str(scope["path"]) if scope["type"] == "http" else ""
        if not path.startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        key, _, rest = path.removeprefix(PREFIX).partition("/")
        try:
            list_id, reader = await run_in_threadpool(self._keys.opened, key)
        except StoreUnavailable:
            list_id, reader = None, None  # the application asks again, and says so
        inside = None if list_id is None else within(list_id, rest.rstrip("/"))
        if list_id is None:
            await self._app(scope, receive, send)
            return
        scope["state"].update(owned={list_id: key}, reader=reader, own=f"{PREFIX}{quote(key, safe='')}")
        if inside is None:
            await self._app(scope, receive, send)
            return
        asked = {**scope, "path": inside, "raw_path": quote(inside).encode()}
        if inside == "/events":
            asked["query_string"] = _events_of(list_id, bytes(scope["query_string"]))
        keeping = scope["method"] == "GET" and not rest
        await self._app(asked, receive, self._remembering(scope, key, send) if keeping else send)

    def _remembering(self, scope: Scope, key: str, send: Send) -> Send:
        """Puts the key among those by which this browser finds its lists again (`/own`)."""
        headers = Headers(scope=scope)
        before = cookie_parser(headers.get("cookie", "")).get(policy.OWNER_COOKIE, "")
        after = policy.with_key(before, key)
        secure = "https" in {scope["scheme"], urlsplit(self._services.settings().web.url or "").scheme}

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200 and after != before:
                noted = Response()
                noted.set_cookie(
                    policy.OWNER_COOKIE,
                    after,
                    max_age=policy.SESSION_LASTS_S,
                    httponly=True,
                    samesite="lax",
                    secure=secure,
                )
                MutableHeaders(scope=message).append("set-cookie", noted.headers["set-cookie"])
            await send(message)

        return send_with_cookie


def within(list_id: str, rest: str) -> str | None:
    """The page that is meant by what stands behind the key; None where nothing there is an owner's."""
    if not rest:
        return f"/lists/{list_id}"
    first = rest.partition("/")[0]
    if first == "checks" or rest in {"reports", "replies"}:
        return f"/lists/{list_id}/{rest}"
    if rest in {"explain", "events", "findings"} or (first in {"incidents", "findings", "help"} and rest != first):
        return f"/{rest}"
    return None


def _events_of(list_id: str, query: bytes) -> bytes:
    """The query for a stream, about that list whatever it asks for."""
    seen = next((each for each in query.split(b"&") if each.startswith(b"seen=")), b"")
    return b"&".join(filter(None, (b"list=" + quote(list_id, safe="").encode(), seen)))
