"""What every page for people is given beside its own: who reads it, and what of ours is wrong."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from monitor.config.settings import Settings
from monitor.incident.blindness import Blind
from monitor.operations.silent_parts import silent_parts
from monitor.tongue.voice import Voice
from monitor.web.access.language import language_for, spoken_to
from monitor.web.page_services import PageServices
from monitor.web.paths import EVERYWHERE, NOWHERE, Paths
from monitor.web.store_condition import StoreCondition

Show = Callable[..., HTMLResponse]


def page_renderer(services: PageServices, render: Callable[..., HTMLResponse], condition: StoreCondition) -> Show:
    """A function (request, template name, **context) → page. Owners who came by their links are guests."""

    def show(request: Request, name: str, **context: Any) -> HTMLResponse:
        mine = owned(request)
        guest = mine is not None or context.pop("stranger", False)
        usual = Paths(keys=mine) if mine is not None else NOWHERE if guest else EVERYWHERE
        return render(
            name,
            problem="" if guest else services.problem(),
            upheaval="" if guest else _upheaval(services),
            unwritten=condition.said,
            demo_url=None if guest else services.demo_url,
            locked=services.settings().web.token is not None,
            guest=guest,
            **{"paths": usual, **spoken_to(request, services.settings()), **context},
        )

    return show


def _upheaval(services: PageServices) -> str:
    """What became of the store lately, as this process has seen it: it looks with each of its signs of life."""
    seen = services.store.identity.seen
    told = None if seen is None else seen.upheaval_told(services.now())
    return "" if told is None else told.sentence


def voice_for(request: Request, settings: Settings, now: datetime) -> Voice:
    """How this request's reader is spoken to, for what is drawn before its template is rendered."""
    return Voice(language_for(request, settings), UTC, now)


def owned(request: Request) -> Mapping[str, str] | None:
    """The only lists that this reader may see, each with its key, where an owner came; None for who may see all."""
    lists: Mapping[str, str] | None = getattr(request.state, "owned", None)
    return lists


def below_own(request: Request) -> str:
    """What this request's address begins with where it is below an owner's link; else ""."""
    return str(getattr(request.state, "own", ""))


def own_faults(services: PageServices) -> Callable[..., tuple[Blind, ...]]:
    """A function that says which parts of ours are silent; for a minute from now on, one never heard is not missed."""
    started_at = services.now()

    def look(beats: Mapping[str, datetime], *, watching: bool = True) -> tuple[Blind, ...]:
        return silent_parts(beats, services.settings(), watching=watching, now=services.now(), started_at=started_at)

    return look
