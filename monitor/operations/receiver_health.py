"""Was our own side in order while a probe was under way? Where it was not, its loss says nothing about its list."""

from datetime import datetime

from monitor.dns.answer import Resolver
from monitor.errors import DnsUnavailable
from monitor.incident.signs_of_life import silent
from monitor.model.vantage import Vantage
from monitor.operations.services import Services
from monitor.operations.store_watch import steady_since


def note_life(services: Services, vantage: Vantage) -> None:
    """This receiver answers as it should; after a silence also that it has come back now. May be repeated."""
    beats, now = services.store.heartbeats, services.now()
    if silent(beats.last_seen(vantage.part), now):
        beats.came_back(vantage.part, now)
    beats.beat(vantage.part, now)


def in_order_since(services: Services, vantage: Vantage, since: datetime) -> bool:
    """Whether this receiver has lived without a break since then, and so has the store, and mail finds us now."""
    beats = services.store.heartbeats
    back_at = beats.back_since(
        vantage.part
    )  # of a time to come, too: after a jump nothing is sure until it lives again
    if silent(beats.last_seen(vantage.part), services.now()) or (back_at is not None and back_at > since):
        return False
    return steady_since(services, since) and finds_us(vantage, services.resolver())


def finds_us(vantage: Vantage, resolver: Resolver) -> bool:
    """Whether the probe domain leads to the receiver over IPv6 (RFC 5321 section 5.1); False where DNS does not say."""
    try:
        exchanges = [host.removesuffix(".").lower() for _, host in resolver.lookup(vantage.domain, "MX").exchanges]
        return vantage.hostname in (exchanges or [vantage.domain]) and bool(
            resolver.lookup(vantage.hostname, "AAAA").records
        )
    except DnsUnavailable:
        return False
