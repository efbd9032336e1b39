"""`/api/v1/lists/{id}`: one list with all that is recorded of it."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, HTTPException, Request, Response

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.canary.source import CANARY, CANARY_NOTICES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.ledger import DAYS_KEPT
from monitor.evidence.probes.source import PROBES
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.risk.facts import there_of
from monitor.store.list_record import Depth
from monitor.web.access.recognition import caller_of
from monitor.web.access.share_links import share_links
from monitor.web.api.documents import (
    AddressDocument,
    Addresses,
    BounceDocument,
    Bounces,
    Check,
    Checks,
    History,
    Incidents,
    Links,
    ListDetail,
    Moment,
    Notices,
    Probes,
    ReachDayDocument,
    ReachDocument,
    Reports,
    Tallies,
)
from monitor.web.api.forecast import forecast_routes
from monitor.web.api.incidents import notice_document
from monitor.web.api.list_detail import detail, tag_of, watched
from monitor.web.api.overview import NOT_FOUND, ListId, Turn
from monitor.web.api.replies import replies_routes
from monitor.web.list_view import EVERY_CHECK, NOW
from monitor.web.page_services import PageServices
from monitor.web.views.addresses import Address, addresses
from monitor.web.views.bounced import bounced
from monitor.web.views.wording import check_key
from monitor.wording.reach import document_of

PREFIX = "/api/v1/lists/{list_id}"
ARRIVALS_COMPARED = 100  # as on the page
COMPARED = Depth(evidence={CHECKS: 1, ARRIVALS: ARRIVALS_COMPARED, CANARY: ARRIVALS_COMPARED})


def list_routes(services: PageServices, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """The reading operations on one list."""
    router = APIRouter(prefix=PREFIX, tags=["lists"], responses=NOT_FOUND)
    router.include_router(_routes_of_what_happened(services, keys))
    router.include_router(forecast_routes(services))
    router.include_router(replies_routes(services))

    @router.get("")
    def a_list(response: Response, list_id: ListId) -> ListDetail:
        """One list: its set-up, what we think of it, its open incident."""
        view = watched(services, list_id, NOW)
        response.headers["etag"] = f'"{tag_of(services.store, view.listed, keys()[0])}"'
        return detail(services, view)

    @router.get("/checks")
    def checks(list_id: ListId, turn: Turn) -> Checks:
        """A list's checks, newest first, each with its record's tree, verdicts and every DNS question behind them."""
        found, following = turn.cut(watched(services, list_id, Depth(evidence={CHECKS: turn.wanted})).record.of(CHECKS))
        return Checks(checks=found, ids=tuple(str(check_key(each)) for each in found), next_offset=following)

    @router.get("/checks/{wanted}")
    def a_check(list_id: ListId, wanted: str) -> Check:
        """One check."""
        check = watched(services, list_id, EVERY_CHECK).check(wanted)
        if check is None:
            raise HTTPException(404, f"{list_id} has no check {wanted!r} any more.")
        return Check(id=wanted, check=check)

    @router.get("/probes")
    def probes(list_id: ListId, turn: Turn) -> Probes:
        """A list's probes and arrivals, newest first, each turned by the same offset."""
        wanted = Depth(evidence=dict.fromkeys((PROBES, ARRIVALS, CANARY, CANARY_NOTICES), turn.wanted))
        record = watched(services, list_id, wanted).record
        arrivals = record.arrived(turn.wanted)[turn.offset : turn.offset + turn.limit]
        found, following = turn.cut(record.of(PROBES))
        return Probes(probes=found, arrivals=arrivals, next_offset=following)

    @router.get("/reports")
    def reports(list_id: ListId, turn: Turn) -> Reports:
        """What receivers' reports tell of the list. `proven` is false where anybody may have written the report."""
        wanted = Depth(evidence=dict.fromkeys((DMARC_REPORTS, TLS_REPORTS), turn.wanted))
        record = watched(services, list_id, wanted).record
        dmarc, tls = record.of(DMARC_REPORTS), record.of(TLS_REPORTS)
        _, following = turn.cut(dmarc if len(dmarc) > len(tls) else tls)
        page = slice(turn.offset, turn.offset + turn.limit)
        return Reports(dmarc=dmarc[page], tls=tls[page], next_offset=following)

    @router.get("/bounces")
    def bounces(list_id: ListId, turn: Turn) -> Bounces:
        """Refusals of the list's posts as bounces told them: one row a day, receiver, family and rule."""
        view = watched(services, list_id, Depth(ledger=DAYS_KEPT))
        found, following = turn.cut(bounced(view.record.ledger, services.rules, list_id=list_id))
        return Bounces(bounces=tuple(map(BounceDocument.model_validate, found)), next_offset=following)

    @router.get("/history")
    def history(list_id: ListId, turn: Turn) -> History:
        """The list's levels over time, newest first."""
        found, following = turn.cut(watched(services, list_id, Depth(history=turn.wanted)).record.history)
        return History(history=tuple(map(Moment.model_validate, found)), next_offset=following)

    @router.get("/addresses")
    def sets(list_id: ListId) -> Addresses:
        """Declared, observed and authorised addresses side by side."""
        view = watched(services, list_id, COMPARED)
        found = addresses(view.listed.outbound, view.record.arrived(ARRIVALS_COMPARED), view.newest)
        return Addresses(addresses=tuple(map(_address, found)))

    @router.get("/reach")
    def reach(list_id: ListId) -> ReachDocument:
        """Whom mail can reach over IPv6, by receiver, and how that changed."""
        view = watched(services, list_id, Depth(reach=True, roster=True))
        kept = view.record.reach
        there = there_of(view.listed, view.record.roster, kept)
        return ReachDocument(
            list=list_id,
            counted_at=None if kept is None else kept.counted_at,
            history=tuple(map(ReachDayDocument.model_validate, () if kept is None else kept.days)),
            **document_of(there),
        )

    @router.get("/tallies")
    def tallies(list_id: ListId) -> Tallies:
        """The list's last quarter of a year in counts of six hours each."""
        return Tallies.model_validate(watched(services, list_id, Depth(tallies=True)).record)

    return router


def _routes_of_what_happened(services: PageServices, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """What happened to it, who was told, and where it is shown."""
    router = APIRouter()

    @router.get("/incidents")
    def incidents(list_id: ListId, turn: Turn) -> Incidents:
        """The list's incidents, newest first."""
        found, following = turn.cut(watched(services, list_id, Depth(incidents=turn.wanted)).record.incidents)
        return Incidents(incidents=found, next_offset=following)

    @router.get("/notices")
    def notices(list_id: ListId, turn: Turn) -> Notices:
        """What was told about the list, newest first."""
        found, following = turn.cut(watched(services, list_id, Depth(notices=turn.wanted)).record.notices)
        return Notices(notices=tuple(map(notice_document, found)), next_offset=following)

    @router.get("/links")
    def links(request: Request, list_id: ListId) -> Links:
        """Where the list is shown without a token: badge, feed; and its owners' page, for who may change things."""
        watched(services, list_id, Depth())
        changes = caller_of(request.scope).changes
        return Links.model_validate(share_links(services.base(request), keys()[0], list_id, changes=changes))

    return router


def _address(one: Address) -> AddressDocument:
    return AddressDocument(
        ip=one.ip,
        declared=one.declared,
        observed_at=one.observed_at,
        authorised=one.authorised,
        spf=None if one.spf is None else one.spf.result,
        ptr=None if one.ptr is None else one.ptr.result,
        ptr_names=() if one.ptr is None else one.ptr.names,
    )
