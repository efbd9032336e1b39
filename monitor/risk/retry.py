"""From a refusal to a bounce: the list's MTA retries, changes the address family, or gives up.

Read in the sources and manuals of each MTA, and for Postfix and Exim watched at work. RFC 5321 sections 4.2.1 (4yz and
5yz), 4.5.4.1 (retry for 4 to 5 days) and 5.1 (other addresses of the same receiver) are the standard behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from monitor.errors import ConfigError
from monitor.managers import Machine
from monitor.managers.machine import Bounce
from monitor.managers.policy import Key, one_of, positive_duration, read_policy
from monitor.model.evidence import AdmissionAction
from monitor.risk import schedules

REJECT_LATENCY_S = 60.0  # a rejected message is bounced at once
REJECTED = Bounce(hard=True, status_code="5.7.1")
DELAYED = Bounce(hard=False, status_code="4.0.0")  # a notice of delay, to those who count it as a bounce
OPTION_PREFIX = "mta."  # in a list's bounce_policy: {"mta.queue_lifetime": "2d"}


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
    queue_lifetime_s: float
    schedule: Callable[[float], tuple[float, ...]]  # queue lifetime → when an always-deferred message is tried
    order: FamilyOrder
    other_family: bool  # whether a 4yz leads to the other family's addresses in the same attempt
    expired: Bounce  # what a list manager reads when the message has been deferred too long
    report: bool = True  # whether its bounces are multipart/report (RFC 3464)
    delay_notice_s: float | None = None  # when list mail brings a notice of delay; None: never
    source: str = ""

    @property
    def attempts(self) -> int:
        """How often an always-deferred message is tried."""
        return len(self.schedule(self.queue_lifetime_s))

    @property
    def expires_s(self) -> float:
        """When an always-deferred message bounces, in seconds after it was sent."""
        return max(self.schedule(self.queue_lifetime_s)[-1], self.queue_lifetime_s)


EXPIRED_SOFT = Bounce(hard=False, status_code="4.4.7")
DAY_S = 86_400

MTAS: Mapping[str, Mta] = {
    mta.id: mta
    for mta in (
        Mta(
            id="postfix",
            title="Postfix",
            queue_lifetime_s=5 * DAY_S,
            schedule=schedules.postfix,
            order=FamilyOrder.ANY,
            other_family=True,
            expired=EXPIRED_SOFT,
            source="src/global/mail_params.h, src/smtp/smtp_addr.c, src/smtp/smtp_trouble.c of 3.12",
        ),
        Mta(
            id="exim",
            title="Exim",
            queue_lifetime_s=4 * DAY_S,
            schedule=schedules.exim,
            order=FamilyOrder.IPV6_FIRST,
            other_family=True,
            expired=Bounce(hard=True, status_code="5.0.0"),
            source="src/configure.default line 943, src/host.c, src/retry.c, src/deliver.c",
        ),
        Mta(
            id="sendmail",
            title="Sendmail",
            queue_lifetime_s=5 * DAY_S,
            schedule=schedules.sendmail,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            expired=EXPIRED_SOFT,
            source="cf/m4/cfhead.m4, sendmail/daemon.c, sendmail/envelope.c of 8.18; -q30m",
        ),
        Mta(
            id="opensmtpd",
            title="OpenSMTPD",
            queue_lifetime_s=4 * DAY_S,
            schedule=schedules.opensmtpd,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            expired=Bounce(hard=True, status_code="5.4.7"),
            report=False,
            delay_notice_s=4 * 3600,
            source="usr.sbin/smtpd: mta.c, scheduler_ramqueue.c, queue.c, bounce.c of 7.8; the resolver's order",
        ),
        Mta(
            id="qmail",
            title="qmail",
            queue_lifetime_s=7 * DAY_S,
            schedule=schedules.qmail,
            order=FamilyOrder.IPV4_ONLY,
            other_family=False,
            expired=Bounce(hard=True, status_code=None),
            report=False,
            source="qmail-send.c, qmail-remote.c of notqmail",
        ),
        Mta(
            id="exchange",
            title="Exchange",
            queue_lifetime_s=2 * DAY_S,
            schedule=schedules.exchange,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            expired=EXPIRED_SOFT,
            delay_notice_s=4 * 3600,
            source="Microsoft documentation: MessageExpirationTimeout, DelayNotificationTimeout, MessageRetryInterval",
        ),
        Mta(
            id="exchange-online",
            title="Exchange Online",
            queue_lifetime_s=DAY_S,
            schedule=schedules.exchange,
            order=FamilyOrder.IPV6_FIRST,
            other_family=False,
            expired=EXPIRED_SOFT,
            source="Microsoft documentation: 24 hours since March 2019",
        ),
    )
}


def _order(value: Any) -> FamilyOrder:
    return FamilyOrder(one_of(*FamilyOrder)(value))


KEYS = {"queue_lifetime": Key("queue_lifetime_s", positive_duration), "order": Key("order", _order)}


def mta_named(name: str, overrides: Mapping[str, Any] | None = None) -> Mta:
    """The MTA of that name; `overrides` may change `queue_lifetime` and `order`. Raises ConfigError."""
    mta = MTAS.get(name)
    if mta is None:
        raise ConfigError("mta", [(name, f"is not known; known are {', '.join(MTAS)}")])
    return read_policy(mta, KEYS, overrides or {}, f"mta {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address family on the way to a receiver: what it answers there, and on how many addresses."""

    action: AdmissionAction
    addresses: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one post: the chance that it bounces, and whether that is for having been deferred too long."""

    bounces: float
    expired: bool = False


DELIVERED = Outcome(bounces=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the list manager sees of it."""

    bounces: float
    latency_s: float
    bounce: Bounce
    notices: int = 1  # how many come of one post: a notice of delay and one of failure are two


