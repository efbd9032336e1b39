"""What every page for people is given beside its own: who reads it, and what of ours is wrong."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from monitor.web.blindness import Blindness, blindness
from monitor.web.site import Site

Show = Callable[..., HTMLResponse]


def page_renderer(site: Site, render: Callable[..., HTMLResponse]) -> Show:
    """A function (request, template name, **context) → page. Owners who came by their links are guests."""

    def show(request: Request, name: str, **context: Any) -> HTMLResponse:
        guest = owned(request) is not None
        return render(
            name,
            problem="" if guest else site.problem(),
            demo_url=None if guest else site.demo_url,
            locked=site.settings().web.token is not None,
            guest=guest,
            **context,
        )

    return show


def owned(request: Request) -> frozenset[str] | None:
    """The only lists that this reader may see, where the gate let an owner in; None for those who may see all."""
    lists: frozenset[str] | None = getattr(request.state, "owned", None)
    return lists


def hidden(request: Request, list_id: str) -> bool:
    """Whether this reader may not see that list."""
    lists = owned(request)
    return lists is not None and list_id not in lists


def own_faults(site: Site) -> Callable[[], tuple[Blindness, ...]]:
    """A function that says which parts of ours are silent; for a minute from now on, one never heard is not missed."""
    started_at = site.now()

    def look() -> tuple[Blindness, ...]:
        beats, watching = site.store.heartbeats.all(), bool(site.lists())
        return blindness(beats, site.settings(), watching=watching, now=site.now(), started_at=started_at)

    return look
