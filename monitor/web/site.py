"""What every page needs: settings, store and clock, handed in once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from monitor.config.settings import Settings
from monitor.model.lists import MailingList
from monitor.store import Store


def no_problem() -> str:
    """The configuration on disk is the one that holds."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The hands and eyes of the web part. The pages read only from `store` and `settings`."""

    settings: Callable[[], Settings]  # as the file gives them now
    store: Store
    now: Callable[[], datetime]  # aware, UTC
    problem: Callable[[], str] = no_problem  # a sentence while the configuration on disk cannot be used
    demo_url: str | None = None  # where the demonstration's caught mails and webhooks are shown; None: no demonstration

    def lists(self) -> tuple[MailingList, ...]:
        """Every list under watch: those of the file and those added at run time. Raises StoreUnavailable."""
        return self.store.lists.merged_with(self.settings().lists)

    def watched(self, list_id: str) -> MailingList | None:
        """That list, or None where it is not watched. Raises StoreUnavailable."""
        return next((each for each in self.lists() if each.id == list_id), None)

    def base(self, request: Request) -> str:
        """How the pages are reached, without a slash at the end: as configured, else as this request did."""
        return (self.settings().web.url or str(request.base_url)).rstrip("/")
