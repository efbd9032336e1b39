"""`/explain`: a message or bounce pasted or dropped, read hop by hop.

Nothing of it is kept but, where somebody says of which list it is a post, by which key that list signs.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from monitor.errors import StoreUnavailable, Unparsable
from monitor.model.signing import SignedAs
from monitor.operations.learn import learn
from monitor.phrase.phrase import say
from monitor.trace.explain import Explanation, as_document, explain
from monitor.trace.mailbox import MESSAGE_OCTETS_MAX
from monitor.web.access.csrf import form_token, token_holds
from monitor.web.page_services import PageServices
from monitor.web.pages.incident_forms import TOO_OLD, session_of
from monitor.web.pages.page_context import Show, owned
from monitor.web.views.hops import journey

SCHEMA: Final = "staysub.explain/1"
LISTS_OFFERED: Final = 200  # to choose from; of more than these the id is typed
NOTHING: Final = say("There is nothing to explain: paste a message with all its header fields, or choose a file.")
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


def explain_routes(services: PageServices, show_page: Show, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """The page and the API's operation."""
    router = APIRouter()

    def show(request: Request, status: int = 200, **said: Any) -> HTMLResponse:
        context = {
            "explanation": None,
            "fault": "",
            "pasted": "",
            "learnt": (),
            "chosen": "",
            "csrf": "",
            "lists": (),
            **said,
        }
        with suppress(StoreUnavailable):  # explaining needs no store, learning does
            context |= {
                "csrf": form_token(keys()[0], session_of(request), now=services.now()),
                "lists": list(owned(request) or ()) or [each.id for each in services.lists()[:LISTS_OFFERED]],
            }
        return show_page(request, "explain.html", status=status, **context)

    def learnt_by(request: Request, octets: bytes, list_id: str, csrf: str) -> tuple[SignedAs, ...]:
        """What the post shows of the list it is said to be of, kept; nothing where it is said to be of none."""
        mine = owned(request)
        listed = services.watched(list_id) if list_id and (mine is None or list_id in mine) else None
        if listed is None:
            if list_id:
                raise HTTPException(404, say("No list {name} is watched.", name=repr(list_id)))
            return ()
        if not token_holds(keys(), session_of(request), csrf, now=services.now()):
            raise HTTPException(403, TOO_OLD)
        return learn(services.store, octets, listed, now=services.now())

    @router.get("/explain", include_in_schema=False)
    def form(request: Request) -> HTMLResponse:
        return show(request)

    @router.post("/explain", include_in_schema=False)
    def page(
        request: Request,
        pasted: Annotated[str, Form()] = "",
        dropped: Annotated[UploadFile | None, File()] = None,
        post_of: Annotated[str, Form(max_length=100)] = "",
        csrf: Annotated[str, Form(max_length=200)] = "",
    ) -> HTMLResponse:
        octets = pasted.encode("utf-8", "surrogatepass")
        if dropped is not None and dropped.filename:
            octets = dropped.file.read(MESSAGE_OCTETS_MAX)
        if not octets.strip():
            return show(request, 422, fault=NOTHING)
        try:
            found = _explained(services, octets)
            learnt = learnt_by(request, octets, post_of, csrf)
        except Unparsable as error:
            return show(request, 422, fault=error.sentence, pasted=pasted[:MESSAGE_OCTETS_MAX], chosen=post_of)
        return show(
            request, explanation=found, journey=journey(found.path, found.authentication), learnt=learnt, chosen=post_of
        )

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
