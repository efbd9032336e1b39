"""OpenSMTPD: the square of the number of the attempt. Read in usr.sbin/smtpd: scheduler_ramqueue.c of 7.8."""

import math
from functools import lru_cache

UNIT_S = 400


@lru_cache(maxsize=64)
def attempts(lifetime_s: float) -> tuple[float, ...]:
    """400 s times the square of the number of the attempt; it bounces exactly when the lifetime ends."""
    return tuple(float(UNIT_S * k * k) for k in range(math.isqrt(int(lifetime_s / UNIT_S)) + 1))
