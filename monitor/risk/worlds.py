"""The states that a receiver's view of the list may be in, how likely each is, and what becomes of a post in each.

Over each address family the set-up is broken (every message meets the same refusal), sporadic (some do), or sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.evidence.observation import Observation
from monitor.model.evidence import REFUSING, Admission, AdmissionAction
from monitor.mtas.kind import MtaKind
from monitor.risk.facts import RiskFacts
from monitor.risk.failure_rate import Rate, estimate
from monitor.risk.reach import takes_ipv6
from monitor.risk.retry import Outcome, ipv6_share, persisting, sporadic

SEVERITY = (AdmissionAction.UNKNOWN, AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT)
IPV6 = 6
COMES_AND_GOES = "temperror"  # in an admission's reasons it says: perhaps not the next time (RFC 7208 section 2.6.6)
WORTH_A_DOUBT = 0.05  # below this chance that anything falters at all, how often it does may be taken as its mean
NEGLIGIBLE = 1e-4  # worlds less likely than this are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What a receiver answers over one address family, how often it refuses, and since when it has without a break."""

    refusal: AdmissionAction  # how it refuses, where it does
    rate: Rate | None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One state of things: its weight, what becomes of a post in it, and since when it has been so."""

    weight: float
    outcome: Outcome
    since: datetime | None = None


class Index:
    """A list's admissions and observations by receiver and address family, newest first."""

    def __init__(self, facts: RiskFacts) -> None:
        self.admissions: dict[tuple[str, int], list[Admission]] = {}
        self.observations: dict[tuple[str, int], list[Observation]] = {}
        for admission in facts.admission:
            if admission.client_ip.version == IPV6 and takes_ipv6(admission.receiver) is False:
                continue  # the receiver has no address that mail over IPv6 could go to
            self.admissions.setdefault((admission.receiver, admission.client_ip.version), []).append(admission)
        for observation in facts.observations:
            if observation.receiver is not None:
                self.observations.setdefault((observation.receiver, observation.family), []).append(observation)
                continue
            for receiver, family in self.admissions:
                if family == observation.family:
                    self.observations.setdefault((receiver, family), []).append(observation)


def family_of(facts: RiskFacts, index: Index, receiver: str, family: int, *, now: datetime) -> Family | None:
    """What is known of one receiver over one family; None where no mail goes that way."""
    admissions = index.admissions.get((receiver, family))
    if not admissions:
        return None
    action = worst(admissions)
    seen = index.observations.get((receiver, family), [])
    if not any(o.failed is not None for o in seen) and action is not AdmissionAction.UNKNOWN:
        failed = action in REFUSING
        seen = [Observation(at=now, receiver=receiver, family=family, failed=failed, source="check", action=action)]
    certain = action in REFUSING and not any(
        COMES_AND_GOES in reason for a in admissions if a.action is action for reason in a.because
    )
    return Family(
        refusal=action if action in REFUSING else _usual_refusal(seen),
        rate=estimate(seen, certain=certain, now=now, messages_per_day=facts.messages_per_day),
        since=_unbroken_since(seen, facts.failing_since.get(receiver)) if action in REFUSING else None,
    )


def worlds(mta: MtaKind, six: Family | None, four: Family | None) -> list[World]:
    """All states with their weights, which sum to 1. At least one family's rate is known."""
    found: list[tuple[float, Outcome, datetime | None]] = []
    for weight6, answer6, rate6 in _states(six):
        for weight4, answer4, rate4 in _states(four):
            if weight6 * weight4 < NEGLIGIBLE:
                continue
            outcome = persisting(mta, answer6, answer4)
            share = ipv6_share(mta, answer6, answer4)
            for rate, family, part, other in ((rate6, six, share, answer4), (rate4, four, 1.0 - share, answer6)):
                if rate is not None and family is not None:
                    accepts = other is AdmissionAction.ACCEPT
                    chance = sporadic(mta, rate, family.refusal, share=part, alternative=accepts)
                    outcome = _either(outcome, chance)
            since = six.since if six is not None and answer6 is six.refusal else None
            since = since or (four.since if four is not None and answer4 is four.refusal else None)
            found.append((weight6 * weight4, outcome, since))
    total = sum(weight for weight, _, _ in found)
    return [World(weight=weight / total, outcome=outcome, since=since) for weight, outcome, since in found]


def worst(admissions: Sequence[Admission]) -> AdmissionAction:
    """The worst answer among some; UNKNOWN only where none is known."""
    return max((a.action for a in admissions), key=SEVERITY.index, default=AdmissionAction.UNKNOWN)


def _either(one: Outcome, other: Outcome) -> Outcome:
    """A post bounces for one cause or the other."""
    if other.bounces < NEGLIGIBLE:
        return one
    both = 1.0 - (1.0 - one.bounces) * (1.0 - other.bounces)
    return Outcome(bounces=both, expired=one.expired if one.bounces >= other.bounces else other.expired)


def _usual_refusal(seen: Sequence[Observation]) -> AdmissionAction:
    """How the newest refusal was worded; a rejection where nobody told, since that is the worse."""
    return next((o.action for o in seen if o.failed and o.action in REFUSING), AdmissionAction.REJECT)


def _unbroken_since(seen: Sequence[Observation], known: datetime | None) -> datetime | None:
    """The oldest observation of the unbroken run of failures up to now; `known` is what was known of it before."""
    oldest = None
    for observation in seen:
        if observation.failed is False:
            return oldest
        if observation.failed:
            oldest = observation.at
    return min((at for at in (oldest, known) if at is not None), default=None)


def _states(family: Family | None) -> list[tuple[float, AdmissionAction | None, float | None]]:
    """(weight, what the family answers, its sporadic rate): broken, sporadic, sound."""
    if family is None:
        return [(1.0, None, None)]
    if family.rate is None:  # unknown is not failure: the other family's evidence speaks alone
        return [(1.0, AdmissionAction.ACCEPT, None)]
    rate = family.rate
    falters = (1.0 - rate.broken) * rate.sporadic
    rates = rate.sporadic_rates if falters >= WORTH_A_DOUBT else ((1.0, rate.sporadic_mean),)
    return [
        (rate.broken, family.refusal, None),
        *((falters * weight, AdmissionAction.ACCEPT, value) for weight, value in rates),
        ((1.0 - rate.broken) * (1.0 - rate.sporadic), AdmissionAction.ACCEPT, None),
    ]
