"""The pages of incidents and notices: what happened when, who was told, what to answer, the letters to forward."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import HTMLResponse, Response

from monitor.incident.silence import in_force, receivers_in_danger
from monitor.letters.letter import Letter, as_mail, letters_on
from monitor.model.risk import Assessment
from monitor.operations.installation import finding_about, lists_having
from monitor.web.access.csrf import form_token
from monitor.web.page_services import PageServices
from monitor.web.pages.events import LOOK, address_of, look_of_list
from monitor.web.pages.incident_forms import LAST_WORDS, session_of
from monitor.web.pages.page_context import Show, hidden

ROWS_A_PAGE = 50


def incident_page_routes(services: PageServices, show: Show, key: Callable[[], bytes]) -> APIRouter:
    """`/incidents`, one incident with its letters, and `/notices`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/incidents")
    def incidents(request: Request, offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> HTMLResponse:
        found = services.store.incidents.recent(ROWS_A_PAGE + 1, offset)
        return show(
            request,
            "incidents.html",
            incidents=found[:ROWS_A_PAGE],
            more=len(found) > ROWS_A_PAGE,
            offset=offset,
            size=ROWS_A_PAGE,
        )

    @router.get("/incidents/{incident_id}")
    def an_incident(request: Request, incident_id: str) -> HTMLResponse:
        incident = services.store.incidents.get(incident_id)
        if incident is None or hidden(request, incident.list_id):
            raise HTTPException(404, "There is no such incident. Incidents are kept for 400 days after their end.")
        record = services.store.list_record(incident.list_id, LOOK, about=incident)
        assessment = record.assessment
        having = lists_having(services.store, incident.subject)
        shared = finding_about(services.store, incident.subject, having) if having else None
        return show(
            request,
            "incident.html",
            having=having,
            events=address_of(look_of_list(record), list_id=incident.list_id),
            incident=incident,
            listed=services.watched(incident.list_id),
            user=request.state.user,
            csrf=form_token(key(), session_of(request), now=services.now()),
            silences=in_force(services.store.silences.all(), incident.list_id, now=services.now()),
            lasts=LAST_WORDS,
            assessment=assessment,
            receivers=() if assessment is None else receivers_in_danger(assessment),
            evidence=(shared,)
            if shared is not None
            else ()
            if assessment is None or incident.resolved_at
            else tuple(one for one in assessment.findings if one.code in incident.reasons),
            letters=letters_about(assessment),
            notices=record.of_incident,
        )

    @router.get("/incidents/{incident_id}/letters/{reader}.eml")
    def a_letter(request: Request, incident_id: str, reader: str) -> Response:
        """A letter as a message to open, address and send."""
        incident = services.store.incidents.get(incident_id)
        if incident is None or hidden(request, incident.list_id):
            raise HTTPException(404, "There is no such incident.")
        assessment = services.store.outcomes.assessment(incident.list_id)
        letter = next((each for each in letters_about(assessment) if each.reader == reader), None)
        if letter is None:
            raise HTTPException(404, "There is nothing to write to that postmaster now.")
        return Response(
            as_mail(letter, now=services.now()),
            media_type="message/rfc822",
            headers={"Content-Disposition": f'attachment; filename="staysub-{letter.reader}.eml"'},
        )

    @router.get("/notices")
    def notices(request: Request, offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> HTMLResponse:
        found = services.store.notices.recent(ROWS_A_PAGE + 1, offset)
        return show(
            request,
            "notices.html",
            notices=found[:ROWS_A_PAGE],
            more=len(found) > ROWS_A_PAGE,
            offset=offset,
            size=ROWS_A_PAGE,
        )

    return router


def letters_about(assessment: Assessment | None) -> tuple[Letter, ...]:
    """Whom to write to about what was found, and what; nobody before the first check."""
    return () if assessment is None else letters_on(assessment.findings, forecasts=assessment.forecasts)
