"""Whether this process lives, whether the whole can work, and the numbers for Prometheus."""

from fastapi import APIRouter, Request
from prometheus_client.exposition import choose_encoder
from starlette.responses import JSONResponse, PlainTextResponse, Response

from monitor.errors import StoreUnavailable
from monitor.web.blindness import blindness
from monitor.web.metrics import registry
from monitor.web.overview_cache import OverviewCache
from monitor.web.site import Site


def health_routes(site: Site, boards: OverviewCache) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False)
    numbers = registry(site, boards)

    @router.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @router.get("/readyz")
    def readyz() -> Response:
        try:
            beats, watching = site.store.heartbeats.all(), bool(site.lists())
            silent = [one.part for one in blindness(beats, site.settings(), watching=watching, now=site.now())]
        except StoreUnavailable as error:
            return JSONResponse({"ready": False, "silent": ["redis"], "detail": str(error)}, status_code=503)
        return JSONResponse({"ready": not silent, "silent": silent}, status_code=503 if silent else 200)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(numbers), headers={"content-type": content_type})

    return router
