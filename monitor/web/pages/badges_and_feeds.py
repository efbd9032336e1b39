"""What may be shown elsewhere: badges and feeds at unguessable addresses."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from monitor.notify.share_keys import Purpose, list_of
from monitor.phrase.phrase import say
from monitor.store.list_record import Depth
from monitor.tongue.voice import Voice
from monitor.web.list_view import LEVEL, ListView, watched
from monitor.web.page_services import PageServices
from monitor.web.views.atom import ENTRIES, feed
from monitor.web.views.badge import badge_json, badge_svg

CACHED = {"cache-control": "public, max-age=60"}
EMBEDDED = {**CACHED, "cross-origin-resource-policy": "cross-origin"}  # a badge stands in other people's pages


def shared_routes(services: PageServices, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """`/badge/{key}.svg`, `/badge/{key}.json`, `/feed/{key}.atom`."""
    router = APIRouter(include_in_schema=False)

    def voice() -> Voice:
        """In the installation's language: many read the same, and caches keep it."""
        return Voice(services.settings().notices.language)

    def opened(purpose: Purpose, offered: str, depth: Depth) -> ListView:
        nothing = say("There is nothing of that name.")
        return watched(services, list_of(keys(), purpose, offered), depth, missing=nothing, says_why=False)

    @router.get("/badge/{offered}.svg")
    def badge(offered: str) -> Response:
        view = opened("badge", offered, LEVEL)
        return Response(
            str(badge_svg(view.listed.id, view.level, voice())), media_type="image/svg+xml", headers=EMBEDDED
        )

    @router.get("/badge/{offered}.json")
    def badge_document(offered: str) -> Response:
        view = opened("badge", offered, LEVEL)
        return JSONResponse(badge_json(view.listed.id, view.level, voice()), headers=CACHED)

    @router.get("/feed/{offered}.atom")
    def changes(request: Request, offered: str) -> Response:
        view = opened("feed", offered, Depth(incidents=ENTRIES))
        base = services.base(request)
        made = feed(
            view.listed.id,
            view.record.incidents,
            base=base,
            address=f"{base}{request.url.path}",
            now=view.now,
            voice=voice(),
        )
        return Response(made, media_type="application/atom+xml", headers=CACHED)

    return router
