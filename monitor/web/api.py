"""`/api/v1`: everything that the pages show, for programs."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from monitor.config.settings import MailingList
from monitor.model import Incident, RiskLevel
from monitor.web import board
from monitor.web.boards import Boards
from monitor.web.documents import Checks, Forecast, Incidents, ListDetail, Lists, ListSummary, Notices, Probes
from monitor.web.site import Site

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Leave out so many from the front.")]
ListId = Annotated[str, Path(max_length=100, description="The list's id in the configuration.")]

NOT_FOUND: dict[int | str, dict[str, str]] = {404: {"description": "There is nothing of that id."}}


def api_routes(site: Site, boards: Boards) -> APIRouter:
    """The reading part of the API."""
    router = APIRouter(prefix="/api/v1")

    def turned(request: Request, response: Response, *, offset: int, limit: int, more: bool) -> None:
        """Where the neighbouring pages are (RFC 8288 section 3)."""
        links = []
        if more:
            links.append(f'<{request.url.include_query_params(offset=offset + limit)}>; rel="next"')
        if offset:
            links.append(f'<{request.url.include_query_params(offset=max(0, offset - limit))}>; rel="prev"')
        if links:
            response.headers["link"] = ", ".join(links)

    def watched(list_id: str) -> MailingList:
        listed = site.watched(list_id)
        if listed is None:
            raise HTTPException(404, f"No list {list_id!r} is watched.")
        return listed

    @router.get("/lists", tags=["lists"])
    def lists(
        *,
        request: Request,
        response: Response,
        q: Annotated[str, Query(max_length=200, description="Words that must occur in id, address or reason.")] = "",
        level: Annotated[list[RiskLevel] | None, Query(description="Only these levels.")] = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Lists:
        """Watched lists, the most urgent first."""
        snapshot = boards.now()
        found = board.find(snapshot.rows, words=q, levels=frozenset(level or ()))
        turned(request, response, offset=offset, limit=limit, more=offset + limit < len(found))
        return Lists(
            lists=[_summary(each) for each in found[offset : offset + limit]],
            total=len(found),
            offset=offset,
            limit=limit,
            counts=snapshot.counts,
        )

    @router.get("/lists/{list_id}", tags=["lists"], responses=NOT_FOUND)
    def a_list(list_id: ListId) -> ListDetail:
        """One list: its set-up, what we think of it, its open incident."""
        listed = watched(list_id)
        thought = site.store.outcomes.assessment(list_id)
        return ListDetail(
            **_summary(board.row(listed, board.thought_of(thought) if thought else board.UNTHOUGHT)).model_dump(),
            reverse_path=listed.reverse_path,
            helo=listed.helo,
            outbound=listed.outbound,
            author_domains=listed.author_domains,
            manager=listed.manager,
            mta=listed.mta,
            messages_per_day=listed.messages_per_day,
            subscribers=listed.subscribers,
            assessment=thought,
            incident=site.store.incidents.current(list_id),
        )

    @router.get("/lists/{list_id}/checks", tags=["lists"], responses=NOT_FOUND)
    def checks(list_id: ListId, limit: Limit = 50) -> Checks:
        """A list's checks, newest first."""
        watched(list_id)
        return Checks(checks=site.store.outcomes.checks(list_id, limit))

    @router.get("/lists/{list_id}/probes", tags=["lists"], responses=NOT_FOUND)
    def probes(list_id: ListId, limit: Limit = 50) -> Probes:
        """A list's probes and arrivals, newest first."""
        watched(list_id)
        return Probes(
            probes=site.store.probes.of_list(list_id, limit), arrivals=site.store.outcomes.arrivals(list_id, limit)
        )

    @router.get("/lists/{list_id}/forecast", tags=["lists"], responses=NOT_FOUND)
    def forecast(list_id: ListId) -> Forecast:
        """What will become of the list's subscribers, receiver by receiver."""
        watched(list_id)
        thought = site.store.outcomes.assessment(list_id)
        return Forecast(
            list=list_id,
            assessed_at=None if thought is None else thought.assessed_at,
            receivers=() if thought is None else thought.forecasts,
        )

    @router.get("/incidents", tags=["incidents"])
    def incidents(request: Request, response: Response, limit: Limit = 50, offset: Offset = 0) -> Incidents:
        """Incidents of all lists, newest first."""
        found = site.store.incidents.recent(limit + 1, offset)
        turned(request, response, offset=offset, limit=limit, more=len(found) > limit)
        return Incidents(incidents=found[:limit], next_offset=offset + limit if len(found) > limit else None)

    @router.get("/incidents/{incident_id}", tags=["incidents"], responses=NOT_FOUND)
    def an_incident(incident_id: Annotated[str, Path(max_length=200)]) -> Incident:
        """One incident with its history."""
        incident = site.store.incidents.get(incident_id)
        if incident is None:
            raise HTTPException(404, "There is no such incident.")
        return incident

    @router.get("/notices", tags=["notices"])
    def notices(request: Request, response: Response, limit: Limit = 50, offset: Offset = 0) -> Notices:
        """Notices of all lists, newest first."""
        found = site.store.notices.recent(limit + 1, offset)
        turned(request, response, offset=offset, limit=limit, more=len(found) > limit)
        return Notices(notices=found[:limit], next_offset=offset + limit if len(found) > limit else None)

    return router


def _summary(row: board.Row) -> ListSummary:
    return ListSummary(
        id=row.id,
        address=row.address,
        level=row.level,
        reason=row.thought.reason,
        act_by=row.thought.act_by,
        subscribers_at_risk=row.thought.subscribers,
        assessed_at=row.thought.assessed_at,
        blind=row.thought.blind,
    )
