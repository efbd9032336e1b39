"""The demonstration's own page: a button for each list that mends it, and the notices that owners got."""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from monitor.demo.stories import STORIES, story
from monitor.demo.world import World, now

_BODY_BYTES = 1_000_000  # of a webhook call; ours are far smaller
# The page shows mail that it did not write: no script runs here, and nothing is loaded from elsewhere.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; form-action 'self'"


def workshop(world: World) -> FastAPI:
    """The page over that world."""
    app = FastAPI(title="Staysub demonstration", openapi_url=None)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
    )

    def page(name: str, **facts: object) -> HTMLResponse:
        html = templates.get_template(name).render(world=world, plan=world.plan, **facts)
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})

    @app.get("/")
    def front() -> HTMLResponse:
        return page("workshop.html", stories=STORIES, caught=world.catch.newest_first())

    @app.get("/caught/{number}")
    def one_notice(number: int) -> HTMLResponse:
        caught = world.catch.get(number)
        if caught is None:
            raise HTTPException(404, "This notice is gone.")
        return page("caught.html", caught=caught)

    @app.post("/mend/{list_id}")
    def mend(list_id: str) -> Response:
        if world.mend(list_id) is None:
            raise HTTPException(404, "There is nothing to mend.")
        return RedirectResponse("/", status_code=303)

    @app.post("/undo/{list_id}")
    def undo(list_id: str) -> Response:
        if world.undo(list_id) is None:
            raise HTTPException(404, "There is no such list.")
        return RedirectResponse("/", status_code=303)

    @app.post("/hook/{list_id}")
    async def hook(list_id: str, request: Request) -> Response:
        """Where the lists' webhooks point to: 2xx for a call whose signature is right, 401 for any other."""
        if story(list_id) is None:
            raise HTTPException(404, "There is no such list.")
        body = b""
        async for block in request.stream():
            body += block
            if len(body) > _BODY_BYTES:
                raise HTTPException(413, "That is too much.")
        caught = world.catch.add_webhook(body, request.headers, secret=world.plan.secret, list_id=list_id, at=now())
        world.on_notice(caught)
        return Response(status_code=204 if caught.verified else 401)

    return app
