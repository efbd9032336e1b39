"""`/api/v1/lists/{id}`: one list with all that is recorded of it."""

from collections.abc import Callable

from fastapi import APIRouter, HTTPException, Request, Response

from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import CheckOutcome
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment
from monitor.store.tally import Tally
from monitor.web.access.share_keys import key_for
from monitor.web.api.documents import (
    AddressDocument,
    Addresses,
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
    Tallies,
    TallyDocument,
)
from monitor.web.api.forecast import forecast_routes
from monitor.web.api.incidents import told
from monitor.web.api.list_detail import detail, tag_of
from monitor.web.api.overview import NOT_FOUND, ListId, Turn
from monitor.web.page_services import PageServices
from monitor.web.views.addresses import Address, addresses
from monitor.web.views.wording import check_key

PREFIX = "/api/v1/lists/{list_id}"
ARRIVALS_COMPARED = 100  # as on the page


def list_routes(services: PageServices, key: Callable[[], bytes]) -> APIRouter:
    """The reading operations on one list."""
    router = APIRouter(prefix=PREFIX, tags=["lists"], responses=NOT_FOUND)
    router.include_router(_told_routes(services, key))
    router.include_router(forecast_routes(services))

    def watched(list_id: str) -> MailingList:
        return _watched(services, list_id)

    @router.get("")
    def a_list(response: Response, list_id: ListId) -> ListDetail:
        """One list: its set-up, what we think of it, its open incident."""
        listed = watched(list_id)
        response.headers["etag"] = f'"{tag_of(services.store, listed, key())}"'
        return detail(services, listed)

    @router.get("/checks")
    def checks(list_id: ListId, turn: Turn) -> Checks:
        """A list's checks, newest first, each with its record's tree, its verdicts and every DNS question behind them."""
        watched(list_id)
        found, following = turn.cut(services.store.evidence.read(CHECKS, list_id, turn.wanted))
        return Checks(checks=found, ids=tuple(map(check_id, found)), next_offset=following)

    @router.get("/checks/{wanted}")
    def a_check(list_id: ListId, wanted: str) -> Check:
        """One check."""
        watched(list_id)
        for each in services.store.evidence.read(CHECKS, list_id, None):
            if check_id(each) == wanted:
                return Check(id=wanted, check=each)
        raise HTTPException(404, f"{list_id} has no check {wanted!r} any more.")

    @router.get("/probes")
    def probes(list_id: ListId, turn: Turn) -> Probes:
        """A list's probes and arrivals, newest first, each turned by the same offset."""
        watched(list_id)
        seen = services.store.evidence.arrivals(list_id, turn.wanted)[turn.offset : turn.offset + turn.limit]
        found, following = turn.cut(services.store.probes.of_list(list_id, turn.wanted))
        return Probes(probes=found, arrivals=seen, next_offset=following)

    @router.get("/bounces")
    def bounces(list_id: ListId, turn: Turn) -> Bounces:
        """Refusals of the list's posts, as bounces told them."""
        watched(list_id)
        found, following = turn.cut(services.store.evidence.read(BOUNCES, list_id, turn.wanted))
        return Bounces(bounces=found, next_offset=following)

    @router.get("/history")
    def history(list_id: ListId, turn: Turn) -> History:
        """The list's levels over time, newest first."""
        watched(list_id)
        found, following = turn.cut(services.store.outcomes.history(list_id, turn.wanted))
        return History(history=tuple(map(_moment, found)), next_offset=following)

    @router.get("/addresses")
    def sets(list_id: ListId) -> Addresses:
        """Declared, observed and authorised addresses side by side."""
        listed, recorded = watched(list_id), services.store.evidence
        newest = next(iter(recorded.read(CHECKS, list_id, 1)), None)
        found = addresses(listed.outbound, recorded.arrivals(list_id, ARRIVALS_COMPARED), newest)
        return Addresses(addresses=tuple(map(_address, found)))

    @router.get("/tallies")
    def tallies(list_id: ListId) -> Tallies:
        """The list's last quarter of a year in counts of six hours each."""
        watched(list_id)
        return Tallies(tallies=tuple(map(_tally, services.store.outcomes.tallies(list_id))))

    return router


def _told_routes(services: PageServices, key: Callable[[], bytes]) -> APIRouter:
    """What happened to it, who was told, and where it is shown."""
    router = APIRouter()

    @router.get("/incidents")
    def incidents(list_id: ListId, turn: Turn) -> Incidents:
        """The list's incidents, newest first."""
        _watched(services, list_id)
        found, following = turn.cut(services.store.incidents.of_list(list_id, turn.wanted))
        return Incidents(incidents=found, next_offset=following)

    @router.get("/notices")
    def notices(list_id: ListId, turn: Turn) -> Notices:
        """What was told about the list, newest first."""
        _watched(services, list_id)
        found, following = turn.cut(services.store.notices.of_list(list_id, turn.wanted))
        return Notices(notices=tuple(map(told, found)), next_offset=following)

    @router.get("/links")
    def links(request: Request, list_id: ListId) -> Links:
        """Where the list is shown without a token: its owners' page, its badge, its feed."""
        _watched(services, list_id)
        base, signing = services.base(request), key()
        return Links(
            page=f"{base}/lists/{list_id}",
            owner=f"{base}/own/{key_for(signing, 'owner', list_id)}",
            badge=f"{base}/badge/{key_for(signing, 'badge', list_id)}.svg",
            shields=f"{base}/badge/{key_for(signing, 'badge', list_id)}.json",
            feed=f"{base}/feed/{key_for(signing, 'feed', list_id)}.atom",
        )

    return router


def _watched(services: PageServices, list_id: str) -> MailingList:
    listed = services.watched(list_id)
    if listed is None:
        raise HTTPException(404, f"No list {list_id!r} is watched.")
    return listed


def check_id(outcome: CheckOutcome) -> str:
    """A check's stable id, which also names it in the address of its page."""
    return str(check_key(outcome))


def _tally(one: Tally) -> TallyDocument:
    return TallyDocument(
        begin=one.begin,
        checks=one.checks,
        levels=one.levels,
        arrived=one.arrived,
        arrived_badly=one.arrived_badly,
        bounced=one.bounced,
    )


def _moment(thought: Assessment) -> Moment:
    return Moment(assessed_at=thought.assessed_at, level=thought.level, reason=thought.reason, act_by=thought.act_by)


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
