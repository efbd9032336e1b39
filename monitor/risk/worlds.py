"""The states that a receiver's view of the list may be in, how likely each is, and what becomes of a post in each.

Over each address family the set-up is broken (every message meets the same refusal), sporadic (some do), or sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model.evidence import REFUSING, Admission, AdmissionAction
from monitor.mtas.kind import MtaKind
from monitor.risk.facts import RiskFacts
from monitor.risk.failure_rate import Rate, estimate
from monitor.risk.reach import takes
from monitor.risk.reckoned import Reckoned, Stretch
from monitor.risk.retry import Outcome, ipv6_share, persisting, sporadic

SEVERITY = (AdmissionAction.REJECT, AdmissionAction.DEFER, AdmissionAction.UNKNOWN, AdmissionAction.ACCEPT)
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
    """A list's admissions by receiver and address family."""

    def __init__(self, facts: RiskFacts) -> None:
        self.admissions: dict[tuple[str, int], list[Admission]] = {}
        there = facts.there
        for admission in facts.admission:
            if takes(there, admission.receiver, admission.client_ip.version) is False:
                continue  # nobody there has a mail server that mail over this family could go to
            self.admissions.setdefault((admission.receiver, admission.client_ip.version), []).append(admission)
        # Those that none of the list's addresses has a way to: where it leaves over IPv6 alone, those without IPv6.
        self.wayless = {each.receiver for each in facts.admission} - {receiver for receiver, _ in self.admissions}


def family_of(facts: RiskFacts, index: Index, receiver: str, family: int, *, now: datetime) -> Family | None:
    """What is known of one receiver over one family; None where no mail goes that way."""
    admissions = index.admissions.get((receiver, family))
    if not admissions:
        return None
    action = worst(admissions)
    known = _with_newest(facts.reckoned.get((receiver, family)), admissions, action, now)
    return Family(
        refusal=action if action in REFUSING else AdmissionAction.REJECT if known is None else known.refusal,
        rate=estimate(known, now=now),
        since=known.stretch.since if known is not None and known.stretch is not None else None,
    )


def _with_newest(
    known: Reckoned | None, admissions: Sequence[Admission], action: AdmissionAction, now: datetime
) -> Reckoned | None:
    """With what the newest check says, where that is all there is, or more than was counted."""
    if action is AdmissionAction.UNKNOWN or (
        known is not None and (action not in REFUSING or known.stretch is not None)
    ):
        return known
    if action not in REFUSING:
        return Reckoned(passed=1.0)
    certain = not any(COMES_AND_GOES in reason for a in admissions if a.action is action for reason in a.because)
    stretch = Stretch(since=now, looks=1, certain=certain, first=known is None)
    return replace(known or Reckoned(), stretch=stretch)


def worlds(
    mta: MtaKind,
    six: Family | None,
    four: Family | None,
    *,
    posts: Rate | None = None,
    posts_since: datetime | None = None,
) -> list[World]:
    """All states with their weights, which sum to 1. At least one family's rate is known, or that of posts.

    `posts` is how often a post is refused whatever way it takes, and `posts_since` since when each was.
    """
    found: list[tuple[float, Outcome, datetime | None]] = []
    of_posts = ((1.0, 0.0),) if posts is None else posts.sporadic_rates
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
            since = since or (four.since if four is not None and answer4 is four.refusal else None) or posts_since
            found += (
                (weight6 * weight4 * weight, _either(outcome, Outcome(bounces=refused)), since)
                for weight, refused in of_posts
            )
    total = sum(weight for weight, _, _ in found)
    return [World(weight=weight / total, outcome=outcome, since=since) for weight, outcome, since in found]


def worst(admissions: Sequence[Admission]) -> AdmissionAction:
    """The worst answer among some: refused by any; else unknown while any is; UNKNOWN where there is none."""
    said = {each.action for each in admissions}
    return next((each for each in SEVERITY if each in said), AdmissionAction.UNKNOWN)


def _either(one: Outcome, other: Outcome) -> Outcome:
    """A post bounces for one cause or the other."""
    if other.bounces < NEGLIGIBLE:
        return one
    both = 1.0 - (1.0 - one.bounces) * (1.0 - other.bounces)
    return Outcome(bounces=both, expired=one.expired if one.bounces >= other.bounces else other.expired)


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
