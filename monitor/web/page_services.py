"""What every page needs: what an operation needs, and how this installation is reached and shown."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from monitor.operations.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class PageServices(Services):
    """The hands and eyes of the web part. It asks no DNS, and its pages read only from `store` and `settings`."""

    problem: Callable[[], str] = str  # a sentence while the configuration on disk cannot be used, else ""
    demo_url: str | None = None  # where the demonstration's caught mails and webhooks are shown; None: no demonstration

    def base(self, request: Request) -> str:
        """How the pages are reached, without a slash at the end: as configured, else as this request did."""
        return (self.settings().web.url or str(request.base_url)).rstrip("/")
