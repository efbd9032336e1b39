"""From a refusal to a bounce: the list's MTA retries, changes the address family, or gives up.

The standard behind it is RFC 5321, sections 4.2.1 (4yz and 5yz), 4.5.4.1 (a wait of at least 30 minutes, 4 to 5 days of
trying; nobody keeps to it exactly) and 5.1 (other addresses of the same receiver). What each MTA does: `monitor/mtas/`.
"""

from dataclasses import dataclass

from monitor.managers.machine import AnyMachine, Bounce
from monitor.model.evidence import AdmissionAction
from monitor.mtas.kind import FamilyOrder, MtaKind

REJECT_LATENCY_S = 60.0  # a rejected message is bounced at once
REJECTED = Bounce(hard=True, status_code="5.7.1")
DELAYED = Bounce(hard=False, status_code="4.0.0")  # a notice of delay, to those who count it as a bounce


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


def persisting(mta: MtaKind, ipv6: AdmissionAction | None, ipv4: AdmissionAction | None) -> Outcome:
    """What becomes of a post while each family gets the same answer every time; None: no mail goes over it."""
    share = ipv6_share(mta, ipv6, ipv4)
    six, four = [ipv6] if ipv6 else [], [ipv4] if ipv4 else []
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


def sporadic(mta: MtaKind, rate: float, action: AdmissionAction, *, share: float, alternative: bool) -> Outcome:
    """What becomes of a post where each attempt over one family is refused by chance, independently of the last.

    `share` is the chance that an attempt begins over that family; `alternative` says whether the other would accept it.
    """
    if action is AdmissionAction.REJECT:
        return Outcome(bounces=rate * share)
    if action is AdmissionAction.DEFER and not (alternative and mta.other_family):
        return Outcome(bounces=(rate * share) ** mta.attempts, expired=True)
    return DELIVERED


def ipv6_share(mta: MtaKind, ipv6: AdmissionAction | None, ipv4: AdmissionAction | None) -> float:
    """The chance that an attempt begins over IPv6."""
    if ipv6 is None or (ipv4 is not None and mta.order is FamilyOrder.IPV4_ONLY):
        return 0.0
    return 1.0 if ipv4 is None or mta.order is not FamilyOrder.ANY else 0.5


def seen_by(machine: AnyMachine, mta: MtaKind, outcome: Outcome) -> Seen:
    """What a list manager makes of the MTA's bounces: some read only RFC 3464, some count notices of delay."""
    if machine.reports_only and not mta.report:
        return Seen(bounces=0.0, latency_s=REJECT_LATENCY_S, bounce=REJECTED)
    if not outcome.expired:
        return Seen(bounces=outcome.bounces, latency_s=REJECT_LATENCY_S, bounce=REJECTED)
    if machine.counts_delays and mta.delay_notice_s is not None:
        return Seen(bounces=outcome.bounces, latency_s=mta.delay_notice_s, bounce=DELAYED, notices=2)
    return Seen(bounces=outcome.bounces, latency_s=mta.expires_s, bounce=mta.expired)


def bounce_of(action: AdmissionAction, machine: AnyMachine, mta: MtaKind) -> Bounce | None:
    """What the list manager read in the bounces that were seen; None where it reads none of this MTA's."""
    if machine.reports_only and not mta.report:
        return None
    return mta.expired if action is AdmissionAction.DEFER else REJECTED
