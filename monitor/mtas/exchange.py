"""Exchange.

From Microsoft's documentation: MessageExpirationTimeout, DelayNotificationTimeout, MessageRetryInterval.
"""

import math

from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind

RUN_S = 900


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Every quarter of an hour; it bounces when the lifetime ends."""
    return tuple(float(n * RUN_S) for n in range(math.floor(lifetime_s / RUN_S) + 1))


KIND = MtaKind(
    id="exchange",
    title="Exchange",
    queue_lifetime_s=2 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=EXPIRED_SOFT,
    delay_notice_s=4 * 3600,
)
