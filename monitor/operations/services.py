"""What an operation needs from outside: settings, store, resolver, rules and the clock, handed in by the wiring."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.dns.authority import Authorities
from monitor.dns.resolver import Resolver
from monitor.model.lists import Lists, MailingList, named
from monitor.store import Store
from monitor.store.configured import watched_lists


def asks_no_dns() -> NoReturn:
    """A process without a resolver."""
    raise NotImplementedError("this process asks no DNS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What one process works with."""

    settings: Callable[[], Settings]  # as the file gives them now
    store: Store
    rules: RuleSet
    now: Callable[[], datetime]  # aware, UTC
    resolver: Callable[[], Resolver] = asks_no_dns  # as the settings name its servers now
    authorities: Callable[[], Authorities] = asks_no_dns  # over that resolver: each name server of a zone

    def lists(self) -> Lists:
        """Every list under watch: those of the file and those added at run time. Raises StoreUnavailable."""
        return watched_lists(self.settings(), self.store)

    def watched(self, list_id: str) -> MailingList | None:
        """That list, or None where it is watched no longer. Raises StoreUnavailable."""
        return named(self.lists(), list_id)
