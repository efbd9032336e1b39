"""How often a receiver refuses the list's mail: a persistent part and a sporadic part, each with its certainty.

The model has three parts. *Broken*: the record does not authorise the address, every message fails; a hidden Markov
model over the observations says how likely that is now. *Clean*: nothing fails but for rare slips. *Sporadic*: DNS
servers or checkers fail now and then, at an unknown rate. No evidence is no rate at all, which is not zero.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from monitor.evidence import catalogue
from monitor.evidence.observation import STALE, Observation
from monitor.evidence.source import EvidenceSource
from monitor.model.risk import FailureRate
from monitor.risk.beta import beta_quantile, log_beta

HALF_LIFE = timedelta(days=7)
NEWEST = 1_000  # observations looked at
HAZARD = 0.001  # chance per observation that a sound set-up breaks, or a broken one is mended
CERTAIN_WEIGHS = 20.0  # one failure that every message meets tells as much as so many of the other kind
OUTAGE = timedelta(hours=12)  # as long as a name server that fails without a break usually stays away
BROKEN_AT_FIRST = 0.01  # share of lists that are broken when they are first looked at
CERTAIN_SLIP = 0.002  # how rarely a sound record seems not to name the address: a stale cache, a half-done edit
BROKEN_FAILS = 0.999  # chance that an observation fails while the set-up is broken
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
    failed: float  # what the interval is of: observations of the present state of things, by weight
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


def estimate(
    observations: Sequence[Observation], *, certain: bool, now: datetime, messages_per_day: float = 1.0
) -> Rate | None:
    """The rate behind observations of one receiver and address family, newest first; None without any evidence.

    `certain` says that the newest evidence shows a fault that every message meets (the record does not name the
    address), as opposed to one that comes and goes.
    """
    seen = [o for o in observations[:NEWEST] if o.failed is not None]
    if not seen or now - seen[0].at > STALE:
        return None
    weight_of = _weights(catalogue.SOURCES)
    bounces = [o for o in seen if o.source not in weight_of]
    watched = [o for o in reversed(seen) if o.source in weight_of]
    fails = [bool(o.failed) for o in watched]
    weights = [weight_of[o.source] * 0.5 ** (max(now - o.at, timedelta()) / HALF_LIFE) for o in watched]
    failed_posts, passed_posts = _posts_behind(bounces, messages_per_day, now)
    rate, sporadic = SLIP, SPORADIC
    alpha, beta = SPORADIC_PRIOR
    filtered: list[float] = []
    failed = passed = 0.0
    for _ in range(2):  # first with the prior's rate, then with the rate that the sound stretches show
        filtered, sound = _regimes(fails, rate)
        failed, passed = failed_posts, passed_posts
        for weight, share, fail in zip(weights, sound, fails, strict=True):
            if fail:
                failed += weight * share
            else:
                passed += weight * share
        alpha, beta = SPORADIC_PRIOR[0] + failed, SPORADIC_PRIOR[1] + passed
        sporadic = _sporadic_share(failed, passed)
        rate = max(SLIP, sporadic * alpha / (alpha + beta))
    broken = filtered[-1] if filtered else BROKEN_AT_FIRST
    if fails and fails[-1]:
        broken = _with_certainty(broken, rate) if certain else broken * _lasting(watched, now)
    if broken > 0.5:
        failed, passed = _run(fails) * (CERTAIN_WEIGHS if certain else 1.0), 0.0
    return Rate(
        broken=broken,
        sporadic=sporadic,
        alpha=alpha,
        beta=beta,
        failed=failed,
        passed=passed,
        evidence=evidence(seen),
    )


@lru_cache(maxsize=8)
def _weights(sources: tuple[EvidenceSource[Any], ...]) -> dict[str, float]:
    """Of an observation, by its kind of evidence; bounces tell of failures only, and have none."""
    return {each.name: each.weight for each in sources if not each.only_failures}


@lru_cache(maxsize=8)
def _weightiest_first(sources: tuple[EvidenceSource[Any], ...]) -> list[EvidenceSource[Any]]:
    return sorted(sources, key=lambda each: -each.weight)


def _run(fails: Sequence[bool]) -> int:
    """How many of the newest observations failed without a break."""
    return next((n for n, failed in enumerate(reversed(fails)) if not failed), len(fails))


def _posts_behind(bounces: Sequence[Observation], messages_per_day: float, now: datetime) -> tuple[float, float]:
    """(posts that bounced, posts that did not) since the oldest bounce: bounces alone tell of failures only."""
    if not bounces:
        return 0.0, 0.0
    days = max(1.0, (now - bounces[-1].at) / timedelta(days=1))
    posts = max(1.0, days * messages_per_day)
    bounced = min(posts, float(len({o.at for o in bounces})))
    return bounced, posts - bounced


def _regimes(fails: Sequence[bool], rate: float) -> tuple[list[float], list[float]]:
    """(P(broken) after each observation given the past, P(sound) at each given all), by forward-backward."""
    if not any(fails):
        return [HAZARD * (1.0 - BROKEN_FAILS)] * len(fails), [1.0] * len(fails)
    emit = [(rate, BROKEN_FAILS) if failed else (1.0 - rate, 1.0 - BROKEN_FAILS) for failed in fails]
    forward: list[float] = []
    broken = BROKEN_AT_FIRST
    for sound_emits, broken_emits in emit:
        prior = broken * (1.0 - HAZARD) + (1.0 - broken) * HAZARD
        good, bad = (1.0 - prior) * sound_emits, prior * broken_emits
        broken = bad / (good + bad)
        forward.append(broken)
    back_good = back_bad = 1.0
    sound = [0.0] * len(fails)
    for i in range(len(fails) - 1, -1, -1):
        good, bad = (1.0 - forward[i]) * back_good, forward[i] * back_bad
        sound[i] = good / (good + bad)
        good, bad = emit[i][0] * back_good, emit[i][1] * back_bad
        back_good = (1.0 - HAZARD) * good + HAZARD * bad
        back_bad = (1.0 - HAZARD) * bad + HAZARD * good
        scale = back_good + back_bad
        back_good, back_bad = back_good / scale, back_bad / scale
    return forward, sound


def _sporadic_share(failed: float, passed: float) -> float:
    """P(there are sporadic failures), by comparing how well each explanation foretells what was seen."""
    a, b = SPORADIC_PRIOR
    sporadic = log_beta(a + failed, b + passed) - log_beta(a, b) + math.log(SPORADIC)
    clean = failed * math.log(SLIP) + passed * math.log1p(-SLIP) + math.log1p(-SPORADIC)
    return 1.0 / (1.0 + math.exp(min(700.0, clean - sporadic)))


def _lasting(watched: Sequence[Observation], now: datetime) -> float:
    """P(a fault that comes and goes stays): what has lasted for a lasts OUTAGE longer with a/(a + OUTAGE)."""
    begun = now
    for observation in reversed(watched):
        if not observation.failed:
            break
        begun = observation.at
    return (now - begun) / (now - begun + OUTAGE)


def _with_certainty(broken: float, rate: float) -> float:
    """P(broken) when the newest failure was of the kind that does not come and go."""
    sound = (1.0 - broken) * CERTAIN_SLIP / max(rate, CERTAIN_SLIP)
    return broken / (broken + sound)


def evidence(seen: Sequence[Observation]) -> tuple[str, ...]:
    """One sentence a kind of evidence, the weightiest first: how many of how many, the share, its 95 % interval."""
    totals, failures = Counter([o.source for o in seen]), Counter([o.source for o in seen if o.failed])
    sentences = []
    for source in _weightiest_first(catalogue.SOURCES):
        total = totals.get(source.name)
        if not total:
            continue
        failed = failures[source.name]
        low, high = interval(failed, total - failed)
        sentences.append(
            f"{failed} of {total} {source.called}, {100 * failed / total:.1f} %, "
            f"95 % between {100 * low:.1f} and {100 * high:.1f} %"
        )
    return tuple(sentences)


def interval(failed: float, passed: float) -> tuple[float, float]:
    """The 95 % credible interval of a share, all shares being equally likely before anything is seen.

    It has the same tail on both sides, but for a share of nothing or of all, which lies at its edge and is within it.
    """
    tail = (1.0 - CREDIBLE) / 2
    a, b = 1.0 + failed, 1.0 + passed
    low = 0.0 if failed == 0 else beta_quantile(tail if passed else 1.0 - CREDIBLE, a, b)
    high = 1.0 if passed == 0 else beta_quantile(1.0 - tail if failed else CREDIBLE, a, b)
    return low, high
