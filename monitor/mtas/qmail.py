"""qmail. Read in qmail-send.c and qmail-remote.c of notqmail."""

import math

from monitor.managers.machine import Bounce
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind

REMOTE = 20  # chanskip


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """The root of the age grows by 20 each time; the first attempt after the lifetime bounces."""
    times = [0.0]
    while times[-1] < lifetime_s:
        times.append(float((math.isqrt(int(times[-1])) + REMOTE) ** 2))
    return tuple(times)


KIND = MtaKind(
    id="qmail",
    title="qmail",
    queue_lifetime_s=7 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV4_ONLY,
    other_family=False,
    expired=Bounce(hard=True, status_code=None),
    report=False,
)
