"""How often a receiver refuses the list's mail: a persistent part and a sporadic part, each with its certainty.

The model has three parts. *Broken*: the record does not authorise the address, every message fails; a hidden Markov
model over the observations says how likely that is now. *Clean*: nothing fails but for rare slips. *Sporadic*: DNS
servers or checkers fail now and then, at an unknown rate. No evidence is no rate at all, which is not zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FailureRate
from monitor.risk.facts import Observation, Source

HALF_LIFE = timedelta(days=7)
STALE = timedelta(days=2)  # evidence older than this says nothing of today
NEWEST = 1_000  # observations looked at
HAZARD = 0.001  # chance per observation that a sound set-up breaks, or a broken one is mended
BROKEN_AT_FIRST = 0.01  # share of lists that are broken when they are first looked at
CERTAIN_SLIP = (
    0.002  # how rarely a sound record looks as if it did not name the address: a stale cache, a half-done edit
)
BROKEN_FAILS = 0.99  # chance that an observation fails while the set-up is broken
SLIP = 0.005  # chance that one fails although nothing is wrong with the list
SPORADIC = 0.02  # share of lists that have sporadic failures, before anything is seen
SPORADIC_PRIOR = (1.0, 19.0)  # Beta: their rates, 5 % on average
WEIGHTS: dict[Source, float] = {"arrival": 1.0, "canary": 1.0, "bounce": 1.0, "check": 0.5}
NAMES: dict[Source, str] = {"arrival": "arrivals", "canary": "canary posts", "bounce": "bounces", "check": "checks"}
CREDIBLE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """P(broken now), P(sporadic | not broken), and the sporadic rate's Beta distribution."""

    broken: float
    sporadic: float
    alpha: float
    beta: float
    evidence: tuple[str, ...] = ()

    @property
    def sporadic_mean(self) -> float:
        """The sporadic rate, given that there is one."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def mean(self) -> float:
        """The chance that the next message fails."""
        return self.broken + (1.0 - self.broken) * self.sporadic * self.sporadic_mean

    def summary(self) -> FailureRate:
        """The rate as people read it, with its 95 % credible interval."""
        tail = (1.0 - CREDIBLE) / 2
        return FailureRate(
            mean=self.mean, low=self._quantile(tail), high=self._quantile(1.0 - tail), evidence=self.evidence
        )

    def _quantile(self, share: float) -> float:
        clean = (1.0 - self.broken) * (1.0 - self.sporadic)
        if share <= clean:
            return 0.0
        if share >= 1.0 - self.broken:
            return 1.0
        return beta_quantile((share - clean) / ((1.0 - self.broken) * self.sporadic), self.alpha, self.beta)


def estimate(observations: Sequence[Observation], *, certain: bool, now: datetime) -> Rate | None:
    """The rate behind observations of one receiver and address family, newest first; None without any evidence.

    `certain` says that the newest evidence shows a fault that every message meets (the record does not name the
    address), as opposed to one that comes and goes.
    """
    seen = [o for o in observations[:NEWEST] if o.failed is not None]
    if not seen or now - seen[0].at > STALE:
        return None
    seen.reverse()
    fails = [bool(o.failed) for o in seen]
    weights = [WEIGHTS[o.source] * 0.5 ** (max(now - o.at, timedelta()) / HALF_LIFE) for o in seen]
    rate = SLIP
    filtered: list[float] = []
    alpha, beta, sporadic = *SPORADIC_PRIOR, SPORADIC
    for _ in range(2):  # first with the prior's rate, then with the rate that the sound stretches show
        filtered, sound = _regimes(fails, rate)
        failed = sum(w * s for w, s, f in zip(weights, sound, fails, strict=True) if f)
        passed = sum(w * s for w, s, f in zip(weights, sound, fails, strict=True) if not f)
        alpha, beta = SPORADIC_PRIOR[0] + failed, SPORADIC_PRIOR[1] + passed
        sporadic = _sporadic_share(failed, passed)
        rate = max(SLIP, sporadic * alpha / (alpha + beta))
    broken = filtered[-1]
    if certain and fails[-1]:
        broken = _with_certainty(broken, rate)
    return Rate(broken=broken, sporadic=sporadic, alpha=alpha, beta=beta, evidence=evidence(seen))


def _regimes(fails: Sequence[bool], rate: float) -> tuple[list[float], list[float]]:
    """(P(broken) after each observation given the past, P(sound) at each given all), by forward-backward."""
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
    sporadic = _log_beta(a + failed, b + passed) - _log_beta(a, b) + math.log(SPORADIC)
    clean = failed * math.log(SLIP) + passed * math.log1p(-SLIP) + math.log1p(-SPORADIC)
    return 1.0 / (1.0 + math.exp(min(700.0, clean - sporadic)))


CERTAIN_SLIP = (
    0.002  # how rarely a sound record looks as if it did not name the address: a stale cache, a half-done edit
)


def _with_certainty(broken: float, rate: float) -> float:
    """P(broken) when the newest failure was of the kind that does not come and go."""
    sound = (1.0 - broken) * CERTAIN_SLIP / max(rate, CERTAIN_SLIP)
    return broken / (broken + sound)


def evidence(seen: Sequence[Observation]) -> tuple[str, ...]:
    """One sentence a kind of evidence: how many of how many, the share, its 95 % interval."""
    sentences = []
    for source, name in NAMES.items():
        of_kind = [o for o in seen if o.source == source]
        if not of_kind:
            continue
        failed, total = sum(1 for o in of_kind if o.failed), len(of_kind)
        low, high = (beta_quantile(q, 1.0 + failed, 1.0 + total - failed) for q in (0.025, 0.975))
        sentences.append(
            f"{failed} of {total} {name}, {100 * failed / total:.1f} %, "
            f"95 % between {100 * low:.1f} and {100 * high:.1f} %"
        )
    return tuple(sentences)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def beta_quantile(share: float, a: float, b: float) -> float:
    """The quantile of a Beta distribution, by bisection on its distribution function."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz; DLMF 8.17.22)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - beta_cdf(1.0 - x, b, a)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b)) / a
    tiny = 1e-300
    c, d = 1.0, 1.0 / max(1.0 - (a + b) * x / (a + 1.0), tiny)
    value = d
    for m in range(1, 300):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + step / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-12:
            break
    return front * value
