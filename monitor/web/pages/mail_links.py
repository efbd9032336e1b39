"""Where links in mails lead: one incident to see and answer without a log-in, and the pause of such mails.

The link is the permission: it is signed, names one notice and holds for a time. A GET changes nothing, because mail
gateways and programs fetch links before anybody reads them; each change is a form, and the pause also a POST of a mail
program.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.incident.silence import in_force
from monitor.model.incidents import Incident, IncidentState, Notice
from monitor.model.order import ALARMING
from monitor.notify.links import PREFIX, notice_of
from monitor.notify.readers import reads_of, still_told
from monitor.operations import incidents as operation
from monitor.operations.plan_deliveries import EVERY_LIST, paused_by
from monitor.phrase.phrase import say
from monitor.web.access.language import language_for
from monitor.web.page_services import PageServices
from monitor.web.pages.incident_forms import LAST_WORDS, Text, end_of, end_of_silence
from monitor.web.paths import NOWHERE, Paths
from monitor.wording.once import told_once

ENDED: Final = say("This link holds no longer, or is not one of ours. A newer mail has a newer one.")
PATH: Final = PREFIX + "{token}"
Token = Annotated[str, Path(max_length=200)]


def answer_routes(
    services: PageServices, render: Callable[..., HTMLResponse], keys: Callable[[], Sequence[bytes]]
) -> APIRouter:
    """`/n/{token}`, and what its forms do."""
    router = APIRouter(include_in_schema=False)

    def opened(token: str) -> Notice:
        notice_id = notice_of(token, keys=keys(), now=services.now())
        notice = None if notice_id is None else services.store.notices.get(notice_id)
        if notice is None or not still_told(notice, services.lists(), services.settings()):
            raise HTTPException(404, ENDED)
        return notice

    def incident_of(notice: Notice) -> Incident:
        incident = services.store.incidents.get(notice.incident_id)
        if incident is None:
            raise HTTPException(404, say("Its incident is kept no longer."))
        return incident

    def answer(request: Request, token: str, notice: Notice) -> HTMLResponse:
        store, now = services.store, services.now()
        incident = store.incidents.get(notice.incident_id) if notice.incident_id else None
        pauses, assessment = store.suppressions, store.outcomes.assessment(notice.list_id)
        covered = paused_by(notice)
        request.state.reader = notice.target
        return render(
            "answer.html",
            language=language_for(request, services.settings()),
            guest=True,
            paths=own(token, notice),
            locked=False,
            problem="",
            demo_url=None,
            here=PREFIX + token,
            notice=notice,
            incident=incident,
            open=incident is not None and incident.state is not IncidentState.RESOLVED,
            assessment=assessment,
            told=() if assessment is None else told_once([f for f in assessment.findings if f.severity in ALARMING]),
            silences=() if incident is None else in_force(store.silences.all(), incident.list_id, now=now),
            lasts=LAST_WORDS,
            paused_until=pauses.until(notice.target, covered, services.now()),
            covered=None if covered == EVERY_LIST else covered,
        )

    def own(token: str, notice: Notice) -> Paths:
        """Below the same link the whole of its list is shown to its owner, for as long as the link holds."""
        listed = services.watched(notice.list_id)
        theirs = listed is not None and reads_of(notice.target, listed, services.settings())
        return Paths(keys={notice.list_id: token}) if theirs else NOWHERE

    def back(token: str) -> Response:
        return RedirectResponse(PREFIX + token, status_code=303)

    @router.get(PATH)
    @router.get(PATH + "/pause")
    def page(request: Request, token: Token) -> HTMLResponse:
        return answer(request, token, opened(token))

    @router.post(PATH + "/acknowledge")
    def acknowledge(token: Token, by: Text = "", reason: Text = "", lasts: Text = "end") -> Response:
        notice, now = opened(token), services.now()
        incident, by = incident_of(notice), by.strip() or notice.target
        operation.acknowledge(services.store, incident.id, by=by, reason=reason, now=now, until=end_of(lasts, now))
        return back(token)

    @router.post(PATH + "/silence")
    def silence(token: Token, by: Text = "", reason: Text = "", lasts: Text = "1d") -> Response:
        notice, now = opened(token), services.now()
        of, until, by = incident_of(notice).list_id, end_of_silence(lasts, now), by.strip() or notice.target
        operation.silence(services.store, by=by, reason=reason, now=now, until=until, list_id=of)
        return back(token)

    @router.post(PATH + "/pause")
    def pause(request: Request, token: Token) -> HTMLResponse:
        """A mail program posts here without cookies, and follows no redirect (RFC 8058 sections 3.1 and 3.2)."""
        notice = opened(token)
        services.store.suppressions.begin(notice.target, paused_by(notice), now=services.now())
        return answer(request, token, notice)

    @router.post(PATH + "/resume")
    def resume(token: Token) -> Response:
        notice = opened(token)
        services.store.suppressions.end(notice.target, paused_by(notice))
        return back(token)

    return router
