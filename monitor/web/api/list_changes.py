"""Lists added, changed and removed over the API: kept in Redis beside those of the file, judged by the file's rules."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, NoReturn

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Request, Response

from monitor.config.list_document import merged, parse_list, read_list
from monitor.config.lists import ListSettings
from monitor.store.lists import Written
from monitor.web.api.documents import ListDetail
from monitor.web.api.list_detail import detail, of_file, settings_tag
from monitor.web.list_view import NOW, view_of
from monitor.web.page_services import PageServices

OCTETS_MOST: Final = 1_000_000  # a list with counts for twenty thousand domains
TRIES: Final = 5  # of a PATCH without If-Match, while others change the same list
ListId = Annotated[str, Path(max_length=100, description="The list's id: letters, digits, “.”, “_” and “-”.")]
IfMatch = Annotated[str, Header(alias="If-Match", description="Only if the settings have this entity tag.")]
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", description="`*`: only if there is no such list yet.")]

REFUSED: dict[int | str, dict[str, str]] = {
    409: {"description": "The list stands in the configuration file, or there is no room for another one."},
    412: {"description": "The list has changed since the answer with that entity tag."},
    413: {"description": f"The body is longer than {OCTETS_MOST} octets."},
}
NOT_FOUND: dict[int | str, dict[str, str]] = {404: {"description": "No such list was added over the API."}}


def _body(description: str, media_type: str, schema: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


async def given(request: Request) -> dict[str, Any]:
    """The JSON object of the body."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > OCTETS_MOST:
            raise HTTPException(413, f"A list takes at most {OCTETS_MOST} octets.")
    try:
        document = json.loads(raw, parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, "The body is no JSON; send the keys of a [[list]] as one JSON object.") from error
    if not isinstance(document, dict):
        raise HTTPException(422, "The body must be one JSON object with the keys of a [[list]].")
    return document


Given = Annotated[dict[str, Any], Depends(given)]


def change_routes(services: PageServices, keys: Callable[[], Sequence[bytes]]) -> APIRouter:
    """PUT, PATCH and DELETE of a list."""
    router = APIRouter(prefix="/api/v1/lists", tags=["lists"], responses=REFUSED)

    def seen(list_id: str, if_match: str, if_none_match: str = "") -> dict[str, Any] | None:
        """The document that is there; refuses what may not be changed, or has changed meanwhile."""
        if of_file(services, list_id):
            raise HTTPException(409, f"{list_id} stands in the configuration file and can be changed only there.")
        before = services.store.lists.document(list_id)
        if if_match and not (before is not None and holds(if_match, settings_tag(keys()[0], before))):
            raise HTTPException(412, "The list is not as the entity tag says; read it anew.")
        if if_none_match.strip() == "*" and before is not None:
            raise HTTPException(412, "There is a list of that id already.")
        return before

    def checked(list_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        return parse_list(list_id, document, settings=services.settings())

    def answered(response: Response, document: Mapping[str, Any]) -> ListDetail:
        response.headers["etag"] = f'"{settings_tag(keys()[0], document)}"'
        return detail(services, view_of(services, read_list(document), NOW))

    @router.put(
        "/{list_id}",
        responses={201: {"description": "The list was added.", "model": ListDetail}},
        openapi_extra=_body("The keys of a [[list]] of the configuration file.", "application/json", "ListSettings"),
    )
    def put_list(
        response: Response,
        list_id: ListId,
        said: Given,
        if_match: IfMatch = "",
        if_none_match: IfNoneMatch = "",
    ) -> ListDetail:
        """Watch a list, or give a watched one these settings instead of its own. May be repeated."""
        before = seen(list_id, if_match, if_none_match)
        document = checked(list_id, said)
        written = services.store.lists.put(
            document,
            seen=before if if_match else None,
            unseen=if_none_match.strip() == "*",
        )
        _see_that_it_is(written)
        if written is Written.CREATED:
            response.status_code = 201
            response.headers["location"] = f"/api/v1/lists/{list_id}"
        return answered(response, document)

    @router.patch(
        "/{list_id}",
        responses=NOT_FOUND,
        openapi_extra=_body(
            "A JSON Merge Patch (RFC 7396): null removes a key.", "application/merge-patch+json", "ListPatch"
        ),
    )
    def patch_list(response: Response, list_id: ListId, said: Given, if_match: IfMatch = "") -> ListDetail:
        """Change some settings of a list; what is not named stays, secrets as well."""
        for _ in range(TRIES):
            before = seen(list_id, if_match)
            if before is None:
                _not_there(list_id)
            document = checked(list_id, merged(before, said))
            written = services.store.lists.put(document, seen=before)
            if written is not Written.CHANGED:
                return answered(response, document)
        _see_that_it_is(Written.CHANGED)
        raise AssertionError("what has changed is refused")

    @router.delete("/{list_id}", status_code=204, responses=NOT_FOUND)
    def delete_list(list_id: ListId, if_match: IfMatch = "") -> None:
        """Watch a list no longer. Its incident ends; what was recorded of it expires by itself."""
        before = seen(list_id, if_match)
        if before is None:
            _not_there(list_id)
        _see_that_it_is(services.store.lists.delete(list_id, seen=before if if_match else None))

    return router


def holds(if_match: str, tag: str) -> bool:
    """Whether an If-Match header names these settings (RFC 9110 section 13.1.1).

    What was learnt of a list since does not count: of our tags, `"settings.content"`, the first part alone is compared.
    """
    offered = [each.strip().strip('"').partition(".")[0] for each in if_match.split(",")]
    return "*" in offered or tag in offered


def schemas() -> dict[str, Any]:
    """How the bodies look, for the OpenAPI document."""
    made = ListSettings.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    definitions = made.pop("$defs", {})
    made["properties"]["id"]["description"] = "May be left out; else the id of the address."
    made["required"] = [name for name in made["required"] if name != "id"]
    made["title"] = "ListSettings"
    nullable = {name: {"anyOf": [each, {"type": "null"}]} for name, each in made["properties"].items()}
    patch = {**made, "title": "ListPatch", "description": "Some of them.", "required": [], "properties": nullable}
    return {**definitions, "ListSettings": made, "ListPatch": patch}


def _see_that_it_is(written: Written) -> None:
    if written is Written.CHANGED:
        raise HTTPException(412, "Somebody else changed the list meanwhile; read it anew.")
    if written is Written.FULL:
        raise HTTPException(409, "There is no room for another list; remove one first.")


def _not_there(list_id: str) -> NoReturn:
    raise HTTPException(404, f"No list {list_id!r} was added over the API.")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
