"""Mail of the list that fails SPF now and then where it arrives: it leaves by more ways than the record knows. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.evidence.arrivals.travelling import travelling
from monitor.evidence.ledger import Ledger
from monitor.evidence.ledger_letters import read_look
from monitor.model.dns import Identity, SpfResult
from monitor.model.evidence import Arrival
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import joined, listed, say

TOLD_FOR: Final = timedelta(days=6)  # and today: a week
SPORADIC_LEAST: Final = 2  # a single one is a slip
TURNS_A_LOOK: Final = 2  # at most: to what it saw, and back


def sporadic_arrivals(newest: Sequence[Arrival], ledger: Ledger, *, source: str, now: datetime) -> tuple[Finding, ...]:
    """Whether some of the mail that reached us failed SPF and some passed; `newest` may show from which addresses.

    What fails without a break up to now is a matter of the record, and told by the check.
    """
    counted: dict[bool, int] = {True: 0, False: 0}
    turns = troubled = 0
    for day in ledger.days_since(now - TOLD_FOR):
        turns += sum(number for (of, _), number in day.turns.items() if of == source)
        for text, number in day.facts.items():
            look = read_look(text)
            if look is None or look[0] != source:
                continue
            if look[1].troubled:
                troubled += number
            else:
                counted[look[1].spf is SpfResult.PASS] += number
    turns -= TURNS_A_LOOK * troubled  # a look that could not tell ends nothing, and nothing begins with it
    failed, seen = counted[False], counted[False] + counted[True]
    if not SPORADIC_LEAST <= failed < seen or turns < failed or _failing_now(ledger, source):
        return ()
    addresses = sorted({str(each.client_ip) for each in travelling(newest) if _fails(each)})
    told = say(
        "SPF did not pass for {failed} of the {seen} messages of the list that reached us in the last seven days: some of its "
        "mail leaves from an address that the record does not name.",
        failed=failed,
        seen=seen,
    )
    named = say("It came from {addresses}.", addresses=listed(addresses, "comma")) if addresses else ""
    return (
        Finding(
            code="probe.spf-sporadic",
            severity=Severity.WARNING,
            message=joined(" ", (told, named)),
            evidence={"failed": failed, "seen": seen, "share": round(failed / seen, 3), "addresses": addresses},
            fix=Fix(
                action=FixAction.ASK,
                name=say("whoever runs the list's mail server"),
                type="",
                value=say(
                    "Find all addresses that it sends from, also those of a second server or of a privacy extension, and name "
                    "them in the record and in this list's `outbound`."
                ),
            ),
            reference="RFC 7208 section 5.6",
        ),
    )


def _failing_now(ledger: Ledger, source: str) -> bool:
    return any(
        runs[0].looks >= SPORADIC_LEAST and any(each.spf is not SpfResult.PASS for each in runs[0].facts)
        for (of, _), runs in ledger.runs.items()
        if of == source and runs
    )


def _fails(arrival: Arrival) -> bool:
    mailfrom = next((each for each in arrival.spf if each.identity is Identity.MAILFROM), None)
    return mailfrom is not None and mailfrom.result not in {SpfResult.PASS, SpfResult.TEMPERROR}
