"""qmail."""

from monitor.managers.machine import Bounce
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind
from monitor.mtas.qmail.schedule import attempts

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
