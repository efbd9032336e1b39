"""The pages: overview, a list, incidents, notices. Rendered on the server from store and settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import HTMLResponse, Response

from monitor.config.settings import Settings
from monitor.incident.silence import in_force
from monitor.model import Incident, RiskLevel
from monitor.risk.brief import Brief, as_mail, briefs
from monitor.web import board, words
from monitor.web.actions import LAST_WORDS, session_of
from monitor.web.addresses import addresses
from monitor.web.blindness import Blindness, blindness
from monitor.web.boards import Boards
from monitor.web.charts import forecast_bars
from monitor.web.csrf import form_token
from monitor.web.keys import key_for
from monitor.web.matrix import matrix
from monitor.web.site import Site
from monitor.web.timeline import WINDOWS, Past, timeline

ROWS_A_PAGE = 50
CHECKS_SHOWN = 12
PROBES_SHOWN = 12
ARRIVALS_SHOWN = 8
INCIDENTS_SHOWN = 10
# How much of the past each window of the timeline reads: a check every 15 minutes, a probe an hour.
CHECKS_DRAWN = 100
ARRIVALS_READ = 100
DRAWN = {"24h": 150, "7d": 1000, "90d": 2000}
NOTICES_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """What the overview says of a list beside its row."""

    incident: Incident | None
    probe: Any


def page_routes(site: Site, boards: Boards, render: Callable[..., HTMLResponse], key: Callable[[], bytes]) -> APIRouter:
    """The pages for people."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    started_at = site.now()

    def show(name: str, *, guest: bool = False, **context: Any) -> HTMLResponse:
        return render(
            name,
            problem="" if guest else site.problem(),
            demo_url=site.demo_url,
            locked=site.settings().web.token is not None,
            guest=guest,
            **context,
        )

    def blind(settings: Settings) -> tuple[Blindness, ...]:
        beats, watching = site.store.heartbeats.all(), bool(site.lists())
        return blindness(beats, settings, watching=watching, now=site.now(), started_at=started_at)

    @router.get("/")
    def overview(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        level: Annotated[tuple[str, ...], Query()] = (),
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    ) -> HTMLResponse:
        settings = site.settings()
        snapshot, owned = boards.now(), _owned(request)
        rows = snapshot.rows if owned is None else tuple(each for each in snapshot.rows if each.id in owned)
        counts = snapshot.counts if owned is None else board.counts(rows)
        levels = frozenset(RiskLevel(one) for one in level if one in set(RiskLevel))
        page = board.page(board.find(rows, words=q, levels=levels), offset=offset, limit=ROWS_A_PAGE)

        def link(**changes: Any) -> str:
            query = {"q": q, "level": sorted(levels), "offset": 0, **changes}
            query = {name: value for name, value in query.items() if value}
            return "/" + ("?" + urlencode(query, doseq=True) if query else "")

        return show(
            "overview.html",
            guest=owned is not None,
            events="/events" if owned is None else "",
            page=page,
            counts=counts,
            headline=words.headline(counts),
            query=q,
            levels=levels,
            link=link,
            lately={
                each.id: Lately(
                    incident=site.store.incidents.current(each.id) if each.level is not RiskLevel.OK else None,
                    probe=next(iter(site.store.probes.of_list(each.id, 1)), None),
                )
                for each in page.rows
            },
            blind=blind(settings),
            checked_every=settings.schedule.check_every,
        )

    @router.get("/start")
    def start() -> HTMLResponse:
        return show("start.html")

    @router.get("/lists/{list_id}")
    def a_list(request: Request, list_id: str, window: str = "24h") -> HTMLResponse:
        listed = site.watched(list_id)
        if listed is None:
            raise HTTPException(404, "No list of that name is watched. Perhaps it was taken out of the configuration.")
        window = window if window in WINDOWS else "24h"
        store, now, settings = site.store, site.now(), site.settings()
        thought = store.outcomes.assessment(list_id)
        past = Past(
            history=store.outcomes.history(list_id, DRAWN[window], since=now - WINDOWS[window]),
            checks=store.outcomes.checks(list_id, min(DRAWN[window], CHECKS_DRAWN)),
            probes=store.probes.of_list(list_id, DRAWN[window]),
            arrivals=store.outcomes.arrivals(list_id, ARRIVALS_READ),
            incidents=store.incidents.of_list(list_id, INCIDENTS_SHOWN),
        )
        newest = next(iter(past.checks), None)
        return show(
            "list.html",
            guest=_owned(request) is not None,
            shared=_shared(site.base(request), key(), list_id) if _owned(request) is None else None,
            events="/events?" + urlencode({"list": list_id}),
            listed=listed,
            row=board.row(listed, board.thought_of(thought) if thought else board.UNTHOUGHT),
            thought=thought,
            matrix=matrix(thought.admission if thought else ()),
            bars={one.receiver: forecast_bars(one) for one in (thought.forecasts if thought else ())},
            window=window,
            windows=tuple(WINDOWS),
            timeline=timeline(past, window=window, now=now, check_every=settings.schedule.check_every),
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
            blind=blind(settings),
        )

    @router.get("/incidents")
    def incidents(offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> HTMLResponse:
        found = site.store.incidents.recent(ROWS_A_PAGE + 1, offset)
        return show(
            "incidents.html",
            incidents=found[:ROWS_A_PAGE],
            more=len(found) > ROWS_A_PAGE,
            offset=offset,
            size=ROWS_A_PAGE,
        )

    @router.get("/incidents/{incident_id}")
    def an_incident(request: Request, incident_id: str) -> HTMLResponse:
        incident = site.store.incidents.get(incident_id)
        if incident is None or _hidden(request, incident.list_id):
            raise HTTPException(404, "There is no such incident. Incidents are kept for 400 days after their end.")
        return show(
            "incident.html",
            guest=_owned(request) is not None,
            events="/events?" + urlencode({"list": incident.list_id}),
            incident=incident,
            listed=site.watched(incident.list_id),
            user=request.state.user,
            csrf=form_token(key(), session_of(request), now=site.now()),
            silences=in_force(site.store.silences.all(), incident.list_id, now=site.now()),
            lasts=LAST_WORDS,
            thought=site.store.outcomes.assessment(incident.list_id),
            letters=letters_about(incident.list_id),
            notices=site.store.notices.of_incident(incident_id),
        )

    def letters_about(list_id: str) -> tuple[Brief, ...]:
        thought = site.store.outcomes.assessment(list_id)
        return () if thought is None else briefs(thought.findings, forecasts=thought.forecasts)

    @router.get("/incidents/{incident_id}/letters/{reader}.eml")
    def a_letter(request: Request, incident_id: str, reader: str) -> Response:
        """A letter as a message to open, address and send."""
        incident = site.store.incidents.get(incident_id)
        if incident is None or _hidden(request, incident.list_id):
            raise HTTPException(404, "There is no such incident.")
        letter = next((each for each in letters_about(incident.list_id) if each.reader == reader), None)
        if letter is None:
            raise HTTPException(404, "There is nothing to write to that postmaster now.")
        return Response(
            as_mail(letter, now=site.now()),
            media_type="message/rfc822",
            headers={"Content-Disposition": f'attachment; filename="staysub-{letter.reader}.eml"'},
        )

    @router.get("/notices")
    def notices(offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> HTMLResponse:
        found = site.store.notices.recent(ROWS_A_PAGE + 1, offset)
        return show(
            "notices.html", notices=found[:ROWS_A_PAGE], more=len(found) > ROWS_A_PAGE, offset=offset, size=ROWS_A_PAGE
        )

    return router


def _owned(request: Request) -> frozenset[str] | None:
    """The only lists that this reader may see, where the gate let an owner in; None for those who may see all."""
    owned: frozenset[str] | None = getattr(request.state, "owned", None)
    return owned


def _hidden(request: Request, list_id: str) -> bool:
    owned = _owned(request)
    return owned is not None and list_id not in owned


def _shared(base: str, signing_key: bytes, list_id: str) -> dict[str, str]:
    """Where a list's page for owners, its badge and its feed are."""
    return {
        "owner": f"{base}/own/{key_for(signing_key, 'owner', list_id)}",
        "badge_path": f"/badge/{key_for(signing_key, 'badge', list_id)}.svg",
        "badge": f"{base}/badge/{key_for(signing_key, 'badge', list_id)}.svg",
        "shields": f"{base}/badge/{key_for(signing_key, 'badge', list_id)}.json",
        "feed": f"{base}/feed/{key_for(signing_key, 'feed', list_id)}.atom",
    }
