"""In which language a page is: as its reader chose on a page, as an owner is told by mail, or as the browser asks."""

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.config.settings import Settings
from monitor.notify.preferences import chosen_language
from monitor.tongue.languages import LANGUAGES, language_named, language_wanted
from monitor.web.access import policy

CHOICE: Final = "language"  # of a page's query: `?language=de`


def language_for(request: Request, settings: Settings) -> str:
    """The language for this request's reader."""
    state = request.scope.get("state", {})
    reader = state.get("reader")
    return (
        language_named(state.get(CHOICE))
        or language_named(request.cookies.get(policy.LANGUAGE_COOKIE))
        or (chosen_language(reader, settings) if reader else None)
        or language_wanted(request.headers.get("accept-language", ""), otherwise=settings.notices.language)
    )


def spoken_to(request: Request, settings: Settings) -> dict[str, Any]:
    """What a page needs of languages: its own, and where it stands in each, whatever else its address asks for."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != CHOICE]
    places = {tag: "?" + urlencode([*asked, (CHOICE, tag)]) for tag in LANGUAGES}
    return {"language": language_for(request, settings), "in_languages": places}


class LanguageChoice:
    """Keeps the language that is chosen on a page for the pages to come, in a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http" or scope["method"] != "GET" or b"language=" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        chosen = language_named(QueryParams(scope["query_string"]).get(CHOICE))
        if chosen is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})[CHOICE] = chosen

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not _is_for_all(MutableHeaders(scope=message)):
                noted = Response()
                noted.set_cookie(
                    policy.LANGUAGE_COOKIE, chosen, max_age=policy.LANGUAGE_LASTS_S, httponly=True, samesite="lax"
                )
                MutableHeaders(scope=message).append("set-cookie", noted.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_for_all(headers: MutableHeaders) -> bool:
    """Whether a cache may give it to others, who have chosen no language: a badge, a feed."""
    return "public" in headers.get("cache-control", "")
