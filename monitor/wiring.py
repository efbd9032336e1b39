"""Where the parts are put together: settings, store, resolver and clock for one process."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock

from monitor.admission.rules import load_rules
from monitor.config.reload import SettingsSource
from monitor.config.settings import DnsSettings
from monitor.dns.authority import Authorities
from monitor.dns.resolver import Resolver, system_resolver
from monitor.dns.witness import USUAL
from monitor.operations.receiver_backend import ReceiverBackend
from monitor.operations.receiver_memory import ReceiverMemory
from monitor.operations.services import Services
from monitor.receiver.token_addresses import TokenAddresses
from monitor.store.configured import agreed_now, store_of


@cache
def services() -> Services:
    """This process's services, made at first need; after a fork the connections are opened anew by themselves."""
    source = SettingsSource(_config_path())
    return assemble(source, now=agreed_now(source.current()))


def assemble(source: SettingsSource, *, now: Callable[[], datetime] | None = None) -> Services:
    """Services over that configuration; without a clock the store is asked what time it is, as a command does.

    Raises StoreUnavailable where the configuration says nowhere that Redis is.
    """
    dns, store = _Dns(source), store_of(source.current())
    return Services(
        settings=source.current,
        store=store,
        resolver=dns.resolver,
        authorities=dns.authorities,
        rules=load_rules(),
        now=now or store.clocks.now,
    )


def receiver_backend(made: Services) -> ReceiverBackend:
    """What the receiver asks of the house: made by the process that serves, and not before a fork.

    Raises StoreUnavailable where the signing key cannot be read.
    """
    memory = ReceiverMemory(made)
    memory.begin()
    addresses = TokenAddresses(keys=memory.keys, list_ids=memory.list_ids, rules=made.rules, clock=made.now)
    return ReceiverBackend(services=made, addresses=addresses, look_again=memory.look_again)


class _Dns:
    """The resolver for the name servers that the settings name now; a new one, with a cold cache, when they change."""

    def __init__(self, source: SettingsSource) -> None:
        self._source = source
        self._lock = Lock()
        self._made: tuple[DnsSettings, Resolver, Authorities] | None = None

    def resolver(self) -> Resolver:
        """Whom to ask."""
        return self._current()[1]

    def authorities(self) -> Authorities:
        """How to ask each name server of a zone directly."""
        return self._current()[2]

    def _current(self) -> tuple[DnsSettings, Resolver, Authorities]:
        wanted = self._source.current().dns
        with self._lock:
            if self._made is None or self._made[0] != wanted:
                resolver = system_resolver(wanted.nameservers, timeout=wanted.timeout, witnesses=USUAL)
                self._made = (wanted, resolver, Authorities(resolver))
            return self._made


def _config_path() -> Path | None:
    named = os.environ.get("STAYSUB_CONFIG")
    return Path(named) if named else None
