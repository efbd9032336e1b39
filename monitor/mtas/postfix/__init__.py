"""Postfix."""

from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind
from monitor.mtas.log import Clock, LogReader
from monitor.mtas.postfix.schedule import attempts
from monitor.phrase.phrase import say


def _log(now: Clock) -> LogReader:
    from monitor.mtas.postfix.log import PostfixLog  # naming an MTA costs nothing

    return PostfixLog(now)


KIND = MtaKind(
    id="postfix",
    title="Postfix",
    queue_lifetime_s=5 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.ANY,
    other_family=True,
    expired=EXPIRED_SOFT,
    log=_log,
    tls=say(  # postconf(5)
        "Set `smtp_tls_security_level = may` in main.cf, so that it uses STARTTLS wherever it is offered."
    ),
)
