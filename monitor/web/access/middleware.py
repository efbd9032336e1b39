"""The gate before the application: what `access` decides is done here, and logging in and out."""

from collections.abc import Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.config.settings import WebSettings
from monitor.errors import StoreUnavailable
from monitor.web.access import policy
from monitor.web.access.bearer_tokens import Bearer, bearer_of
from monitor.web.access.client import client_asking
from monitor.web.access.csrf import same_origin
from monitor.web.access.share_keys import list_of
from monitor.web.api.problem import problem, refusal
from monitor.web.page_services import PageServices

METRICS = "/metrics"  # which a program reads
FOREIGN = "Another site's page sent this. Use the form on our own page."
NAME_NEEDED = "Log in at the proxy in front of Staysub: it has named nobody for this request."
WRONG_HOST = (
    "Staysub answers here only under a loopback name such as 127.0.0.1 or localhost. "
    "To reach it under another name, set a token in [web].\n"
)


class AccessControl:
    """Lets a request through, or answers that a token is needed: pages by the login form, the API by 401."""

    def __init__(self, app: ASGIApp, services: PageServices, keys: Callable[[], Sequence[bytes]]) -> None:
        self._app = app
        self._services = services
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, web = Headers(scope=scope), self._services.settings().web
        path = str(scope["path"])
        who = client_asking(web, scope)
        scope.setdefault("state", {})["user"] = who.user
        verdict = policy.decide(
            web,
            path=path,
            host=headers.get("host", ""),
            authorization=headers.get("authorization", ""),
            cookie=_cookie(headers.get("cookie", ""), policy.COOKIE),
            user=who.user,
            now=self._services.now(),
        )
        answer: ASGIApp = self._app
        if verdict is policy.Verdict.WRONG_HOST:
            answer = PlainTextResponse(WRONG_HOST, status_code=421)  # RFC 9110 section 15.5.20
        elif verdict is not policy.Verdict.ALLOWED:
            owned = await self._owned(_cookie(headers.get("cookie", ""), policy.OWNER_COOKIE))
            query = str(scope.get("query_string", b""), "latin-1")
            listed = "".join(parse_qs(query).get("list", []))
            bearer = await self._bearer(scope, headers)
            if bearer is Bearer.ONLY_READS:
                answer = _only_reads()
            elif bearer is Bearer.ALLOWED:
                pass  # no browser adds a token by itself, so no other site's page can have sent this
            elif policy.owner_may(owned, method=scope["method"], path=path, listed=listed):
                scope["state"]["owned"] = owned
            elif verdict is policy.Verdict.NAME_NEEDED:
                answer = problem(401, NAME_NEEDED) if path == METRICS else refusal(path, 401, NAME_NEEDED)
            else:
                answer = _ask_for_token(path, query)
        elif not _from_us(scope["method"], headers, web):
            answer = refusal(path, 403, FOREIGN)
        await answer(scope, receive, send)

    async def _bearer(self, scope: Scope, headers: Headers) -> Bearer:
        """What a token of the store opens."""
        offered = headers.get("authorization", "")
        if not offered:
            return Bearer.UNKNOWN
        method, path = str(scope["method"]), str(scope["path"])
        return await run_in_threadpool(
            bearer_of, self._services.store, offered, method=method, path=path, now=self._services.now()
        )

    async def _owned(self, offered: str) -> frozenset[str]:
        """The lists that the owner's cookie opens; none without one, or while the signing key cannot be read."""
        if not offered:
            return frozenset()
        try:
            keys = await run_in_threadpool(self._keys)
        except StoreUnavailable:
            return frozenset()
        opened = (list_of(keys, "owner", one) for one in offered.split(policy.KEYS_APART)[: policy.OWNED_MAX])
        return frozenset(one for one in opened if one is not None)


def _from_us(method: str, headers: Headers, web: WebSettings) -> bool:
    """Whether a request that may change something came from no other site's page."""
    return method in {"GET", "HEAD", "OPTIONS"} or same_origin(
        hosts=(headers.get("host", ""), urlsplit(web.url or "").netloc),
        origin=headers.get("origin", ""),
        fetch_site=headers.get("sec-fetch-site", ""),
    )


def _only_reads() -> Response:
    answer = problem(403, "This token may only read; a change needs one of scope write.")
    answer.headers["www-authenticate"] = 'Bearer realm="staysub", error="insufficient_scope"'  # RFC 6750 section 3.1
    return answer


def _ask_for_token(path: str, query: str) -> Response:
    if path.startswith("/api/") or path == METRICS:
        answer = problem(401, "Send a token as “Authorization: Bearer …”; `staysub tokens create` makes one.")
        answer.headers["www-authenticate"] = 'Bearer realm="staysub"'  # RFC 6750 section 3
        return answer
    target = quote(path) + (f"?{query}" if query else "")
    return RedirectResponse(f"{policy.LOGIN}?{urlencode({'next': target})}", status_code=303)


def _cookie(header: str, name: str) -> str:
    """The value of that cookie in a Cookie header, or "" where it is not there or not readable."""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value
