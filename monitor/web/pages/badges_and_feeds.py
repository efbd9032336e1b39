"""What may be shown elsewhere: badges and feeds at unguessable addresses."""

from collections.abc import Callable

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import JSONResponse, Response

from monitor.model.risk import RiskLevel
from monitor.web.access.share_keys import Purpose, list_of
from monitor.web.page_services import PageServices
from monitor.web.views.atom import ENTRIES, feed
from monitor.web.views.badge import badge_json, badge_svg

CACHED = {"cache-control": "public, max-age=60"}
EMBEDDED = {**CACHED, "cross-origin-resource-policy": "cross-origin"}  # a badge stands in other people's pages


def shared_routes(services: PageServices, key: Callable[[], bytes]) -> APIRouter:
    """`/badge/{key}.svg`, `/badge/{key}.json`, `/feed/{key}.atom`."""
    router = APIRouter(include_in_schema=False)

    def opened(purpose: Purpose, offered: str) -> str:
        list_id = list_of(key(), purpose, offered)
        if list_id is None or services.watched(list_id) is None:
            raise HTTPException(404, "There is nothing of that name.")
        return list_id

    def level(list_id: str) -> RiskLevel:
        thought = services.store.outcomes.assessment(list_id)
        return RiskLevel.UNKNOWN if thought is None else thought.level

    @router.get("/badge/{offered}.svg")
    def badge(offered: str) -> Response:
        list_id = opened("badge", offered)
        return Response(str(badge_svg(list_id, level(list_id))), media_type="image/svg+xml", headers=EMBEDDED)

    @router.get("/badge/{offered}.json")
    def badge_document(offered: str) -> Response:
        list_id = opened("badge", offered)
        return JSONResponse(badge_json(list_id, level(list_id)), headers=CACHED)

    @router.get("/feed/{offered}.atom")
    def changes(request: Request, offered: str) -> Response:
        list_id = opened("feed", offered)
        base = services.base(request)
        made = feed(
            list_id,
            services.store.incidents.of_list(list_id, ENTRIES),
            base=base,
            address=f"{base}{request.url.path}",
            now=services.now(),
        )
        return Response(made, media_type="application/atom+xml", headers=CACHED)

    return router
