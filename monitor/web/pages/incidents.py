"""The pages of incidents and notices: what happened when, who was told, what to answer, the letters to forward."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.letters.letter import as_mail
from monitor.model.incidents import Incident
from monitor.phrase.phrase import joined, say
from monitor.tongue.languages import ENGLISH, language_named
from monitor.web.access.csrf import form_token
from monitor.web.incident_view import letters_about, view_of_incident
from monitor.web.page_services import PageServices
from monitor.web.pages.events import LOOK, address_of, look_of_list
from monitor.web.pages.incident_forms import LAST_WORDS, session_of
from monitor.web.pages.page_context import Show, below_own, owned
from monitor.web.paths import Paths

ROWS_A_PAGE = 50
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
T = TypeVar("T")


def incident_page_routes(services: PageServices, show: Show, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """`/incidents`, one incident with its letters, and `/notices`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def seen(request: Request, incident_id: str, why: str = "") -> Incident:
        incident, lists = services.store.incidents.get(incident_id), owned(request)
        if incident is None or (lists is not None and incident.list_id not in lists):
            raise HTTPException(404, joined(" ", (say("There is no such incident."), why)))
        return incident

    @router.get("/incidents")
    def incidents(request: Request, offset: Offset = 0) -> HTMLResponse:
        found, turn = turned(services.store.incidents.recent, offset)
        return show(request, "incidents.html", incidents=found, **turn)

    @router.get("/incidents/{incident_id}")
    def an_incident(request: Request, incident_id: str) -> Response:
        kept = say("Incidents are kept for 400 days after their end.")
        incident, mine = seen(request, incident_id, kept), owned(request)
        if mine is not None and not below_own(request):
            return RedirectResponse(Paths(keys=mine).incident(incident.id, incident.list_id), status_code=303)
        view = view_of_incident(services, incident, LOOK)
        return show(
            request,
            "incident.html",
            view=view,
            incident=incident,
            listed=services.watched(incident.list_id),
            events=below_own(request) + address_of(look_of_list(view.record), list_id=incident.list_id),
            user=request.state.user,
            csrf=form_token(keys()[0], session_of(request), now=services.now()),
            lasts=LAST_WORDS,
        )

    @router.get("/incidents/{incident_id}/letters/{reader}.eml")
    def a_letter(
        request: Request, incident_id: str, reader: str, wanted: Annotated[str, Query(alias="in")] = ENGLISH
    ) -> Response:
        """A letter as a message to open, address and send, in a language that its page offers."""
        assessment = services.store.outcomes.assessment(seen(request, incident_id).list_id)
        letters = letters_about(assessment, services.rules, language_named(wanted) or ENGLISH)
        letter = next((each for each in letters if each.reader == reader), None)
        if letter is None:
            raise HTTPException(404, say("There is nothing to write to that postmaster now."))
        return Response(
            as_mail(letter, now=services.now()),
            media_type="message/rfc822",
            headers={"Content-Disposition": f'attachment; filename="staysub-{letter.reader}.eml"'},
        )

    @router.get("/notices")
    def notices(request: Request, offset: Offset = 0) -> HTMLResponse:
        found, turn = turned(services.store.notices.recent, offset)
        return show(request, "notices.html", notices=found, **turn)

    return router


def turned(recent: Callable[[int, int], Sequence[T]], offset: int) -> tuple[Sequence[T], dict[str, Any]]:
    """A page of what is newest, and what the template needs to turn to its neighbours."""
    found = recent(ROWS_A_PAGE + 1, offset)
    return found[:ROWS_A_PAGE], {"more": len(found) > ROWS_A_PAGE, "offset": offset, "size": ROWS_A_PAGE}
