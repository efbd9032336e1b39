"""Where the parts are put together: settings, store, resolver and clock for one process."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import Any

from monitor.admission.rules import load_rules
from monitor.config.reload import SettingsSource
from monitor.config.settings import DnsSettings, Settings
from monitor.dns.authority import Authorities
from monitor.dns.resolver import Resolver, system_resolver
from monitor.errors import ConfigError, StoreUnavailable
from monitor.operations.list_bounces import take_copy
from monitor.operations.record_arrival import record_arrival
from monitor.operations.services import Services
from monitor.receiver.backend import TokenBackend
from monitor.receiver.probe_notes import StoreProbeNotes
from monitor.risk.receiver_forecasts import parties
from monitor.store import Store, open_store
from monitor.store.embedded import embedded_url, socket_path

LISTS_LOOKED_AT_EVERY_S = 2.0
DEFAULT_MTA = "postfix"  # whose settings are read alike for every MTA


@cache
def services() -> Services:
    """This process's services, made at first need; after a fork the connections are opened anew by themselves."""
    return assemble(SettingsSource(_config_path(), policies=policy_faults))


def assemble(source: SettingsSource) -> Services:
    """Services over that configuration. Raises StoreUnavailable where it says nowhere that Redis is."""
    dns = _Dns(source)
    return Services(
        settings=source.current,
        store=store_of(source.current()),
        resolver=dns.resolver,
        authorities=dns.authorities,
        rules=load_rules(),
        now=now,
    )


def policy_faults(manager: str, overrides: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with a list's bounce policy: (key, sentence), none where it is good. For `load` and `SettingsSource`."""
    try:
        parties(manager, DEFAULT_MTA, overrides)
    except ConfigError as error:
        return error.faults
    return []


def store_of(settings: Settings) -> Store:
    """The store that the settings name. Nothing is sent yet."""
    return open_store(redis_url(settings))


def redis_url(settings: Settings) -> str:
    """Where Redis is: the configured one, else the embedded server of the `staysub run` that works on `data_dir`.

    Raises StoreUnavailable where there is neither.
    """
    if settings.redis.url is not None:
        return settings.redis.url.get_secret_value()
    if socket_path(settings.data_dir).exists():
        return embedded_url(settings.data_dir)
    raise StoreUnavailable(
        f"No Redis is configured and no `staysub run` is working on {settings.data_dir}. "
        "Start one, or set url in [redis].",
        reason="unconfigured",
    )


def receiver_backend(made: Services) -> TokenBackend:
    """What the receiver asks of the house, over the store. Raises StoreUnavailable where the signing key cannot be read."""

    def submitted_at(probe_id: str) -> datetime | None:
        known = made.store.probes.get(probe_id)
        return None if known is None else known.submitted_at or known.scheduled_at

    return TokenBackend(
        key=made.store.signing_key(),
        list_ids=_ListIds(made).now,
        find_submitted_at=submitted_at,
        keep=lambda arrival: record_arrival(made, arrival),
        notes=StoreProbeNotes(made.store),
        keep_copy=lambda arrival, content: take_copy(made, arrival, content),
        clock=made.now,
    )


def now() -> datetime:
    """The clock: aware, UTC."""
    return datetime.now(UTC)


class _ListIds:
    """The ids of the watched lists for one who must not wait for Redis: asked anew every few seconds by a thread of its own.

    While Redis is away the last known ones hold.
    """

    def __init__(self, made: Services) -> None:
        self._made = made
        self._known: frozenset[str] | None = None

    def now(self) -> frozenset[str]:
        """The ids as last known."""
        if self._known is None:
            self._known = frozenset(each.id for each in self._made.settings().lists)
            self._look()
            Thread(target=self._keep_looking, name="list-ids", daemon=True).start()
        return self._known

    def _keep_looking(self) -> None:
        while True:
            sleep(LISTS_LOOKED_AT_EVERY_S)
            self._look()

    def _look(self) -> None:
        with suppress(StoreUnavailable):
            self._known = frozenset(each.id for each in self._made.lists())


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
                resolver = system_resolver(wanted.nameservers, timeout=wanted.timeout)
                self._made = (wanted, resolver, Authorities(resolver))
            return self._made


def _config_path() -> Path | None:
    named = os.environ.get("STAYSUB_CONFIG")
    return Path(named) if named else None
