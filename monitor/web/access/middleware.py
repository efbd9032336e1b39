"""The gate before the application: what `access` decides is done here."""

from urllib.parse import quote, urlencode, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.config.settings import WebSettings
from monitor.phrase.phrase import say
from monitor.web.access import policy
from monitor.web.access.bearer_tokens import Bearer
from monitor.web.access.csrf import same_origin
from monitor.web.access.language import language_for
from monitor.web.access.recognition import caller_of
from monitor.web.api.problem import problem, refusal
from monitor.web.page_services import PageServices
from monitor.web.paths import OWN

METRICS = "/metrics"  # which a program reads
FOREIGN = say("Another site's page sent this. Use the form on our own page.")
NAME_NEEDED = say("Log in at the proxy in front of Staysub: it has named nobody for this request.")
UNDECIDED = say("Redis is away, so that nobody knows whether this token opens anything. Try again later.")
NOT_OUR_NAME = (
    "Where a proxy names who asks, Staysub answers only under its own name: set url in [web] to what people use, and "
    "have the proxy pass on the Host that it was asked for.\n"
)
WRONG_HOST = (
    "Staysub answers here only under a loopback name such as 127.0.0.1 or localhost. "
    "To reach it under another name, set a token in [web].\n"
)


class AccessControl:
    """Lets a request through, or answers that a token is needed: pages by the login form, the API by 401."""

    def __init__(self, app: ASGIApp, services: PageServices) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, web, caller = Headers(scope=scope), self._services.settings().web, caller_of(scope)
        path, verdict = str(scope["path"]), caller.verdict
        answer: ASGIApp = self._app
        language = language_for(Request(scope), self._services.settings())
        if verdict is policy.Verdict.WRONG_HOST:
            sentence = WRONG_HOST if web.user_header is None else NOT_OUR_NAME
            answer = PlainTextResponse(sentence, status_code=421)  # RFC 9110 section 15.5.20
        elif verdict is not policy.Verdict.ALLOWED:
            query = str(scope.get("query_string", b""), "latin-1")
            listed = QueryParams(query).get("list", "")  # of several the one that the page will read, too
            if caller.bearer is Bearer.ONLY_READS:
                answer = _only_reads()
            elif caller.bearer in {Bearer.ALLOWED, Bearer.READS}:
                pass  # no browser adds a token by itself, so no other site's page can have sent this
            elif policy.owner_may(caller.owned, method=scope["method"], path=path, listed=listed):
                scope["state"]["owned"] = caller.owned
                if path == "/":
                    answer = RedirectResponse(OWN, status_code=303)
            elif caller.bearer is Bearer.UNDECIDED:
                answer = refusal(path, 503, UNDECIDED, language)
            elif verdict is policy.Verdict.NAME_NEEDED:
                answer = problem(401, NAME_NEEDED) if path == METRICS else refusal(path, 401, NAME_NEEDED, language)
            else:
                answer = _ask_for_token(path, query)
        elif not _from_us(scope["method"], headers, web):
            answer = refusal(path, 403, FOREIGN, language)
        await answer(scope, receive, send)


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
