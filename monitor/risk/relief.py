"""Which change at the list manager gains the most time until a fault is mended, and how much. Pure.

What mends the fault is the record to publish; this is what an owner can do tonight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.model.risk import ReceiverForecast, Thresholds
from monitor.risk.calm import in_danger, is_nobody
from monitor.risk.curve import HORIZON_DAYS
from monitor.risk.facts import RiskFacts
from monitor.risk.level import DEFAULTS
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.whatif import REST, THRESHOLD, Change, changes

WORTH: Final = timedelta(days=1)  # less is within what a forecast by days can tell
BEYOND: Final = timedelta(days=HORIZON_DAYS)  # as far as a forecast looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """One change at the list manager, and when the first subscriber is expected to be disabled with it and without."""

    change: str  # "threshold", "rest": as in every what-if
    setting: str = ""  # what is raised, by the manager's own name; "" where nothing is
    value: float | None = None  # to what
    without: datetime
    disabled_from: datetime | None  # None: nobody as far as the forecast looks

    def document(self) -> dict[str, Any]:
        """As JSON documents say it; times are RFC 3339 in UTC."""
        return {
            "change": self.change,
            "setting": self.setting,
            "value": self.value,
            "without": _time(self.without),
            "disabled_from": None if self.disabled_from is None else _time(self.disabled_from),
        }


def relief_of(
    facts: RiskFacts, forecasts: Sequence[ReceiverForecast], *, now: datetime, thresholds: Thresholds = DEFAULTS
) -> Relief | None:
    """The change that gains the most time; None where nobody is about to be disabled, or none gains a day.

    `forecasts` are as things are. Of equal ones it is the threshold, which leaves addresses that are really gone to be
    found out.
    """
    endangered = {each.receiver for each in forecasts if in_danger(each.level) and not is_nobody(each)}
    without = _first(forecasts, endangered)
    if without is None:
        return None
    best: Relief | None = None
    for change in sorted((each for each in changes(facts) if each.word in (THRESHOLD, REST)), key=_threshold_first):
        after, _ = receiver_forecasts(change.facts, now=now, thresholds=thresholds)
        if any(each.post_bounces is None for each in after if each.receiver in endangered):
            continue  # what is not known is no relief
        then = _first(after, endangered)
        made = Relief(
            change=change.word, setting=change.setting, value=change.value, without=without, disabled_from=then
        )
        if _gain(made) >= WORTH and (best is None or _gain(made) > _gain(best)):
            best = made
    return best


def _first(forecasts: Sequence[ReceiverForecast], receivers: set[str | None]) -> datetime | None:
    dates = [each.disabled_on for each in forecasts if each.receiver in receivers and each.disabled_on is not None]
    return min(dates, default=None)


def _gain(relief: Relief) -> timedelta:
    return BEYOND if relief.disabled_from is None else relief.disabled_from - relief.without


def _threshold_first(change: Change) -> bool:
    return change.word != THRESHOLD


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
