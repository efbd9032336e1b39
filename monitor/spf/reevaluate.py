"""A stored verdict reached again from its trace, without asking anybody. Pure: no socket, no clock."""

from dataclasses import replace

from monitor.dns.memory import Replay
from monitor.model.dns import SpfOutcome
from monitor.model.evidence import CheckOutcome
from monitor.spf.check_host import check_host


def reevaluate(outcome: SpfOutcome) -> SpfOutcome:
    """The verdict on the same answers, as of the same moment. TEMPERROR where the trace does not hold them all."""
    return check_host(
        Replay(outcome.trace),
        client_ip=outcome.client_ip,
        reverse_path=outcome.reverse_path,
        helo=outcome.helo,
        identity=outcome.identity,
        now=outcome.evaluated_at,
    )


def reevaluate_check(outcome: CheckOutcome) -> CheckOutcome:
    """The check with each verdict reached again; what else it holds is as it was stored."""
    return replace(outcome, results=tuple(map(reevaluate, outcome.results)))


def differing(stored: CheckOutcome, again: CheckOutcome) -> tuple[tuple[SpfOutcome, SpfOutcome], ...]:
    """Verdicts that come out otherwise now than when they were stored: Staysub itself has changed since."""
    pairs = zip(stored.results, again.results, strict=True)
    return tuple(
        (was, now) for was, now in pairs if (was.result, was.lenient_result) != (now.result, now.lenient_result)
    )
