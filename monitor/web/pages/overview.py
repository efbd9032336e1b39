"""The overview: which lists are in danger, since when, until when, why; and how to put a list in."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from monitor.model.risk import RiskLevel
from monitor.operations.told_of_clocks import told_of_clocks
from monitor.overview import rows as overview_rows
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.pages.events import address_of, look_of_overview
from monitor.web.pages.page_context import Show, own_faults, owned
from monitor.web.views import wording
from monitor.web.views.overview_chart import runway, scale

ROWS_A_PAGE = 50


def overview_routes(services: PageServices, overview_cache: OverviewCache, show: Show) -> APIRouter:
    """`/` and `/start`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    blind = own_faults(services)

    @router.get("/")
    def overview(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        level: Annotated[tuple[str, ...], Query()] = (),
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    ) -> HTMLResponse:
        settings, now = services.settings(), services.now()
        snapshot, beats, mine = overview_cache.now(), services.store.heartbeats.all(), owned(request)
        rows = snapshot.rows if mine is None else tuple(each for each in snapshot.rows if each.id in mine)
        counts = snapshot.counts if mine is None else overview_rows.counts(rows)
        levels = frozenset(RiskLevel(one) for one in level if one in set(RiskLevel))
        page = overview_rows.page(overview_rows.find(rows, words=q, levels=levels), offset=offset, limit=ROWS_A_PAGE)

        def link(**changes: Any) -> str:
            query = {"q": q, "level": sorted(levels), "offset": 0, **changes}
            query = {name: value for name, value in query.items() if value}
            return "/" + ("?" + urlencode(query, doseq=True) if query else "")

        return show(
            request,
            "overview.html",
            events=address_of(look_of_overview(services, snapshot, beats)) if mine is None else "",
            page=page,
            counts=counts,
            headline=wording.headline(counts, calm=snapshot.calm if mine is None else overview_rows.calm_ones(rows)),
            query=q,
            levels=levels,
            link=link,
            incidents=services.store.incidents.currents(
                [each.id for each in page.rows if each.level is not RiskLevel.OK]
            ),
            probes=services.store.probes.newest([each.id for each in page.rows]),
            runways={each.id: runway(each.summary.odds, now=now) for each in page.rows},
            blind=blind(beats, watching=bool(snapshot.lists)),
            clock=told_of_clocks(services) if mine is None else (),
            scale=scale(),
            checked_every=settings.schedule.check_every,
        )

    @router.get("/start")
    def start(request: Request) -> HTMLResponse:
        return show(request, "start.html")

    return router
