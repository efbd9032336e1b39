"""When each MTA tries an always-deferred message again, with its defaults.

Every function takes the queue's lifetime and gives the times of all attempts, in seconds after the message was sent.
RFC 5321 section 4.5.4.1 asks for a wait of at least 30 minutes and 4 to 5 days of trying; nobody keeps to it exactly.
"""

import math
from functools import lru_cache

HOUR_S = 3600
POSTFIX_SCAN_S = 300  # queue_run_delay, and minimal_backoff_time
POSTFIX_LONGEST_S = 4000  # maximal_backoff_time
EXIM_RUN_S = 1800  # queue runner: -q30m
EXIM_FIRST = (2 * HOUR_S, 900)  # F,2h,15m
EXIM_GROWING = (16 * HOUR_S, HOUR_S, 1.5)  # G,16h,1h,1.5
EXIM_LAST_S = 6 * HOUR_S  # F,4d,6h
SENDMAIL_RUN_S = 1800  # -q30m
QMAIL_REMOTE = 20  # qmail-send.c chanskip
OPENSMTPD_S = 400  # scheduler_ramqueue.c
EXCHANGE_RUN_S = 900  # MessageRetryInterval


@lru_cache(maxsize=64)
def postfix(lifetime_s: float) -> tuple[float, ...]:
    """Each wait as long as the message is old, from 300 to 4000 s, then the next scan; gives up at the first attempt after."""
    times = [0.0]
    while times[-1] < lifetime_s:
        wait = min(max(times[-1], POSTFIX_SCAN_S), POSTFIX_LONGEST_S)
        times.append(math.ceil((times[-1] + wait) / POSTFIX_SCAN_S) * POSTFIX_SCAN_S)
    return tuple(times)


@lru_cache(maxsize=64)
def exim(lifetime_s: float) -> tuple[float, ...]:
    """F,2h,15m; G,16h,1h,1.5; F,4d,6h, each taken up by the next queue run. The clock is the address's, not the message's."""
    times, wait = [0.0], 0.0
    while times[-1] < lifetime_s:
        since = times[-1]
        if since <= EXIM_FIRST[0]:
            wait = EXIM_FIRST[1]
        elif since <= EXIM_GROWING[0]:
            wait = max(EXIM_GROWING[1], wait * EXIM_GROWING[2] if wait >= EXIM_GROWING[1] else 0)
        else:
            wait = EXIM_LAST_S
        times.append(math.ceil((since + wait) / EXIM_RUN_S) * EXIM_RUN_S)
    return tuple(times)


@lru_cache(maxsize=64)
def sendmail(lifetime_s: float) -> tuple[float, ...]:
    """Every queue run; the first after the lifetime bounces."""
    return tuple(n * SENDMAIL_RUN_S for n in range(math.floor(lifetime_s / SENDMAIL_RUN_S) + 2))


@lru_cache(maxsize=64)
def qmail(lifetime_s: float) -> tuple[float, ...]:
    """The root of the age grows by 20 each time; the first attempt after the lifetime bounces."""
    times = [0.0]
    while times[-1] < lifetime_s:
        times.append(float((math.isqrt(int(times[-1])) + QMAIL_REMOTE) ** 2))
    return tuple(times)


@lru_cache(maxsize=64)
def opensmtpd(lifetime_s: float) -> tuple[float, ...]:
    """400 s times the square of the number of the attempt; it bounces exactly when the lifetime ends."""
    return tuple(float(OPENSMTPD_S * k * k) for k in range(math.isqrt(int(lifetime_s / OPENSMTPD_S)) + 1))


@lru_cache(maxsize=64)
def exchange(lifetime_s: float) -> tuple[float, ...]:
    """Every quarter of an hour; it bounces when the lifetime ends."""
    return tuple(float(n * EXCHANGE_RUN_S) for n in range(math.floor(lifetime_s / EXCHANGE_RUN_S) + 1))
