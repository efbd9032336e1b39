"""Live updates: a stream of server-sent events that says when a page that is open would look different now."""

import asyncio
import hashlib
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from monitor.errors import StoreUnavailable
from monitor.evidence.probes.source import PROBES
from monitor.operations.silent_parts import silent_parts
from monitor.store.list_record import Depth, ListRecord
from monitor.web.access.client import client_asking
from monitor.web.overview_cache import OverviewCache, Snapshot
from monitor.web.page_services import PageServices

LOOK_EVERY_S: Final = 2.0
CLOSE_WITHIN_S: Final = 0.25
COMMENT_EVERY: Final = 10  # looks without a change, after which a comment keeps proxies from cutting the line
STREAMS: Final = 100  # at most so many at once; further readers reload by hand
STREAMS_OF_ONE: Final = 30  # an office behind one address; each open page is one
STREAM_LASTS_S: Final = 900.0  # then the browser comes again; whoever left without a word keeps no place for longer
UNBUFFERED: Final = {"x-accel-buffering": "no"}  # nginx and others pass each event on at once
ROWS_WATCHED: Final = 200  # of the overview: the most urgent ones
LOOK: Final = Depth(assessment=True, evidence={PROBES: 3}, incidents=3, notices=20)  # of a list


def live_routes(services: PageServices, overview_cache: OverviewCache, closing: threading.Event) -> APIRouter:
    """`/events`, for the overview or one list; open streams end by themselves once `closing` is set."""
    router = APIRouter(include_in_schema=False)
    places = StreamPlaces()

    @router.get("/events")
    async def events(
        request: Request,
        listed: Annotated[str, Query(alias="list", max_length=200)] = "",
        seen: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        def look() -> str:
            if listed:
                return look_of_list(services.store.list_record(listed, LOOK))
            return look_of_overview(services, overview_cache.now(), services.store.heartbeats.all())

        stream = changes(look, closing, seen=seen or None)
        return Stream(stream, places, client_asking(services.settings().web, request.scope).site)

    return router


class StreamPlaces:
    """How many streams are open, in all and of each client."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    def take(self, client: str) -> bool:
        """Whether there was a place; then it is the client's until `leave`."""
        if self.open.total() >= STREAMS or self.open[client] >= STREAMS_OF_ONE:
            return False
        self.open[client] += 1
        return True

    def leave(self, client: str) -> None:
        """The stream has ended."""
        self.open[client] -= 1
        if not self.open[client]:
            del self.open[client]


class Stream(StreamingResponse):
    """A stream that has its place before its first octet, and gives it back however it ends."""

    def __init__(self, events: AsyncIterator[str], places: StreamPlaces, client: str) -> None:
        super().__init__(events, media_type="text/event-stream", headers=UNBUFFERED)
        self._places = places
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream, or answer that there is no place."""
        if not self._places.take(self._client):
            full = PlainTextResponse("Too many pages are open already.\n", 503, headers={"retry-after": "60"})
            await full(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._places.leave(self._client)


async def changes(look: Callable[[], str], closing: threading.Event, *, seen: str | None = None) -> AsyncIterator[str]:
    """Events in the form of the HTML standard, section 9.2: `changed` with the new look whenever it is another one.

    `seen` is the look that the page was made with, so that nothing between page and stream is missed.
    """
    yield "retry: 5000\n\n"
    before = seen
    quiet, ends = 0, time.monotonic() + STREAM_LASTS_S
    while not closing.is_set() and time.monotonic() < ends:
        try:
            now = await run_in_threadpool(look)
        except StoreUnavailable:
            now = "blind"
        if now != before and before is not None:
            yield f"event: changed\ndata: {now}\n\n"
            quiet = 0
        elif quiet >= COMMENT_EVERY:
            yield ": still here\n\n"
            quiet = 0
        before, quiet = now, quiet + 1
        waited = 0.0
        while waited < LOOK_EVERY_S and not closing.is_set():
            await asyncio.sleep(CLOSE_WITHIN_S)
            waited += CLOSE_WITHIN_S


def address_of(look: str, *, list_id: str = "") -> str:
    """Where the events for a page of that look are."""
    return "/events?" + urlencode({"list": list_id, "seen": look} if list_id else {"seen": look})


def look_of_overview(services: PageServices, snapshot: Snapshot, beats: Mapping[str, datetime]) -> str:
    """A digest of what the overview shows."""
    silent = silent_parts(beats, services.settings(), watching=bool(snapshot.lists), now=services.now())
    behind = Counter(each.summary.under.worst[0].cause for each in snapshot.rows[ROWS_WATCHED:])
    return _digest(
        [(row.id, row.summary) for row in snapshot.rows[:ROWS_WATCHED]],
        sorted(behind.items()),  # so that groups of thousands are not told by their first rows alone
        snapshot.counts,
        [one.part for one in silent],
        services.problem(),
    )


def look_of_list(record: ListRecord) -> str:
    """A digest of what the list's page and its incident's page show, of a record at least as deep as LOOK."""
    return _digest(
        record.assessment,
        record.of(PROBES)[: LOOK.evidence[PROBES]],
        record.incidents[: LOOK.incidents],
        [(one.id, one.state, len(one.attempts)) for one in record.notices[: LOOK.notices]],
    )


def _digest(*facts: object) -> str:
    return hashlib.blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
