"""Sendmail, started with -q30m. Read in cf/m4/cfhead.m4, sendmail/daemon.c and sendmail/envelope.c of 8.18."""

from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind
from monitor.mtas.sendmail.schedule import attempts

KIND = MtaKind(
    id="sendmail",
    title="Sendmail",
    queue_lifetime_s=5 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=EXPIRED_SOFT,
)
