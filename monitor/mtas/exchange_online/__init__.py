"""Exchange Online. From Microsoft's documentation: 24 hours since March 2019; it retries as Exchange does."""

from monitor.mtas.exchange.schedule import attempts
from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind

KIND = MtaKind(
    id="exchange-online",
    title="Exchange Online",
    queue_lifetime_s=DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=EXPIRED_SOFT,
)
