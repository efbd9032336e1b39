"""`/explain`: a message or bounce pasted or dropped, read hop by hop. Nothing of it is kept."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from monitor.errors import Unparsable
from monitor.trace.explain import Explanation, as_document, explain
from monitor.trace.mailbox import MESSAGE_OCTETS_MAX
from monitor.web.page_services import PageServices
from monitor.web.views.hops import journey

SCHEMA: Final = "staysub.explain/1"
NOTHING: Final = "There is nothing to explain: paste a message with all its header fields, or choose a file."
DOCUMENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "The document of `staysub explain --json`.",
    "required": ["schema", "kind", "hops", "authentication", "bounce", "findings"],
    "properties": {
        "schema": {"type": "string", "const": SCHEMA},
        "kind": {"type": "string", "enum": ["message", "bounce"]},
        "hops": {"type": "array", "items": {"type": "object"}},
        "authentication": {"type": "array", "items": {"type": "object"}},
        "bounce": {"type": ["object", "null"]},
        "findings": {"type": "array", "items": {"type": "object"}},
    },
}
BODY: Final = {
    "requestBody": {
        "required": True,
        "description": "The message; whatever media type is named, it is read as message/rfc822.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def explain_routes(services: PageServices, render: Callable[..., HTMLResponse]) -> APIRouter:
    """The page and the API's operation."""
    router = APIRouter()

    def show(status: int = 200, **said: Any) -> HTMLResponse:
        context = {"explanation": None, "fault": "", "pasted": "", **said}
        return render("explain.html", status=status, locked=services.settings().web.token is not None, **context)

    @router.get("/explain", include_in_schema=False)
    def form() -> HTMLResponse:
        return show()

    @router.post("/explain", include_in_schema=False)
    def page(pasted: Annotated[str, Form()] = "", dropped: Annotated[UploadFile | None, File()] = None) -> HTMLResponse:
        octets = pasted.encode("utf-8", "surrogatepass")
        if dropped is not None and dropped.filename:
            octets = dropped.file.read(MESSAGE_OCTETS_MAX)
        if not octets.strip():
            return show(422, fault=NOTHING)
        try:
            found = _explained(services, octets)
        except Unparsable as error:
            return show(422, fault=str(error), pasted=pasted[:MESSAGE_OCTETS_MAX])
        return show(explanation=found, journey=journey(found.path, found.authentication))

    @router.post(
        "/api/v1/explain",
        tags=["explain"],
        openapi_extra=BODY,
        responses={200: {"content": {"application/json": {"schema": DOCUMENT}}}},
    )
    async def document(request: Request) -> Response:
        """Explain a message or bounce, sent as it is; what stands behind the first mebibyte is not read."""
        octets = await _body(request)
        if not octets.strip():
            raise HTTPException(422, "There is nothing to explain: send the message as the body.")
        try:
            explanation = await run_in_threadpool(_explained, services, octets)
        except Unparsable as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse({"schema": SCHEMA, **as_document(explanation)})

    return router


def _explained(services: PageServices, octets: bytes) -> Explanation:
    return explain(octets, services.rules, now=services.now())


async def _body(request: Request) -> bytes:
    """The first MESSAGE_OCTETS_MAX octets of the body."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk[: MESSAGE_OCTETS_MAX - len(read)]
    return bytes(read)
