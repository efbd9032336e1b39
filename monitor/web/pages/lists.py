"""The pages of one list: what is known of it, its past and its future, and each of its checks."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import HTMLResponse

from monitor.admission.data import load_rules
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.seen_mail import mail_of
from monitor.model.lists import MailingList
from monitor.operations.reassess import evidence_of
from monitor.web.access.share_keys import key_for
from monitor.web.page_services import PageServices
from monitor.web.pages.events import address_of, look_of_list
from monitor.web.pages.page_context import Show, own_faults, owned
from monitor.web.views import overview_rows, wording
from monitor.web.views.addresses import addresses
from monitor.web.views.admission_matrix import matrix
from monitor.web.views.history import WINDOWS, YOUNG, History
from monitor.web.views.outlook import outlook
from monitor.web.views.timeline_chart import timeline

CHECKS_SHOWN = 12
PROBES_SHOWN = 6
ARRIVALS_SHOWN = 6
INCIDENTS_SHOWN = 10
NOTICES_SHOWN = 20
# How much of the past each window of the timeline reads: a check every 15 minutes, a probe an hour.
CHECKS_DRAWN = 100
DRAWN = {"1h": 600, "24h": 150, "7d": 1000, "90d": 2000}


def list_page_routes(services: PageServices, show: Show, key: Callable[[], bytes]) -> APIRouter:
    """`/lists/{id}` and `/lists/{id}/checks/{number}`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    blind = own_faults(services)

    @router.get("/lists/{list_id}")
    def a_list(
        request: Request,
        list_id: str,
        window: Annotated[str, Query(max_length=10)] = "",
        whatif: Annotated[str, Query(max_length=20)] = "",
    ) -> HTMLResponse:
        listed, look = watched(list_id), look_of_list(services, list_id)
        store, now, settings = services.store, services.now(), services.settings()
        thought = store.outcomes.assessment(list_id)
        asked = window if window in WINDOWS else ""
        shown = asked or "24h"
        evidence = evidence_of(store, listed, settings, load_rules(), now=now)
        past = History(
            history=store.outcomes.history(list_id, DRAWN[shown], since=now - WINDOWS[shown]),
            checks=store.evidence.read(CHECKS, list_id, CHECKS_DRAWN),
            probes=store.probes.of_list(list_id, DRAWN[shown]),
            arrivals=mail_of(evidence),
            bounces=evidence.of(BOUNCES),
            incidents=store.incidents.of_list(list_id, INCIDENTS_SHOWN),
            tallies=store.outcomes.tallies(list_id),
        )
        if not asked and past.history and past.tallies and past.history[-1].assessed_at > now - YOUNG:
            shown = "1h"

        def link(**changes: str) -> str:
            query = {"window": asked, "whatif": whatif, **changes}
            return "?" + urlencode({name: value for name, value in query.items() if value})

        newest = next(iter(past.checks), None)
        return show(
            request,
            "list.html",
            shared=_shared(services.base(request), key(), list_id) if owned(request) is None else None,
            events=address_of(look, list_id=list_id),
            listed=listed,
            row=overview_rows.row(listed, overview_rows.summary_of(thought) if thought else overview_rows.NOT_ASSESSED),
            thought=thought,
            matrix=matrix(thought.admission if thought else ()),
            outlook=outlook(evidence, thought, settings, word=whatif) if thought else None,
            link=link,
            window=shown,
            windows=tuple(WINDOWS),
            timeline=timeline(past, window=shown, now=now, check_every=settings.schedule.check_every),
            addresses=addresses(listed.outbound, past.arrivals, newest),
            newest=newest,
            checks=past.checks[:CHECKS_SHOWN],
            probes=past.probes[:PROBES_SHOWN],
            arrivals=past.arrivals[:ARRIVALS_SHOWN],
            current=store.incidents.current(list_id),
            incidents=past.incidents,
            notices=store.notices.of_list(list_id, NOTICES_SHOWN),
            next_check=store.schedule.next_due("check", list_id),
            next_probe=store.schedule.next_due("probe", list_id),
            blind=blind(),
        )

    @router.get("/lists/{list_id}/checks/{number}")
    def a_check(request: Request, list_id: str, number: int) -> HTMLResponse:
        listed = watched(list_id)
        kept = services.store.evidence.read(CHECKS, list_id, None)
        check = next((one for one in kept if wording.check_key(one) == number), None)
        if check is None:
            raise HTTPException(404, "That check is not kept any more. Its verdicts live on in the list's timeline.")
        return show(
            request,
            "check.html",
            listed=listed,
            newest=check,
            matrix=matrix(check.admission),
        )

    def watched(list_id: str) -> MailingList:
        listed = services.watched(list_id)
        if listed is None:
            raise HTTPException(404, "No list of that name is watched. Perhaps it was taken out of the configuration.")
        return listed

    return router


def _shared(base: str, signing_key: bytes, list_id: str) -> dict[str, str]:
    """Where a list's page for owners, its badge and its feed are."""
    return {
        "owner": f"{base}/own/{key_for(signing_key, 'owner', list_id)}",
        "badge_path": f"/badge/{key_for(signing_key, 'badge', list_id)}.svg",
        "badge": f"{base}/badge/{key_for(signing_key, 'badge', list_id)}.svg",
        "shields": f"{base}/badge/{key_for(signing_key, 'badge', list_id)}.json",
        "feed": f"{base}/feed/{key_for(signing_key, 'feed', list_id)}.atom",
    }
