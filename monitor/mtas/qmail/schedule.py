"""When qmail tries a deferred message again. Read in qmail-send.c and qmail-remote.c of notqmail."""

import math

REMOTE = 20  # chanskip


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """The root of the age grows by 20 each time; the first attempt after the lifetime bounces."""
    times = [0.0]
    while times[-1] < lifetime_s:
        times.append(float((math.isqrt(int(times[-1])) + REMOTE) ** 2))
    return tuple(times)
