"""How the list's MTA really tries again and which family it takes first, by its log: instead of its defaults. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from monitor.evidence.ledger import Ledger
from monitor.evidence.replies.counted import Row, RowKey
from monitor.evidence.replies.entered import SOURCE
from monitor.model.evidence import AdmissionAction
from monitor.model.reach import Reach
from monitor.mtas.kind import FamilyOrder
from monitor.mtas.parties import OPTION_PREFIX
from monitor.risk.reach import takes

LIFETIMES_LEAST: Final = 2  # a single one may have been ended by hand
LIFETIMES_NEWEST: Final = 7
# RFC 5321 section 4.5.4.1 has 4 to 5 days; nobody gives up within half an hour, or after a month.
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(days=30)
STEP: Final = timedelta(minutes=10)  # queues are looked at every few minutes
TRIES_LEAST: Final = 50  # at receivers that take mail over both families
NEARLY_ALL: Final = 0.95  # of what was taken: the others went on after a refusal, or met a server that was away


def mta_as_seen(rows: Iterable[tuple[RowKey, Row]], ledger: Ledger, there: Reach, *, over_ipv6: bool) -> dict[str, str]:
    """What its log shows, as a list's `bounce_policy` would say it; empty where it shows nothing yet.

    `over_ipv6` says whether the list has an IPv6 address: else that nothing goes over IPv6 says nothing of the MTA.
    """
    found: dict[str, str] = {}
    lifetime = _lifetime(ledger)
    if lifetime is not None:
        found[f"{OPTION_PREFIX}queue_lifetime"] = f"{lifetime // timedelta(seconds=1)}s"
    order = _order(rows, there) if over_ipv6 else None
    if order is not None:
        found[f"{OPTION_PREFIX}order"] = order.value
    return found


def _lifetime(ledger: Ledger) -> timedelta | None:
    """How long the queue kept what it gave up of late: from the first post of a day to the first that came back."""
    seen = [
        cell.told_at - cell.first
        for day in ledger.days
        for key, cell in sorted(day.replies.items())
        if key.source == SOURCE and key.action is AdmissionAction.DEFER
    ]
    usual = [each for each in seen if SHORTEST <= each <= LONGEST][:LIFETIMES_NEWEST]
    if len(usual) < LIFETIMES_LEAST:
        return None
    return round(sorted(usual)[len(usual) // 2] / STEP) * STEP


def _order(rows: Iterable[tuple[RowKey, Row]], there: Reach) -> FamilyOrder | None:
    """Which family is tried first where a receiver has both; None where too little was seen."""
    taken = {4: 0, 6: 0}
    tried_over_ipv6 = False
    for key, row in rows:
        if key.family not in taken or not takes(there, key.receiver, 6) or takes(there, key.receiver, 4) is False:
            continue
        tried_over_ipv6 |= key.family == 6
        taken[key.family] += row.attempts if key.action is AdmissionAction.ACCEPT else 0
    total = taken[4] + taken[6]
    if total < TRIES_LEAST:
        return None
    if not tried_over_ipv6:
        return FamilyOrder.IPV4_ONLY
    return FamilyOrder.IPV6_FIRST if taken[6] >= NEARLY_ALL * total else FamilyOrder.ANY
