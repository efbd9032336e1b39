"""Sendmail: every queue run. Read in cf/m4/cfhead.m4 and sendmail/daemon.c of 8.18."""

import math
from functools import lru_cache

RUN_S = 1800  # -q30m


@lru_cache(maxsize=64)
def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Every queue run; the first after the lifetime bounces."""
    return tuple(n * RUN_S for n in range(math.floor(lifetime_s / RUN_S) + 2))
