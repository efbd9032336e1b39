"""The forecast of one receiver as a picture: how many are disabled and removed by each day, with the band of doubt.

The curves are stretched to the width that there is; everything with text or a shape of its own is placed in per cent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from monitor.phrase.phrase import Phrase, listed, percent, plural, say
from monitor.risk.fan import Band, Fan
from monitor.tongue.voice import Voice

HORIZONS: Final = (14, 30, 45, 90)  # days that may be drawn
TICKS: Final = {14: (0, 7, 14), 30: (0, 7, 14, 21, 30), 45: (0, 15, 30, 45), 90: (0, 30, 60, 90)}
PLOT: Final = 104  # pixels of height
TOP: Final = 16
HEIGHT: Final = TOP + PLOT + 22
LEVELS: Final = (0.0, 0.5, 1.0)


def fan_chart(seen: Fan, before: Fan | None, *, horizon: int, now: datetime, voice: Voice) -> Markup:
    """The chart; `before` is drawn faint, as what would happen without the change that is tried."""
    curves = Markup("").join(
        (
            _area(seen.removed, horizon, "removed"),
            _area(seen.disabled, horizon, "disabled"),
            *((_line(before.disabled.mean, horizon, "before"),) if before is not None else ()),
            _line(seen.removed.mean, horizon, "removed"),
            _line(seen.disabled.mean, horizon, "disabled"),
        )
    )
    return Markup(
        '<svg class="fan" width="100%" height="{}" role="img" aria-label="{}"><g aria-hidden="true">{}'
        '<svg x="0" y="{}" width="100%" height="{}" viewBox="0 0 {} 100" preserveAspectRatio="none" overflow="visible">{}</svg>'
        "{}</g></svg>"
    ).format(
        HEIGHT, voice(_in_words(seen, horizon)), _grid(voice), TOP, PLOT, horizon, curves, _axis(horizon, now, voice)
    )


def _points(shares: Sequence[float], horizon: int) -> list[str]:
    """Steps, since what happens on a day is counted at its end."""
    made = [f"0,{100 - 100 * shares[0]:.1f}"]
    for day in range(1, horizon + 1):
        made += [f"{day},{100 - 100 * shares[day - 1]:.1f}", f"{day},{100 - 100 * shares[day]:.1f}"]
    return made


def _line(shares: Sequence[float], horizon: int, kind: str) -> Markup:
    return Markup('<polyline class="line {}" points="{}" vector-effect="non-scaling-stroke"/>').format(
        kind, " ".join(_points(shares, horizon))
    )


def _area(band: Band, horizon: int, kind: str) -> Markup:
    """What is expected as a light ground, and the band of doubt darker on it."""
    ground = " ".join([*_points(band.mean, horizon), f"{horizon},100", "0,100"])
    doubt = " ".join([*_points(band.high, horizon), *reversed(_points(band.low, horizon))])
    return Markup('<polygon class="ground {0}" points="{1}"/><polygon class="doubt {0}" points="{2}"/>').format(
        kind, ground, doubt
    )


def _grid(voice: Voice) -> Markup:
    lines = [
        Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(f"{TOP + PLOT * (1 - level):.1f}")
        for level in LEVELS
    ]
    words = [
        Markup('<text class="tick" x="2" y="{}">{}</text>').format(
            f"{TOP + PLOT * (1 - level) - 3:.1f}", voice(percent(level))
        )
        for level in LEVELS[1:]
    ]
    return Markup("").join((*lines, *words))


def _axis(horizon: int, now: datetime, voice: Voice) -> Markup:
    marks = []
    for day in TICKS[horizon]:
        at = now + timedelta(days=day)
        anchor = "start" if day == 0 else "end" if day == horizon else "middle"
        marks.append(
            Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>').format(
                f"{100 * day / horizon:.2f}", TOP, TOP + PLOT + 4
            )
        )
        label = (
            Markup('<text class="tick" x="0" y="{}" text-anchor="start">{}</text>').format(
                HEIGHT - 4, voice(say("today"))
            )
            if day == 0
            else Markup(
                '<text class="tick" x="{}%" y="{}" text-anchor="{}" data-at="{}" data-as="date">{}</text>'
            ).format(f"{100 * day / horizon:.2f}", HEIGHT - 4, anchor, f"{at:%Y-%m-%dT%H:%M:%SZ}", voice.tick(at))
        )
        marks.append(label)
    return Markup("").join(marks)


def _in_words(seen: Fan, horizon: int) -> Phrase:
    """The picture in words."""
    return say(
        "Share of subscribers disabled: {disabled}; removed: {removed}.",
        disabled=_shares(seen.disabled, horizon),
        removed=_shares(seen.removed, horizon),
    )


def _shares(band: Band, horizon: int) -> Phrase:
    """How many of them by when."""
    steps = [day for day in (7, 30, 90) if day <= horizon] or [horizon]
    return listed(
        (
            plural(
                "{share} within {n} day (between {low} and {high})",
                "{share} within {n} days (between {low} and {high})",
                day,
                share=percent(band.mean[day]),
                low=percent(band.low[day]),
                high=percent(band.high[day]),
            )
            for day in steps
        ),
        "comma",
    )
