"""The Beta distribution: what is believed of a share after so many failures and so many passes."""

import math
from functools import lru_cache

STEPS = 60
PRECISION = 1e-7  # finer than anything that is shown
TINY = 1e-300


def log_beta(a: float, b: float) -> float:
    """The logarithm of the beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def beta_quantile(share: float, a: float, b: float) -> float:
    """The quantile of Beta(a, b). Parameters are taken to three significant digits, so that equal work is done once."""
    return _quantile(float(f"{share:.3g}"), float(f"{a:.3g}"), float(f"{b:.3g}"))


@lru_cache(maxsize=65_536)
def _quantile(share: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    at = a / (a + b)
    for _ in range(STEPS):
        missing = share - beta_cdf(at, a, b)
        low, high = (at, high) if missing > 0 else (low, at)
        density = math.exp((a - 1.0) * math.log(at) + (b - 1.0) * math.log1p(-at) - log_beta(a, b))
        step = missing / density if density > TINY else 0.0
        following = at + step if low < at + step < high else (low + high) / 2  # Newton's step, or half the interval
        if abs(following - at) < PRECISION:
            return following
        at = following
    return at


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz's method; DLMF 8.17.22)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - beta_cdf(1.0 - x, b, a)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta(a, b)) / a
    c, d = 1.0, 1.0 / max(1.0 - (a + b) * x / (a + 1.0), TINY)
    value = d
    for m in range(1, 300):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _not_zero(1.0 + step * d)
            c = _not_zero(1.0 + step / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-12:
            break
    return front * value


def _not_zero(number: float) -> float:
    return number if abs(number) > TINY else TINY
