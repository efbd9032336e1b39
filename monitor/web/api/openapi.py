"""The API's own description: as FastAPI makes it, with errors as the problem documents that they are."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from monitor.web.api.list_changes import schemas as list_schemas

PROBLEM: Final = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The status' name."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence that says what to do."},
        "errors": {
            "type": "array",
            "description": "Each fault of what was sent, at its place.",
            "items": {
                "type": "object",
                "required": ["place", "message"],
                "properties": {"place": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
# Answers that every operation may give; others stand at their routes.
EVERYWHERE: Final = {
    "400": "The request cannot be read at all.",
    "401": "A token is demanded, as a bearer token.",
    "403": "Another site's page sent this, or the token may only read.",
    "422": "The request is not of the form that is described here.",
    "429": "That is too often; Retry-After says when to ask again.",
    "503": "Redis is away; nothing is known now.",
}
NOT_MODIFIED: Final = {"304": {"description": "Nothing has changed since the answer with that entity tag."}}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document. It is made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
        )
        schemas = made["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = PROBLEM
        schemas |= list_schemas()
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"token": []}, {}]  # none where pages are served on a loopback address without a token
        for path in made["paths"].values():
            for method, operation in path.items():
                _answers(operation["responses"], reads=method == "get")
        app.openapi_schema = made
    return app.openapi_schema


def _answers(responses: dict[str, Any], *, reads: bool) -> None:
    errors = EVERYWHERE | {
        status: said["description"] for status, said in responses.items() if status[0] in "45" and status != "422"
    }
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses |= {status: {"description": said, "content": problem} for status, said in errors.items()}
    if reads:
        responses |= NOT_MODIFIED
        responses["200"]["headers"] = {
            "ETag": {"description": "Send it as If-None-Match.", "schema": {"type": "string"}}
        }
