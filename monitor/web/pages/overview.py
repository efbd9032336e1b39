"""The overview: which lists are in danger, since when, until when, why; and how to put a list in."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from monitor.model.incidents import IncidentSubject
from monitor.model.risk import RiskLevel
from monitor.operations.told_of_clocks import told_of_clocks
from monitor.overview.groups import By, folds
from monitor.overview.titles import cause_lines, title_of
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.pages.events import address_of, look_of_overview
from monitor.web.pages.page_context import Show, own_faults, voice_for
from monitor.web.views import wording
from monitor.web.views.glance import stake_alone
from monitor.web.views.overview_chart import runway, scale
from monitor.web.views.overview_shown import ALL_OF, EACH, ROWS_OF_A_GROUP, WAYS, Asked, Shown, shown


class Wanted(BaseModel):
    """What the address of the overview may say. What is not known there is passed over: somebody's old link."""

    by: str = Field("", max_length=20)
    group: str = Field("", max_length=600)
    q: str = Field("", max_length=200)
    level: tuple[str, ...] = ()
    offset: int = Field(0, ge=0, le=10_000_000)


def overview_routes(services: PageServices, overview_cache: OverviewCache, show: Show) -> APIRouter:
    """`/` and `/start`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    blind = own_faults(services)

    @router.get("/")
    def overview(request: Request, wanted: Annotated[Wanted, Query()]) -> HTMLResponse:
        settings, now = services.settings(), services.now()
        voice = voice_for(request, settings, now)
        snapshot, beats = overview_cache.now(), services.store.heartbeats.all()
        usual = By.CAUSE if folds(snapshot.rows, least=settings.incidents.shared_from) else EACH
        asked = Asked(
            by=wanted.by if wanted.by in WAYS else usual,
            usual=usual,
            group=wanted.group,
            words=wanted.q,
            levels=frozenset(RiskLevel(one) for one in wanted.level if one in set(RiskLevel)),
            offset=wanted.offset,
            language=voice.language,
        )
        grouped = asked.grouped
        stand, whole = (None, ()) if grouped is None else (snapshot.places(grouped), snapshot.groups(grouped))
        seen = shown(asked, snapshot.rows, stand, whole)
        rows = seen.lists.rows
        conditions = _conditions(seen)
        incidents = services.store.incidents.currents(
            [*(each.id for each in rows if each.level is not RiskLevel.OK), *conditions.values()]
        )
        return show(
            request,
            "overview.html",
            events=address_of(look_of_overview(services, snapshot, beats)),
            asked=asked,
            shown=seen,
            total=len(snapshot.rows),
            headline=wording.headline(snapshot.counts, calm=snapshot.calm),
            title_of=partial(title_of, receiver_name=services.rules.receiver_name),
            cause_lines=partial(cause_lines, receiver_name=services.rules.receiver_name),
            ways=WAYS,
            all_of=ALL_OF,
            incidents=incidents,
            incident_of=lambda one: incidents.get(conditions.get(one.key, "")),
            probes=services.store.probes.newest([each.id for each in rows]),
            stakes={
                each.id: stake_alone(each.summary.stake, now=now) for each in rows if each.level is not RiskLevel.OK
            },
            runways={each.id: runway(each.summary.odds, now=now, voice=voice) for each in rows},
            blind=blind(beats, watching=bool(snapshot.lists)),
            clock=told_of_clocks(services),
            scale=scale(voice),
            checked_every=settings.schedule.check_every,
            of_a_group=ROWS_OF_A_GROUP,
        )

    @router.get("/start")
    def start(request: Request) -> HTMLResponse:
        return show(request, "start.html")

    return router


def _conditions(seen: Shown) -> dict[str, str]:
    """Under which text the incident of a shown group's cause is kept, where it is told as one of the host; by key."""
    groups = (*seen.groups.rows, *filter(None, (seen.group,)))
    return {one.key: IncidentSubject.condition(*one.cause).text for one in groups if one.cause is not None}
