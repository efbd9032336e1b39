"""OpenSMTPD."""

from monitor.managers.machine import Bounce
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind
from monitor.mtas.log import Clock, LogReader
from monitor.mtas.opensmtpd.schedule import attempts


def _log(now: Clock) -> LogReader:
    from monitor.mtas.opensmtpd.log import OpenSmtpdLog  # naming an MTA costs nothing

    return OpenSmtpdLog(now)


KIND = MtaKind(
    id="opensmtpd",
    title="OpenSMTPD",
    queue_lifetime_s=4 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=Bounce(hard=True, status_code="5.4.7"),
    log=_log,
    report=False,
    delay_notice_s=4 * 3600,
)
