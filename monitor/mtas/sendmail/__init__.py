"""Sendmail."""

from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind
from monitor.mtas.log import Clock, LogReader
from monitor.mtas.sendmail.schedule import attempts


def _log(now: Clock) -> LogReader:
    from monitor.mtas.sendmail.log import SendmailLog  # naming an MTA costs nothing

    return SendmailLog(now)


KIND = MtaKind(
    id="sendmail",
    title="Sendmail",
    queue_lifetime_s=5 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=False,
    expired=EXPIRED_SOFT,
    log=_log,
)
