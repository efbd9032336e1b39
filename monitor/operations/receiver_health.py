"""Was our own side in order while a probe was under way? Where it was not, its loss says nothing about its list."""

from datetime import datetime

from monitor.config.settings import ReceiverSettings
from monitor.dns.answer import Resolver
from monitor.errors import DnsUnavailable
from monitor.incident.signs_of_life import silent
from monitor.operations.services import Services

PART = "receiver"


def note_life(services: Services) -> None:
    """The receiver answers as it should; after a silence also that it has come back now. May be repeated."""
    beats, now = services.store.heartbeats, services.now()
    if silent(beats.last_seen(PART), now):
        beats.came_back(PART, now)
    beats.beat(PART, now)


def in_order_since(services: Services, receiver: ReceiverSettings, since: datetime) -> bool:
    """Whether the receiver has lived without a break since then, and mail for the probe domain finds it now."""
    beats = services.store.heartbeats
    back_at = beats.back_since(PART)
    if silent(beats.last_seen(PART), services.now()) or (back_at is not None and back_at > since):
        return False
    return finds_us(receiver, services.resolver())


def finds_us(receiver: ReceiverSettings, resolver: Resolver) -> bool:
    """Whether the probe domain leads to the receiver over IPv6 (RFC 5321 section 5.1); False where DNS does not say."""
    try:
        exchanges = [host.removesuffix(".").lower() for _, host in resolver.lookup(receiver.domain, "MX").exchanges]
        return receiver.hostname in (exchanges or [receiver.domain]) and bool(
            resolver.lookup(receiver.hostname, "AAAA").records
        )
    except DnsUnavailable:
        return False
