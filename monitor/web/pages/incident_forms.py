"""What people do to incidents from the pages and the API: acknowledge, silence, end a silence."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Form, HTTPException, Path, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import RedirectResponse, Response

from monitor.model.incidents import Incident
from monitor.operations import incidents as operation
from monitor.phrase.phrase import listed, say
from monitor.web.access import policy
from monitor.web.access.csrf import token_holds
from monitor.web.incident_view import incident_of
from monitor.web.page_services import PageServices
from monitor.web.pages.page_context import below_own, owned

# How long an acknowledgement or silence may last, as the forms offer it; None: until the incident gets worse or ends.
LASTS: Final[dict[str, timedelta | None]] = {
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "end": None,
}
LAST_WORDS: Final = {
    "4h": say("for 4 hours"),
    "1d": say("for a day"),
    "7d": say("for a week"),
    "30d": say("for 30 days"),
    "end": say("until it gets worse or ends"),
}
TOO_OLD: Final = say("This form is too old. Go back, reload the page and send it again.")
Text = Annotated[str, Form(max_length=300)]
IncidentId = Annotated[str, Path(max_length=200)]

REFUSED: dict[int | str, dict[str, str]] = {
    404: {"description": "There is no such incident."},
    409: {"description": "It cannot be done as things are; the detail says why."},
}


class Acknowledge(BaseModel):
    """Who takes an incident on, why, and until when (absent: until it gets worse or ends)."""

    by: str = Field(default="", max_length=300)
    reason: str = Field(default="", max_length=300)
    until: AwareDatetime | None = None


class Silence(BaseModel):
    """Who wants to hear nothing of the incident's list, why, until when; of one receiver or finding where named."""

    by: str = Field(default="", max_length=300)
    reason: str = Field(default="", max_length=300)
    until: AwareDatetime
    receiver: str | None = Field(default=None, max_length=100)
    finding: str | None = Field(default=None, max_length=100)


def session_of(request: Request) -> str:
    """What a form's token is tied to: the session's cookie and the user whom a proxy named, or an owner's link."""
    return below_own(request) or f"{request.cookies.get(policy.COOKIE, '')}\0{request.state.user}"


def form_routes(services: PageServices, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """The forms' targets; each answers by leading back to the incident."""

    def checked(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> None:
        if not token_holds(keys(), session_of(request), csrf, now=services.now()):
            raise HTTPException(403, TOO_OLD)

    def theirs(request: Request, incident_id: str) -> Incident:
        """The incident; 404 where it is none of an owner's lists."""
        incident, mine = incident_of(services, incident_id), owned(request)
        if mine is not None and incident.list_id not in mine:
            raise HTTPException(404, say("There is no such incident."))
        return incident

    router = APIRouter(include_in_schema=False, dependencies=[Depends(checked)])

    @router.post("/incidents/{incident_id}/acknowledge")
    def acknowledge(
        request: Request, incident_id: IncidentId, by: Text = "", reason: Text = "", lasts: Text = "end"
    ) -> Response:
        incident, now = theirs(request, incident_id), services.now()
        operation.acknowledge(services.store, incident.id, by=by, reason=reason, now=now, until=end_of(lasts, now))
        return _back(request, incident)

    @router.post("/incidents/{incident_id}/silence")
    def silence(  # noqa: PLR0917 - the fields of a form
        request: Request,
        incident_id: IncidentId,
        by: Text = "",
        reason: Text = "",
        lasts: Text = "1d",
        finding: Text = "",
        receiver: Text = "",
    ) -> Response:
        incident, now = theirs(request, incident_id), services.now()
        operation.silence(
            services.store,
            by=by,
            reason=reason,
            now=now,
            until=end_of_silence(lasts, now),
            list_id=incident.list_id,
            finding=finding or None,
            receiver=receiver or None,
        )
        return _back(request, incident)

    @router.post("/incidents/{incident_id}/unsilence")
    def unsilence(request: Request, incident_id: IncidentId, silence_id: Text, by: Text = "") -> Response:
        incident = theirs(request, incident_id)
        if owned(request) is not None and not _is_of(services, silence_id, incident):
            raise HTTPException(404, say("There is no such silence."))
        operation.unsilence(services.store, silence_id, by=by, now=services.now())
        return _back(request, incident)

    return router


def action_routes(services: PageServices) -> APIRouter:
    """The same for programs."""
    router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"], responses=REFUSED)

    @router.post("/{incident_id}/acknowledge")
    def acknowledge(incident_id: IncidentId, said: Annotated[Acknowledge, Body()]) -> Incident:
        """Take an incident on: no reminders until the end given, or until it gets worse or ends. May be repeated."""
        incident = incident_of(services, incident_id)
        return operation.acknowledge(services.store, incident.id, now=services.now(), **dict(said))

    @router.post("/{incident_id}/silence")
    def silence(incident_id: IncidentId, said: Annotated[Silence, Body()]) -> Incident:
        """Say nothing more of the incident's list until the end given; of one receiver or finding where it is named."""
        incident = incident_of(services, incident_id)
        operation.silence(services.store, list_id=incident.list_id, now=services.now(), **dict(said))
        return incident_of(services, incident_id)

    return router


def end_of(lasts: str, now: datetime) -> datetime | None:
    """When what a form asks for ends; None: with the incident."""
    if lasts not in LASTS:
        raise HTTPException(422, say("It may last {lengths}.", lengths=listed(LASTS, "comma")))
    length = LASTS[lasts]
    return None if length is None else now + length


def end_of_silence(lasts: str, now: datetime) -> datetime:
    """When a silence of that length ends; one without an end is refused."""
    until = end_of(lasts, now)
    if until is None:
        raise HTTPException(422, say("A silence needs an end."))
    return until


def _is_of(services: PageServices, silence_id: str, incident: Incident) -> bool:
    """Whether it is of the incident's own list: one of more lists is for who may see all of them to end."""
    return any(one.id == silence_id and one.list_id == incident.list_id for one in services.store.silences.all())


def _back(request: Request, incident: Incident) -> Response:
    return RedirectResponse(f"{below_own(request)}/incidents/{incident.id}", status_code=303)
