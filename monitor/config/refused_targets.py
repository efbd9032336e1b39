"""Endpoints that name an address where nothing is ever sent: told before the first notice is lost there.

No fault of the whole: the parts run with it, as they do with an endpoint that does not answer, and tell that it fails.
A name is judged by its addresses whenever it is connected to.
"""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from monitor.config.faults import Fault
from monitor.config.load import Loaded
from monitor.config.settings import Settings
from monitor.errors import ConfigError
from monitor.http.allowed_addresses import DEFAULT_PORTS, refusal
from monitor.http.endpoint_url import address_of
from monitor.model.dns import IpNetwork
from monitor.model.lists import MailingList


def see_targets(loaded: Loaded, *, name: str) -> None:
    """Nothing, if there is none. Raises ConfigError with all of them."""
    faults = list(refused_targets(loaded.settings))
    if faults:
        raise ConfigError(name, faults, loaded.places)


def refused_targets(settings: Settings) -> Iterator[Fault]:
    """Each such URL of a configuration at its place, with what would be right."""
    allowed = settings.notices.allow_networks
    if settings.heartbeat.url is not None:
        yield from _refused("heartbeat.url", settings.heartbeat.url.reveal(), allowed)
    for n, owner in enumerate(settings.owners):
        for m, hook in enumerate(owner.webhooks):
            yield from _refused(f"owner[{n}].webhook[{m}].url", hook.url, allowed)
    for n, listed in enumerate(settings.file_lists):
        yield from refused_targets_of(listed, allowed, where=f"list[{n}].")


def refused_targets_of(listed: MailingList, allowed: Collection[IpNetwork], *, where: str = "") -> Iterator[Fault]:
    """Likewise of one list."""
    for m, hook in enumerate(listed.webhooks):
        yield from _refused(f"{where}webhook[{m}].url", hook.url, allowed)


def _refused(where: str, url: str, allowed: Collection[IpNetwork]) -> Iterator[Fault]:
    address, parts = address_of(url), urlsplit(url)
    if address is None:
        return
    reason = refusal(address, port=parts.port or DEFAULT_PORTS[parts.scheme], allow_networks=allowed)
    if reason is not None:
        need = "name its network in notices.allow_networks if it is meant"
        yield where, f"leads to an address or port where nothing is sent ({reason}); {need}"
