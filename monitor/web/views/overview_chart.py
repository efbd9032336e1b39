"""When a list loses subscribers, as a strip for its row in the overview: days from today on a logarithmic scale.

Pure.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from monitor.model.risk import DayDistribution
from monitor.overview.summary import Odds
from monitor.phrase.phrase import Phrase, say
from monitor.tongue.voice import Voice
from monitor.web.views.wording import days_until

HORIZON_DAYS: Final = 90
TICKS: Final = {1: say("a day"), 7: say("a week"), 30: say("a month"), 90: ""}  # the end is told above them
DAY: Final = timedelta(days=1)
LINE: Final = 32  # pixels of a bar with its words


def day_position(days: float) -> float:
    """Where a day stands, in per cent of the width: tomorrow and the quarter's end both have room."""
    return 100 * math.log(max(1.0, min(days, HORIZON_DAYS))) / math.log(HORIZON_DAYS)


def scale(voice: Voice) -> Markup:
    """The head of the column of strips."""
    marks = [
        Markup('<text class="tick" x="{}%" y="11" text-anchor="{}">{}</text>').format(
            f"{day_position(day):.2f}", "start" if day == 1 else "middle", voice(word)
        )
        for day, word in TICKS.items()
        if word
    ]
    return Markup('<svg class="bars" width="100%" height="14" aria-hidden="true">{}</svg>').format(
        Markup("").join(marks)
    )


def runway(odds: Sequence[Odds], *, now: datetime, voice: Voice) -> Markup:
    """The receiver where subscribers are disabled first; empty without a date.

    Bars reach from the 10 % to the 90 % day, with the median marked and told beneath: disabled above, removed below.
    """
    dated = [one for one in odds if one.begin and one.disabled is not None and one.disabled.median_days is not None]
    if not dated:
        return Markup("")
    first = min(dated, key=lambda one: _ahead(one, one.disabled.median_days if one.disabled else None, now))
    drawn = [
        (distribution, kind)
        for distribution, kind in ((first.disabled, "disabled"), (first.removed, "removed"))
        if distribution is not None and distribution.p10_days is not None
    ]
    height = LINE * len(drawn)
    bars = [_bar(first, distribution, kind, LINE * n, now, voice=voice) for n, (distribution, kind) in enumerate(drawn)]
    grid = Markup("").join(
        Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>').format(f"{day_position(day):.2f}", height)
        for day in TICKS
    )
    return Markup('<svg class="bars" width="100%" height="{}" aria-hidden="true">{}{}</svg>').format(
        height, grid, Markup("").join(bars)
    )


def _ahead(one: Odds, day: int | None, now: datetime) -> float:
    """How many days from now that day is; the horizon where it is beyond every other."""
    if day is None or one.begin is None:
        return HORIZON_DAYS
    return (one.begin + (day - 1) * DAY - now) / DAY


def _half(kind: str, when: str) -> Phrase:
    return say("half disabled {when}", when=when) if kind == "disabled" else say("half removed {when}", when=when)


def _bar(one: Odds, distribution: DayDistribution, kind: str, top: int, now: datetime, *, voice: Voice) -> Markup:
    left = day_position(_ahead(one, distribution.p10_days, now))
    right = day_position(_ahead(one, distribution.p90_days, now))
    median = Markup("")
    if distribution.median_days is not None and one.begin is not None:
        place = day_position(_ahead(one, distribution.median_days, now))
        words = voice(_half(kind, days_until(one.begin + (distribution.median_days - 1) * DAY, now)))
        median = Markup(  # from today to the median: the time that is left
            '<line class="lead" x1="0" x2="{0}%" y1="{1}" y2="{1}"/>'
            '<svg x="{0}%" y="{2}" overflow="visible"><path d="M0 -2 L6 4 L0 10 L-6 4Z" class="median"/></svg>'
            '<text class="tick" x="{3}%" y="{4}" text-anchor="{5}">{6}</text>'
        ).format(
            f"{place:.2f}",
            top + 8,
            top + 4,
            *(("0", top + 25, "start") if place < 50 else ("100", top + 25, "end")),
            words,
        )
    return Markup('<g class="{}"><rect x="{}%" y="{}" width="{}%" height="8" rx="4"/>{}</g>').format(
        kind, f"{left:.2f}", top + 4, f"{max(right - left, 0.8):.2f}", median
    )