def persisting(mta: Mta, ipv6: Route | None, ipv4: Route | None) -> Outcome:
    """What becomes of a post while each family answers the same every time; None: there is no such way."""
    share = ipv6_share(mta, ipv6, ipv4)
    six = [ipv6.action] if ipv6 else []
    four = [ipv4.action] if ipv4 else []
    if mta.order is FamilyOrder.IPV4_ONLY and four:
        six = []
    rejected = deferred = 0.0
    for chance, answers in ((share, six + four), (1.0 - share, four + six)):
        if chance <= 0 or not answers:
            continue
        tried = answers if mta.other_family else answers[:1]
        final = next((a for a in tried if a is not AdmissionAction.DEFER), AdmissionAction.DEFER)
        if final is AdmissionAction.REJECT:
            rejected += chance
        elif final is AdmissionAction.DEFER:
            deferred += chance
    if deferred >= 1.0:
        return Outcome(bounces=1.0, expired=True)
    # Each attempt begins anew: it is deferred again, rejected, or delivered.
    waiting = deferred**mta.attempts
    return Outcome(bounces=min(1.0, rejected * (1.0 - waiting) / (1.0 - deferred) + waiting))


def sporadic(mta: Mta, rate: float, action: AdmissionAction, *, share: float, alternative: bool) -> Outcome:
    """What becomes of a post where each attempt over one family is refused by chance, independently of the last.

    `share` is the chance that an attempt begins over that family; `alternative` says whether the other would accept it.
    """
    if action is AdmissionAction.REJECT:
        return Outcome(bounces=rate * share)
    if action is AdmissionAction.DEFER and not (alternative and mta.other_family):
        return Outcome(bounces=(rate * share) ** mta.attempts, expired=True)
    return DELIVERED


def ipv6_share(mta: Mta, ipv6: Route | None, ipv4: Route | None) -> float:
    """The chance that an attempt begins over IPv6."""
    if ipv6 is None or (ipv4 is not None and mta.order is FamilyOrder.IPV4_ONLY):
        return 0.0
    if ipv4 is None or mta.order is not FamilyOrder.ANY:
        return 1.0
    return ipv6.addresses / (ipv6.addresses + ipv4.addresses)


def seen_by(machine: Machine[Any], mta: Mta, outcome: Outcome) -> Seen:
    """What a list manager makes of the MTA's bounces: some read only RFC 3464, some count notices of delay."""
    if machine.reports_only and not mta.report:
        return Seen(bounces=0.0, latency_s=REJECT_LATENCY_S, bounce=REJECTED)
    if not outcome.expired:
        return Seen(bounces=outcome.bounces, latency_s=REJECT_LATENCY_S, bounce=REJECTED)
    if machine.counts_delays and mta.delay_notice_s is not None:
        return Seen(bounces=outcome.bounces, latency_s=mta.delay_notice_s, bounce=DELAYED, notices=2)
    return Seen(bounces=outcome.bounces, latency_s=mta.expires_s, bounce=mta.expired)
