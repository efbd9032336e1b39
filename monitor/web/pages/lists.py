"""The pages of one list: what is known of it, its past and its future, and each of its checks."""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.evidence.replies.still import waits_still
from monitor.mtas.catalogue import mta_named
from monitor.phrase.phrase import say
from monitor.store.list_record import Depth
from monitor.web.access.recognition import caller_of
from monitor.web.access.share_links import share_links
from monitor.web.list_view import EVERY_CHECK, REPORTS, page_depth, texts_of, watched
from monitor.web.page_services import PageServices
from monitor.web.pages.events import address_of, look_of_list
from monitor.web.pages.page_context import Show, below_own, own_faults, owned
from monitor.web.paths import Paths
from monitor.web.views.admission_matrix import matrix
from monitor.web.views.history import THE_LAST, WINDOWS
from monitor.web.views.replied import replied
from monitor.wording.once import told_once

NOT_WATCHED = say("No list of that name is watched. Perhaps it was taken out of the configuration.")
GONE = say("That check is not kept any more. Its verdicts live on in the list's timeline.")


def list_page_routes(services: PageServices, show: Show, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """`/lists/{id}`, `/lists/{id}/checks/{number}`, `/lists/{id}/reports` and `/lists/{id}/replies`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    blind = own_faults(services)

    @router.get("/lists/{list_id}")
    def a_list(
        request: Request,
        list_id: str,
        window: Annotated[str, Query(max_length=10)] = "",
        whatif: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        asked = window if window in WINDOWS else ""
        view = watched(services, list_id, page_depth(asked or "24h"), missing=NOT_WATCHED)

        mine = owned(request)
        if mine is not None and not below_own(request):
            return RedirectResponse(Paths(keys=mine).list(list_id), status_code=303)
        outlook = view.outlook(whatif)

        def link(**changes: str) -> str:
            query = {"window": asked, "whatif": whatif, **changes}
            return "?" + urlencode({name: value for name, value in query.items() if value})

        return show(
            request,
            "list.html",
            view=view,
            outlook=outlook,
            glance=view.glance(outlook),
            told=view.told,
            suggested=view.suggested,
            window=asked or view.window,
            windowed=bool(asked),
            windows=WINDOWS,
            the_last=THE_LAST,
            link=link,
            shared=share_links(services.base(request), keys()[0], list_id, changes=caller_of(request.scope).changes)
            if mine is None
            else None,
            events=below_own(request) + address_of(look_of_list(view.record), list_id=list_id),
            blind=blind(view.record.heartbeats),
        )

    @router.get("/lists/{list_id}/checks/{number}")
    def a_check(request: Request, list_id: str, number: int) -> HTMLResponse:
        view = watched(services, list_id, EVERY_CHECK, missing=NOT_WATCHED)
        check = view.check(str(number))
        if check is None:
            raise HTTPException(404, GONE)
        suggested = check.suggested_record or ""
        fixes = {each.fix.value for each in check.findings if each.fix is not None}
        return show(
            request,
            "check.html",
            listed=view.listed,
            newest=check,
            told=told_once(check.findings, texts_of(check)),
            suggested="" if suggested in fixes or suggested == check.record else suggested,
            matrix=matrix(check.admission),
        )

    @router.get("/lists/{list_id}/reports")
    def reports(request: Request, list_id: str) -> Response:
        view = watched(services, list_id, REPORTS, missing=NOT_WATCHED)
        mine = owned(request)
        if mine is not None and not below_own(request):
            return RedirectResponse(Paths(keys=mine).reports(list_id), status_code=303)
        domain = view.listed.address.rpartition("@")[2]
        receiver = bool(services.settings().receivers)
        return show(
            request, "reports.html", listed=view.listed, reported=view.reported, domain=domain, has_receiver=receiver
        )

    @router.get("/lists/{list_id}/replies")
    def replies(request: Request, list_id: str) -> Response:
        view = watched(services, list_id, Depth(), missing=NOT_WATCHED)
        mine = owned(request)
        if mine is not None and not below_own(request):
            return RedirectResponse(Paths(keys=mine).replies(list_id), status_code=303)
        kept = services.store.replies
        now = services.now()
        waiting = {log: waits_still(each, now=now) for log, each in kept.waiting(list_id).items()}
        found = replied(kept.of_list(list_id), waiting)
        readable = mta_named(view.listed.mta).log is not None
        followed = bool(services.settings().mta_logs)
        return show(request, "answered.html", listed=view.listed, replied=found, readable=readable, followed=followed)

    return router
