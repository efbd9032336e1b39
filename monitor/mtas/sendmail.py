"""Sendmail, started with -q30m. Read in cf/m4/cfhead.m4, sendmail/daemon.c and sendmail/envelope.c of 8.18."""

import math

from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind

RUN_S = 1800  # -q30m


def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Every queue run; the first after the lifetime bounces."""
    return tuple(n * RUN_S for n in range(math.floor(lifetime_s / RUN_S) + 2))


KIND = MtaKind(
    id="sendmail",
    title="Sendmail",
    queue_lifetime_s=5 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=EXPIRED_SOFT,
)
