"""qmail: the square of a number that grows by 20. Read in qmail-send.c of notqmail."""

import math
from functools import lru_cache

REMOTE = 20  # chanskip


@lru_cache(maxsize=64)
def attempts(lifetime_s: float) -> tuple[float, ...]:
    """The root of the age grows by 20 each time; the first attempt after the lifetime bounces."""
    times = [0.0]
    while times[-1] < lifetime_s:
        times.append(float((math.isqrt(int(times[-1])) + REMOTE) ** 2))
    return tuple(times)
