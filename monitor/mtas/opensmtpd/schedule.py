"""When OpenSMTPD tries a deferred message again.

Read in usr.sbin/smtpd: mta.c, scheduler_ramqueue.c, queue.c and bounce.c of 7.8; the resolver's order.
"""

import math

UNIT_S = 400


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """400 s times the square of the number of the attempt; it bounces exactly when the lifetime ends."""
    return tuple(float(UNIT_S * k * k) for k in range(math.isqrt(int(lifetime_s / UNIT_S)) + 1))
