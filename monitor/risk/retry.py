"""From a refusal to a bounce: the list's MTA retries, changes the address family, or gives up.

Read in the sources and manuals of each MTA, and for Postfix and Exim watched at work (RFC 5321 sections 4.2.1, 4.5.4.1
and 5.1 are the standard behind all of it).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.errors import ConfigError
from monitor.model import AdmissionAction

DAY_S = 86400
REJECT_LATENCY_S = 60.0  # a rejected message is bounced at once


class FamilyOrder(StrEnum):
    """Which address family an MTA tries first where a receiver has both."""

    ANY = "any"  # by chance
    IPV6_FIRST = "ipv6-first"
    IPV4_ONLY = "ipv4-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mta:
    """How one MTA behaves with its defaults."""

    id: str
    title: str
    expires_s: float  # when the last failed attempt of an always-deferred message bounces it
    attempts: int  # until then
    order: FamilyOrder
    other_family: bool  # whether a 4yz leads to the other family's addresses in the same attempt
    source: str


MTAS: Mapping[str, Mta] = {
    mta.id: mta
    for mta in (
        Mta(
            id="postfix",
            title="Postfix",
            expires_s=433_200,
            attempts=108,
            order=FamilyOrder.ANY,
            other_family=True,
            source="src/global/mail_params.h, src/smtp/smtp_addr.c, src/smtp/smtp_trouble.c of 3.12; 5d lifetime",
        ),
        Mta(
            id="exim",
            title="Exim",
            expires_s=361_800,
            attempts=25,
            order=FamilyOrder.IPV6_FIRST,
            other_family=True,
            source="src/configure.default line 943, src/host.c, src/retry.c; F,2h,15m; G,16h,1h,1.5; F,4d,6h",
        ),
        Mta(
            id="sendmail",
            title="Sendmail",
            expires_s=433_800,
            attempts=241,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            source="cf/m4/cfhead.m4, sendmail/daemon.c of 8.18; queuereturn 5d, -q30m",
        ),
        Mta(
            id="opensmtpd",
            title="OpenSMTPD",
            expires_s=345_600,
            attempts=30,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            source="usr.sbin/smtpd/mta.c, scheduler_ramqueue.c of 7.8; ttl 4d",
        ),
        Mta(
            id="qmail",
            title="qmail",
            expires_s=608_400,
            attempts=40,
            order=FamilyOrder.IPV4_ONLY,
            other_family=False,
            source="qmail-send.c, qmail-remote.c; queuelifetime 604800",
        ),
        Mta(
            id="exchange",
            title="Exchange",
            expires_s=172_800,
            attempts=192,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            source="Microsoft documentation: MessageExpirationTimeout 2 d, MessageRetryInterval 15 min",
        ),
        Mta(
            id="exchange-online",
            title="Exchange Online",
            expires_s=86_400,
            attempts=24,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            source="Microsoft documentation: 24 h since March 2019",
        ),
    )
}


def mta_named(name: str) -> Mta:
    """The MTA of that name. Raises ConfigError."""
    if name not in MTAS:
        raise ConfigError("mta", [(name, f"is not known; known are {', '.join(MTAS)}")])
    return MTAS[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address family on the way to a receiver: what it answers there, and on how many addresses."""

    action: AdmissionAction
    addresses: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one post: the chance that it bounces, and how long that takes."""

    bounces: float
    latency_s: float


DELIVERED = Outcome(bounces=0.0, latency_s=REJECT_LATENCY_S)


def persisting(mta: Mta, ipv6: Route | None, ipv4: Route | None) -> Outcome:
    """What becomes of a post while each family answers the same every time; None: there is no such way."""
    return _attempts(mta, _first_families(mta, ipv6, ipv4), other=mta.other_family)


def sporadic(mta: Mta, rate: float, action: AdmissionAction, *, ipv6_share: float, alternative: bool) -> Outcome:
    """What becomes of a post where each attempt over IPv6 is refused by chance, independently of the last.

    `ipv6_share` is the chance that an attempt begins over IPv6; `alternative` says whether IPv4 would accept it.
    """
    if action is AdmissionAction.REJECT:
        return Outcome(bounces=rate * ipv6_share, latency_s=REJECT_LATENCY_S)
    if action is AdmissionAction.DEFER and not (alternative and mta.other_family):
        return Outcome(bounces=(rate * ipv6_share) ** mta.attempts, latency_s=mta.expires_s)
    return DELIVERED


def ipv6_share(mta: Mta, ipv6: Route | None, ipv4: Route | None) -> float:
    """The chance that an attempt begins over IPv6."""
    if ipv6 is None or (ipv4 is not None and mta.order is FamilyOrder.IPV4_ONLY):
        return 0.0
    if ipv4 is None or mta.order is not FamilyOrder.ANY:
        return 1.0
    return ipv6.addresses / (ipv6.addresses + ipv4.addresses)


def _first_families(mta: Mta, ipv6: Route | None, ipv4: Route | None) -> list[tuple[float, list[AdmissionAction]]]:
    """(chance, the answers in the order in which the families are tried)."""
    share = ipv6_share(mta, ipv6, ipv4)
    six = [ipv6.action] if ipv6 else []
    four = [ipv4.action] if ipv4 else []
    if mta.order is FamilyOrder.IPV4_ONLY and four:
        return [(1.0, four)]
    return [
        (chance, order) for chance, order in ((share, six + four), (1.0 - share, four + six)) if chance > 0 and order
    ]


def _attempts(mta: Mta, families: list[tuple[float, list[AdmissionAction]]], *, other: bool) -> Outcome:
    rejected = deferred = 0.0
    for chance, answers in families:
        tried = answers if other else answers[:1]
        final = next((a for a in tried if a is not AdmissionAction.DEFER), AdmissionAction.DEFER)
        if final is AdmissionAction.REJECT:
            rejected += chance
        elif final is AdmissionAction.DEFER:
            deferred += chance
    if deferred >= 1.0:
        return Outcome(bounces=1.0, latency_s=mta.expires_s)
    if deferred == 0.0:
        return Outcome(bounces=rejected, latency_s=REJECT_LATENCY_S)
    # Each attempt begins anew: it is deferred again, rejected, or delivered.
    waiting = deferred**mta.attempts
    return Outcome(bounces=rejected * (1.0 - waiting) / (1.0 - deferred) + waiting, latency_s=REJECT_LATENCY_S)
