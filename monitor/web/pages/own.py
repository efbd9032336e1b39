"""`/own`: the lists that a browser was let in to by owners' links; and what is said where such a link opens nothing."""

from typing import Final

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse

from monitor.overview.rows import calm_ones, counts
from monitor.phrase.phrase import say
from monitor.web.access import policy
from monitor.web.access.owner_keys import OwnerKeys
from monitor.web.list_view import LEVEL, view_of
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.pages.page_context import Show, owned
from monitor.web.paths import OWN
from monitor.web.views.wording import headline

ENDED: Final = say(
    "This link opens nothing any more. The newest mail about your list has a newer link; or ask whoever runs Staysub."
)
NOT_THERE: Final = say("There is nothing of your list at that address.")
NO_LIST_YET: Final = say(
    "Open your list by its link in a mail; from then on it stands here, in this browser, for a week."
)


def own_routes(services: PageServices, overview_cache: OverviewCache, show: Show, keys: OwnerKeys) -> APIRouter:
    """`/own`, and `/own/…` where nobody was let in."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get(OWN)
    def mine(request: Request) -> HTMLResponse:
        opened = keys.lists_of(policy.keys_in(request.cookies.get(policy.OWNER_COOKIE, "")))
        rows = [each for each in overview_cache.now().rows if each.id in opened]
        if not rows:
            raise HTTPException(404, NO_LIST_YET)
        request.state.owned = opened
        listed = {each.id: services.watched(each.id) for each in rows}
        leads = {name: view_of(services, one, LEVEL).lead for name, one in listed.items() if one is not None}
        return show(request, "own.html", rows=rows, leads=leads, headline=headline(counts(rows), calm=calm_ones(rows)))

    @router.api_route(OWN + "/{rest:path}", methods=["GET", "POST"])
    def nothing(request: Request, rest: str) -> HTMLResponse:
        if owned(request) is not None:
            raise HTTPException(404, NOT_THERE)
        keys.list_of(rest.partition("/")[0])  # which says so where only the store is away
        raise HTTPException(404, ENDED)

    return router
