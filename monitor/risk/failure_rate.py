"""How often a receiver refuses the list's mail: a persistent part and a sporadic part, each with its certainty.

The model has three parts. *Broken*: the record does not authorise the address, every message fails; a hidden Markov
model says how likely that is after so many failures without a break. *Clean*: nothing fails but for rare slips.
*Sporadic*: DNS servers or checkers fail now and then, at an unknown rate. No evidence is no rate at all, which is not
zero.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.risk import FailureRate
from monitor.risk.beta import beta_quantile, log_beta
from monitor.risk.reckoned import Reckoned, Stretch

LOOKS_WORTH = 50  # more failures without a break add nothing
LIKELY = 0.5
HAZARD = 0.001  # chance per look that a sound set-up breaks, or a broken one is mended
CERTAIN_WEIGHS = 20.0  # one failure that every message meets tells as much as so many of the other kind
OUTAGE = timedelta(hours=12)  # as long as a name server that fails without a break usually stays away
BROKEN_AT_FIRST = 0.01  # share of lists that are broken when they are first looked at
CERTAIN_SLIP = 0.002  # how rarely a sound record seems not to name the address: a stale cache, a half-done edit
BROKEN_FAILS = 0.999  # chance that a look fails while the set-up is broken
SLIP = 0.005  # chance that one fails although nothing is wrong with the list
SPORADIC = 0.02  # share of lists that have sporadic failures, before anything is seen
SPORADIC_PRIOR = (1.0, 19.0)  # Beta: their rates, 5 % on average
CREDIBLE = 0.95
THREE_POINTS = ((0.05, 0.185), (0.5, 0.63), (0.95, 0.185))  # (quantile, weight)
KNOWN_WELL = 1.2  # a rate whose upper quantile is no more than so many times the lower is taken as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """P(broken now), P(sporadic | not broken), and the sporadic rate's Beta distribution."""

    broken: float
    sporadic: float
    alpha: float
    beta: float
    failed: float  # what the interval is of: looks at the present state of things, by weight
    passed: float
    evidence: tuple[str, ...] = ()

    @property
    def sporadic_mean(self) -> float:
        """The sporadic rate, given that there is one."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def sporadic_rates(self) -> tuple[tuple[float, float], ...]:
        """(weight, rate): what the sporadic rate may be, in three values, or one where it is known well.

        Three quantiles with weights that keep mean and spread (Keefer and Bodily, Three-Point Approximations,
        Management Science 29, 1983): dates follow the rate so steeply that its mean alone would hide the doubt.
        """
        values = [beta_quantile(share, self.alpha, self.beta) for share, _ in THREE_POINTS]
        if values[-1] <= KNOWN_WELL * values[0]:
            return ((1.0, self.sporadic_mean),)
        return tuple((weight, value) for (_, weight), value in zip(THREE_POINTS, values, strict=True))

    @property
    def mean(self) -> float:
        """The chance that the next message fails."""
        return self.broken + (1.0 - self.broken) * self.sporadic * self.sporadic_mean

    def summary(self) -> FailureRate:
        """The rate as people read it, with its 95 % credible interval.

        The interval speaks of the evidence alone, all rates being equally likely before; the mean also knows that most
        lists are sound, and so may lie at the interval's edge.
        """
        low, high = interval(self.failed, self.passed)
        return FailureRate(mean=self.mean, low=min(low, self.mean), high=max(high, self.mean), evidence=self.evidence)


def estimate(seen: Reckoned | None, *, now: datetime) -> Rate | None:
    """The rate behind what was reckoned of one receiver and address family; None without any evidence."""
    if seen is None:
        return None
    alpha, beta = SPORADIC_PRIOR[0] + seen.failed, SPORADIC_PRIOR[1] + seen.passed
    sporadic = _sporadic_share(seen.failed, seen.passed)
    slips = max(SLIP, sporadic * alpha / (alpha + beta))
    stretch = seen.stretch
    broken = HAZARD * (1.0 - BROKEN_FAILS) if seen.passed or seen.failed else BROKEN_AT_FIRST
    failed, passed = seen.failed, seen.passed
    if stretch is not None:
        broken = _broken(stretch, slips)
        broken = _with_certainty(broken, slips) if stretch.certain else broken * _lasting(stretch.since, now)
        if broken > LIKELY:
            failed, passed = stretch.looks * (CERTAIN_WEIGHS if stretch.certain else 1.0), 0.0
    return Rate(
        broken=broken,
        sporadic=sporadic,
        alpha=alpha,
        beta=beta,
        failed=failed,
        passed=passed,
        evidence=seen.told,
    )


def _broken(stretch: Stretch, slips: float) -> float:
    """P(broken) after so many failures without a break: a hidden Markov model's forward pass (Rabiner 1989)."""
    broken = BROKEN_AT_FIRST if stretch.first else 0.0
    for _ in range(min(stretch.looks, LOOKS_WORTH)):
        prior = broken * (1.0 - HAZARD) + (1.0 - broken) * HAZARD
        bad = prior * BROKEN_FAILS
        broken = bad / (bad + (1.0 - prior) * slips)
    return broken


def _sporadic_share(failed: float, passed: float) -> float:
    """P(there are sporadic failures), by comparing how well each explanation foretells what was seen."""
    a, b = SPORADIC_PRIOR
    sporadic = log_beta(a + failed, b + passed) - log_beta(a, b) + math.log(SPORADIC)
    clean = failed * math.log(SLIP) + passed * math.log1p(-SLIP) + math.log1p(-SPORADIC)
    return 1.0 / (1.0 + math.exp(min(700.0, clean - sporadic)))


def _lasting(begun: datetime, now: datetime) -> float:
    """P(a fault that comes and goes stays): what has lasted for a lasts OUTAGE longer with a/(a + OUTAGE)."""
    return (now - begun) / (now - begun + OUTAGE)


def _with_certainty(broken: float, rate: float) -> float:
    """P(broken) when the newest failure was of the kind that does not come and go."""
    sound = (1.0 - broken) * CERTAIN_SLIP / max(rate, CERTAIN_SLIP)
    return broken / (broken + sound)


def interval(failed: float, passed: float) -> tuple[float, float]:
    """The 95 % credible interval of a share, all shares being equally likely before anything is seen.

    It has the same tail on both sides, but for a share of nothing or of all, which lies at its edge and is within it.
    """
    tail = (1.0 - CREDIBLE) / 2
    a, b = 1.0 + failed, 1.0 + passed
    low = 0.0 if failed == 0 else beta_quantile(tail if passed else 1.0 - CREDIBLE, a, b)
    high = 1.0 if passed == 0 else beta_quantile(1.0 - tail if failed else CREDIBLE, a, b)
    return low, high
