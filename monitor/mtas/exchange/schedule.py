"""When Exchange tries a deferred message again.

From Microsoft's documentation: MessageExpirationTimeout, DelayNotificationTimeout, MessageRetryInterval.
"""

import math

RUN_S = 900


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Every quarter of an hour; it bounces when the lifetime ends."""
    return tuple(float(n * RUN_S) for n in range(math.floor(lifetime_s / RUN_S) + 1))
