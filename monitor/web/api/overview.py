"""`/api/v1`: everything that the pages show, for programs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from monitor.model.risk import RiskLevel
from monitor.operations.silent_parts import parts_shown, silent_parts
from monitor.operations.told_of_clocks import told_of_clocks
from monitor.overview import rows as overview_rows
from monitor.overview.document import document_of
from monitor.overview.groups import By
from monitor.web.api.documents import GroupDocument, Lists, ListSummary, Overview, Part, Parts, Receivers
from monitor.web.api.paging import Turner
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices

ListId = Annotated[str, Path(max_length=100, description="The list's id.")]
NOT_FOUND: dict[int | str, dict[str, str]] = {404: {"description": "There is nothing of that id."}}
Turn = Annotated[Turner, Depends()]
Words = Annotated[str, Query(max_length=200, description="Words that must occur in id, address, host or reason.")]
Levels = Annotated[list[RiskLevel] | None, Query(description="Only these levels.")]


def api_routes(services: PageServices, overview_cache: OverviewCache) -> APIRouter:
    """What concerns all lists: the overview, our own parts, the receivers."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/lists", tags=["lists"])
    def lists(
        turn: Turn,
        q: Words = "",
        level: Levels = None,
        by: Annotated[By | None, Query(description="With `group`: what lists stand together by.")] = None,
        group: Annotated[str, Query(max_length=600, description="Only those of the group with that key.")] = "",
    ) -> Lists:
        """Watched lists, the most urgent first."""
        snapshot = overview_cache.now()
        found = overview_rows.find(snapshot.rows, words=q, levels=frozenset(level or ()))
        if by is not None and group:
            found = snapshot.places(by).of(group, found)
        rows, following = turn.cut(found)
        return Lists(
            lists=[ListSummary.model_validate(each) for each in rows],
            total=len(found),
            offset=turn.offset,
            limit=turn.limit,
            counts=snapshot.counts,
            next_offset=following,
        )

    @router.get("/overview", tags=["lists"])
    def overview(
        turn: Turn,
        by: Annotated[By, Query(description="What lists stand together by.")] = By.CAUSE,
        q: Words = "",
        level: Levels = None,
    ) -> Overview:
        """Watched lists in groups, what hurts most lists first: those that share a cause, a domain, a host."""
        snapshot = overview_cache.now()
        found = overview_rows.find(snapshot.rows, words=q, levels=frozenset(level or ()))
        groups = snapshot.groups(by) if len(found) == len(snapshot.rows) else snapshot.places(by).group(found)
        shown, following = turn.cut(groups)
        name = services.rules.receiver_name
        return Overview(
            by=by,
            groups=[GroupDocument.model_validate(document_of(each, receiver_name=name)) for each in shown],
            total=len(groups),
            offset=turn.offset,
            limit=turn.limit,
            lists=len(found),
            counts=overview_rows.counts(found),
            next_offset=following,
        )

    @router.get("/parts", tags=["parts"])
    def parts() -> Parts:
        """Whether we can see at all: our own parts, and what is wrong with the configuration on disk."""
        beats = services.store.heartbeats.all()
        silent = {
            one.part: one
            for one in silent_parts(beats, services.settings(), watching=bool(services.lists()), now=services.now())
        }
        return Parts(
            ready=all(one.partly for one in silent.values()),
            problem=services.problem(),
            clock=told_of_clocks(services),
            parts=tuple(
                Part(
                    part=part,
                    last_seen=beats.get(part),
                    silent=part in silent,
                    sentence=silent[part].sentence if part in silent else "",
                )
                for part in parts_shown(services.settings())
            ),
        )

    @router.get("/receivers", tags=["receivers"])
    def receivers() -> Receivers:
        """What ids of receivers and rules stand for, with dates and sources."""
        return Receivers.model_validate(services.rules)

    return router
