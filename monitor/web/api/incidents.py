"""`/api/v1/incidents`, `/notices` and `/silences`: what happened, who was told, what is not to be told."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Path, Query

from monitor.errors import UsageError
from monitor.model.incidents import Incident, IncidentState, Notice, NoticeState
from monitor.notify.notice import shown_payload, shown_target
from monitor.operations import incidents as operation
from monitor.operations.deliver import replay_notice
from monitor.web.api.documents import IncidentEvidence, Incidents, Letter, Letters, NoticeDocument, Notices, Silences
from monitor.web.api.overview import NOT_FOUND, Turn
from monitor.web.api.paging import Turner
from monitor.web.incident_view import incident_of, letters_about, view_of_incident
from monitor.web.list_view import LEVEL
from monitor.web.page_services import PageServices

SEARCHED = 20_000  # as many as are kept, where only those of a state are asked for
T = TypeVar("T", Incident, Notice)
Id = Annotated[str, Path(max_length=200)]


def incident_routes(services: PageServices) -> APIRouter:
    """The reading operations."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/incidents", tags=["incidents"])
    def incidents(
        turn: Turn,
        state: Annotated[list[IncidentState] | None, Query(description="Only these states.")] = None,
    ) -> Incidents:
        """Incidents of all lists, newest first."""
        found, following = _newest(turn, services.store.incidents.recent, state)
        return Incidents(incidents=found, next_offset=following)

    @router.get("/incidents/{incident_id}", tags=["incidents"], responses=NOT_FOUND)
    def an_incident(incident_id: Id) -> Incident:
        """One incident with its history."""
        return incident_of(services, incident_id)

    @router.get("/incidents/{incident_id}/notices", tags=["incidents"], responses=NOT_FOUND)
    def notices_of(incident_id: Id) -> Notices:
        """Who was told of it and through what, oldest first."""
        found = services.store.notices.of_incident(incident_of(services, incident_id).id)
        return Notices(notices=tuple(map(notice_document, found)))

    @router.get("/incidents/{incident_id}/letters", tags=["incidents"], responses=NOT_FOUND)
    def letters(incident_id: Id) -> Letters:
        """The letters: what to write to the postmaster who can mend it, with the sections to cite."""
        assessment = services.store.outcomes.assessment(incident_of(services, incident_id).list_id)
        return Letters(letters=tuple(map(Letter.model_validate, letters_about(assessment, services.rules))))

    @router.get("/incidents/{incident_id}/evidence", tags=["incidents"], responses=NOT_FOUND)
    def evidence(incident_id: Id) -> IncidentEvidence:
        """On what it rests now: lists, findings with the record to publish, receivers; and what silences it."""
        return IncidentEvidence.model_validate(view_of_incident(services, incident_of(services, incident_id), LEVEL))

    @router.get("/silences", tags=["incidents"])
    def silences() -> Silences:
        """The silences in force."""
        now = services.now()
        return Silences(
            silences=tuple(one for one in services.store.silences.all() if one.created_at <= now < one.until)
        )

    @router.get("/notices", tags=["notices"])
    def notices(
        turn: Turn, state: Annotated[list[NoticeState] | None, Query(description="Only these states.")] = None
    ) -> Notices:
        """Notices of all lists, newest first."""
        found, following = _newest(turn, services.store.notices.recent, state)
        return Notices(notices=tuple(map(notice_document, found)), next_offset=following)

    @router.get("/notices/{notice_id}", tags=["notices"], responses=NOT_FOUND)
    def a_notice(notice_id: Id) -> NoticeDocument:
        """One notice: what it says, and every try to deliver it."""
        found = services.store.notices.get(notice_id)
        if found is None:
            raise HTTPException(404, "There is no such notice.")
        return notice_document(found)

    return router


def _newest(
    turn: Turner, recent: Callable[[int, int], Sequence[T]], states: Sequence[str] | None
) -> tuple[tuple[T, ...], int | None]:
    """The page of what is newest, of those states only if any are named, and where the next one begins."""
    if not states:
        return turn.turned(recent(turn.limit + 1, turn.offset))
    return turn.cut([each for each in recent(SEARCHED, 0) if each.state in states])


def change_incident_routes(services: PageServices) -> APIRouter:
    """What programs change here beside acknowledging and silencing."""
    router = APIRouter(prefix="/api/v1", responses=NOT_FOUND)

    @router.delete("/silences/{silence_id}", tags=["incidents"], status_code=204)
    def unsilence(silence_id: Id, by: Annotated[str, Query(max_length=300)] = "") -> None:
        """End a silence now; what was not told meanwhile is told after the next check."""
        if silence_id not in {one.id for one in services.store.silences.all()}:
            raise HTTPException(404, "There is no such silence.")
        with suppress(UsageError):  # it ended by itself meanwhile
            operation.unsilence(services.store, silence_id, by=by, now=services.now())

    @router.post("/notices/{notice_id}/replay", tags=["notices"])
    def replay(notice_id: Id) -> NoticeDocument:
        """Try a notice again under its old id, whatever became of it."""
        again = replay_notice(services.store, services.settings(), notice_id, now=services.now())
        if again is None:
            raise HTTPException(404, "There is no such notice.")
        return notice_document(again)

    return router


def notice_document(notice: Notice) -> NoticeDocument:
    """A notice for programs, without what is secret in an endpoint's URL, and without keys."""
    return NoticeDocument.model_validate(
        replace(notice, target=shown_target(notice), payload=shown_payload(notice) or "{}")
    )
