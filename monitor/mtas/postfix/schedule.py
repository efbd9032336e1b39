"""When Postfix tries a deferred message again.

Read in src/global/mail_params.h, src/smtp/smtp_addr.c and src/smtp/smtp_trouble.c of 3.12, and watched at work.
"""

import math

SCAN_S = 300  # queue_run_delay, and minimal_backoff_time
LONGEST_S = 4000  # maximal_backoff_time


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Each wait as long as the message is old, from 300 to 4000 s, then the next scan; it ends after the lifetime."""
    times = [0.0]
    while times[-1] < lifetime_s:
        wait = min(max(times[-1], SCAN_S), LONGEST_S)
        times.append(math.ceil((times[-1] + wait) / SCAN_S) * SCAN_S)
    return tuple(times)
