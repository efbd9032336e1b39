"""When Sendmail, started with -q30m, tries a deferred message again.

Read in cf/m4/cfhead.m4, sendmail/daemon.c and sendmail/envelope.c of 8.18.
"""

import math

RUN_S = 1800  # -q30m


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Every queue run; the first after the lifetime bounces."""
    return tuple(n * RUN_S for n in range(math.floor(lifetime_s / RUN_S) + 2))
