"""OpenSMTPD."""

from monitor.managers.machine import Bounce
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind
from monitor.mtas.opensmtpd.schedule import attempts

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
