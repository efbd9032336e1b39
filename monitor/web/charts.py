"""Pictures drawn on the server as SVG: no script, no style attribute, sizes in per cent so that text keeps its size. Pure."""

import math
from typing import Final

from markupsafe import Markup

from monitor.model import DayDistribution, ReceiverForecast

HORIZON_DAYS: Final = 90
TICKS: Final = (1, 3, 7, 14, 30, 90)


def day_position(days: float) -> float:
    """Where a day stands, in per cent of the width: logarithmic, so that tomorrow and the quarter's end both have room."""
    return 100 * math.log(max(1.0, min(days, HORIZON_DAYS))) / math.log(HORIZON_DAYS)


def forecast_bars(forecast: ReceiverForecast) -> Markup:
    """Two bars from the 10 % to the 90 % day with the median marked: disabled above, removed below. Empty without a date."""
    bars = [
        _bar(distribution, kind, top)
        for distribution, kind, top in ((forecast.disabled, "disabled", 3), (forecast.removed, "removed", 17))
        if distribution is not None and distribution.p10_days is not None
    ]
    if not bars:
        return Markup("")
    grid = Markup("").join(
        Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="28"/>').format(f"{day_position(day):.2f}")
        for day in TICKS
    )
    return Markup(
        '<svg class="bars" width="100%" height="28" role="img" aria-label="{}"><g aria-hidden="true">{}{}</g></svg>'
    ).format(_told(forecast), grid, Markup("").join(bars))


def _bar(distribution: DayDistribution, kind: str, top: int) -> Markup:
    first = distribution.p10_days or 1
    last = distribution.p90_days or HORIZON_DAYS
    left, right = day_position(first), day_position(last)
    median = Markup("")
    if distribution.median_days is not None:
        median = Markup(
            '<svg x="{}%" y="{}" overflow="visible"><path d="M0 -2 L6 4 L0 10 L-6 4Z" class="median"/></svg>'
        ).format(f"{day_position(distribution.median_days):.2f}", top)
    return Markup('<g class="{}"><rect x="{}%" y="{}" width="{}%" height="8" rx="4"/>{}</g>').format(
        kind, f"{left:.2f}", top, f"{max(right - left, 0.8):.2f}", median
    )


def _told(forecast: ReceiverForecast) -> str:
    """The picture in words."""
    said = []
    for word, distribution in (("disabled", forecast.disabled), ("removed", forecast.removed)):
        if distribution is not None and distribution.median_days is not None:
            last = f"day {distribution.p90_days}" if distribution.p90_days else "beyond the horizon"
            said.append(
                f"{word} on day {distribution.median_days} by the median, between day {distribution.p10_days} and {last}"
            )
    return "; ".join(said) or "beyond the horizon"
