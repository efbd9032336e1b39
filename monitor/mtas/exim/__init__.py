"""Exim."""

from monitor.managers.machine import Bounce
from monitor.mtas.exim.schedule import attempts
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind
from monitor.mtas.log import Clock, LogReader
from monitor.phrase.phrase import say


def _log(now: Clock) -> LogReader:
    from monitor.mtas.exim.log import EximLog  # naming an MTA costs nothing

    return EximLog(now)


KIND = MtaKind(
    id="exim",
    title="Exim",
    queue_lifetime_s=4 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.IPV6_FIRST,
    other_family=True,
    expired=Bounce(hard=True, status_code="5.0.0"),
    log=_log,
    tls=say(  # specification, chapter 43.2
        "Exim uses STARTTLS wherever it is offered, unless `hosts_avoid_tls` of the smtp transport names the host or Exim was "
        "built without TLS: mend that."
    ),
)
