"""Where it may be said that nobody is expected to be dropped: only where all that bears on it is known. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from monitor.model.evidence import Admission
from monitor.model.findings import Finding, Severity
from monitor.model.order import IN_DANGER
from monitor.model.risk import ReceiverForecast, RiskLevel

BULK: Final = "bulk"
CALM_LEVELS: Final = (RiskLevel.OK, RiskLevel.WATCH)
MARKED: Final = 0.05  # share of the subscribers: some domain of many is always without an answer
DISTURBING: Final = (Severity.CRITICAL, Severity.UNKNOWN)  # findings that leave no room for such a sentence


def is_nobody(forecast: ReceiverForecast) -> bool:
    """Whether the list has no subscriber there: counts may be wrong where some were seen to be refused."""
    return forecast.subscribers == 0 and (forecast.seen is None or forecast.seen.over_since is not None)


def is_calm(
    level: RiskLevel,
    findings: Iterable[Finding],
    forecasts: Sequence[ReceiverForecast],
    admission: Iterable[Admission],
    *,
    unplaced: int = 0,
) -> bool:
    """Whether each receiver with subscribers has a known level without danger, and nothing is critical or unknown.

    Where nobody is counted there may be subscribers at each. Without a forecast nothing is known; nor is it where a
    receiver's answer hangs on whether the mail is bulk, as its level goes as if that were not asked, or where a marked
    part of the subscribers is `unplaced`: at domains whose mail servers are not known.
    """
    there = {each.receiver: each.level for each in forecasts if not is_nobody(each)}
    return (
        bool(forecasts)
        and level in CALM_LEVELS
        and all(each in CALM_LEVELS for each in there.values())
        and not any(each.severity in DISTURBING for each in findings)
        and nearly_all_placed(forecasts, unplaced)
        and not any(BULK in each.undecided and each.receiver in there for each in admission)
    )


def nearly_all_placed(forecasts: Iterable[ReceiverForecast], unplaced: int) -> bool:
    """Whether no marked part of the subscribers is at domains whose mail servers are not known."""
    return unplaced <= MARKED * (unplaced + sum(each.subscribers or 0 for each in forecasts))


def in_danger(level: object) -> bool:
    """Whether subscribers there are in danger: at risk and critical, and at no other level."""
    return level in IN_DANGER
