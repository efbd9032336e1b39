"""When Exim tries a deferred message again.

Read in src/configure.default, src/host.c, src/retry.c and src/deliver.c, and watched at work.
"""

import math

HOUR_S = 3600
RUN_S = 1800  # queue runner: -q30m
FIRST = (2 * HOUR_S, 900)  # F,2h,15m
GROWING = (16 * HOUR_S, HOUR_S, 1.5)  # G,16h,1h,1.5
LAST_S = 6 * HOUR_S  # F,4d,6h


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """The rule's waits, each taken up by the next queue run. The clock is the address's, not the message's."""
    times, wait = [0.0], 0.0
    while times[-1] < lifetime_s:
        since = times[-1]
        if since <= FIRST[0]:
            wait = FIRST[1]
        elif since <= GROWING[0]:
            wait = max(GROWING[1], wait * GROWING[2] if wait >= GROWING[1] else 0)
        else:
            wait = LAST_S
        times.append(math.ceil((since + wait) / RUN_S) * RUN_S)
    return tuple(times)
