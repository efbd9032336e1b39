"""Exchange."""

from monitor.mtas.exchange.schedule import attempts
from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind

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
