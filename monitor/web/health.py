"""Whether this process lives, whether the whole can work, and the numbers for Prometheus."""

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.responses import JSONResponse, PlainTextResponse, Response

from monitor.errors import StoreUnavailable
from monitor.operations.silent_parts import silent_parts
from monitor.operations.told_of_clocks import told_of_clocks
from monitor.web.metrics import StoreCollector
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.store_condition import StoreCondition


def health_routes(services: PageServices, overview_cache: OverviewCache, condition: StoreCondition) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False)
    numbers = CollectorRegistry()  # of our collector alone: each application has its own
    numbers.register(StoreCollector(services, overview_cache))

    @router.get("/healthz")
    async def healthz() -> Response:  # not in a thread: it answers while all of them are at work
        return PlainTextResponse("ok\n")

    @router.get("/readyz")
    def readyz() -> Response:
        try:
            refusal = condition.look()
            beats, watching = services.store.heartbeats.all(), bool(services.lists())
            found = silent_parts(beats, services.settings(), watching=watching, now=services.now())
            silent, ready = [one.part for one in found], all(one.partly for one in found)
            clock = told_of_clocks(services, to_all=True)
        except StoreUnavailable as error:
            return JSONResponse(
                {"ready": False, "silent": ["redis"], "clock": [], "detail": condition.words(error)}, status_code=503
            )
        if refusal:
            answer = {"ready": False, "silent": silent, "clock": clock, "detail": refusal}
            return JSONResponse(answer, status_code=503)
        return JSONResponse({"ready": ready, "silent": silent, "clock": clock}, status_code=200 if ready else 503)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(numbers), headers={"content-type": content_type})

    return router
