"""OpenSMTPD. Read in usr.sbin/smtpd: mta.c, scheduler_ramqueue.c, queue.c and bounce.c of 7.8; the resolver's order."""

import math

from monitor.managers.machine import Bounce
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind

UNIT_S = 400


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """400 s times the square of the number of the attempt; it bounces exactly when the lifetime ends."""
    return tuple(float(UNIT_S * k * k) for k in range(math.isqrt(int(lifetime_s / UNIT_S)) + 1))


KIND = MtaKind(
    id="opensmtpd",
    title="OpenSMTPD",
    queue_lifetime_s=4 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=Bounce(hard=True, status_code="5.4.7"),
    report=False,
    delay_notice_s=4 * 3600,
)
