"""A list's last day, week or quarter as one picture: its levels, checks, arrivals, bounces and incidents. Pure.

What is told one by one is drawn as dots for a day, and as bars of so many hours beyond that.
"""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from monitor.model.evidence import Arrival, CheckMark
from monitor.model.findings import CheckStatus
from monitor.model.incidents import Incident
from monitor.model.level_run import GAP_INTERVALS
from monitor.model.risk import RiskLevel
from monitor.model.tally import CHECKS, Tally, arrived_well
from monitor.probe.life import GONE_WRONG
from monitor.web.views.history import BARS, WINDOWS, Frame, History, Run, bar_begin, gathered, levels
from monitor.wording.vocabulary import level_title, status_word

TICKS: Final = {
    "1h": timedelta(minutes=10),
    "24h": timedelta(hours=4),
    "7d": timedelta(days=1),
    "90d": timedelta(days=15),
}
# Height of the band in pixels: danger stands taller, so that it is seen without colour.
HEIGHTS: Final = {
    RiskLevel.OK: 8,
    RiskLevel.WATCH: 18,
    RiskLevel.AT_RISK: 30,
    RiskLevel.CRITICAL: 42,
    RiskLevel.UNKNOWN: 8,
}
BAND_BOTTOM: Final = 46
CHECKS_AT, ARRIVALS_AT, BOUNCES_AT, INCIDENTS_AT, AXIS_AT = 64, 86, 108, 128, 152  # the lanes' middles
BAR: Final = 14  # pixels of a lane's bar
HEIGHT: Final = 158


def timeline(history: History, *, window: str, now: datetime, check_every: timedelta) -> Markup:
    """The picture of one of WINDOWS; sizes in per cent of the width, so that text keeps its size."""
    frame = Frame(window=window, since=now - WINDOWS[window], now=now)
    stretches = levels(history, frame, gap=GAP_INTERVALS * check_every)
    bars = gathered(history.tallies, frame)
    parts = [_axis(frame), *(_stretch(run, frame) for run in stretches)]
    if frame.one_by_one:
        parts += [_check(one, frame) for one in history.checks if one.evaluated_at >= frame.since]
        parts += [_arrival(one, frame) for one in history.arrivals if one.received_at >= frame.since]
    else:
        parts += [_checked(one, frame) for one in bars if any(one.checks.values())]
        parts += [_arrived(one, frame) for one in bars if one.arrived or one.arrived_badly]
    parts += _lost(history, () if frame.one_by_one else bars, frame)
    parts += _bounced(history, bars, frame)
    parts += [_incident(one, frame) for one in history.incidents if (one.resolved_at or now) >= frame.since]
    return Markup('<svg class="timeline" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        HEIGHT, _in_words(history, stretches, bars, frame), Markup("").join(parts)
    )


def _stretch(run: Run, frame: Frame) -> Markup:
    left, right, height = frame.place(run.begin), frame.place(run.end), HEIGHTS[run.level]
    title = f"{level_title(run.level)}, {_at(run.begin)} to {_at(run.end)}"
    return Markup('<rect class="run run-{}" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>').format(
        run.level, f"{left:.2f}", BAND_BOTTOM - height, f"{max(right - left, 0.15):.2f}", height, title
    )


def _dot(place: float, top: int, kind: str, title: str) -> Markup:
    return Markup('<circle class="dot {}" cx="{}%" cy="{}" r="3"><title>{}</title></circle>').format(
        kind, f"{place:.2f}", top, title
    )


def _check(one: CheckMark, frame: Frame) -> Markup:
    return _dot(
        frame.place(one.evaluated_at),
        CHECKS_AT,
        f"check-{one.status}",
        f"check: {status_word(one.status)}, {_at(one.evaluated_at)}",
    )


def _arrival(one: Arrival, frame: Frame) -> Markup:
    well = arrived_well(one)
    what = "probe" if one.canary is None else "post to our own subscription"
    title = f"{what} arrived, SPF {'passes' if well else 'does not pass'}, {_at(one.received_at)}"
    return _dot(frame.place(one.received_at), ARRIVALS_AT, "arrived" if well else "arrived-badly", title)


def _lost(history: History, bars: Sequence[Tally], frame: Frame) -> list[Markup]:
    """Probes that went wrong: by bars, and one by one those that no bar counts."""
    counted = {one.begin: one.lost for one in bars if one.lost}
    made = [_cross(begin, f"probes lost from {_at(begin)}: {count}", frame) for begin, count in counted.items()]
    for probe in history.probes:
        at = probe.scheduled_at
        if at >= frame.since and probe.state in GONE_WRONG and bar_begin(at, BARS[frame.window]) not in counted:
            made.append(_cross(at, f"probe {probe.state}, {_at(at)}", frame))
    return made


def _cross(at: datetime, title: str, frame: Frame) -> Markup:
    return Markup(
        '<svg x="{}%" y="{}" overflow="visible" class="cross"><path d="M-3.5 -3.5 3.5 3.5M-3.5 3.5 3.5 -3.5"/>'
        "<title>{}</title></svg>"
    ).format(f"{frame.place(at):.2f}", ARRIVALS_AT, title)


def _checked(one: Tally, frame: Frame) -> Markup:
    return _stack(one, frame, CHECKS_AT, [(f"check-{status}", one.checks[status]) for status in CHECKS], "checks")


def _arrived(one: Tally, frame: Frame) -> Markup:
    shares = [("arrived", one.arrived), ("arrived-badly", one.arrived_badly)]
    return _stack(one, frame, ARRIVALS_AT, shares, "arrivals")


def _said(kind: str) -> str:
    """What a part of a bar stands for."""
    _, is_check, status = kind.partition("check-")
    return status_word(status) if is_check else {"arrived": "well", "arrived-badly": "badly"}[kind]


def _stack(one: Tally, frame: Frame, middle: int, shares: Sequence[tuple[str, int]], what: str) -> Markup:
    """A bar of full height, divided by shares, what is well at the bottom."""
    total, bottom, parts = sum(count for _, count in shares), float(middle + BAR / 2), []
    for kind, count in shares:
        height = BAR * count / total
        if count:
            bottom -= height
            parts.append(_bar(one, frame, kind, bottom, height))
    counts = ", ".join(f"{count} {_said(kind)}" for kind, count in shares if count)
    title = Markup("<title>{}</title>").format(f"{what} from {_at(one.begin)}: {counts}")
    return Markup("<g>{}{}</g>").format(title, Markup("").join(parts))


def _bar(one: Tally, frame: Frame, kind: str, top: float, height: float) -> Markup:
    left, right = frame.place(one.begin), frame.place(one.begin + BARS[frame.window])
    return Markup('<rect class="bar {}" x="{}%" y="{}" width="{}%" height="{}"/>').format(
        kind, f"{left:.2f}", f"{top:.1f}", f"{max(right - left - 0.15, 0.15):.2f}", f"{height:.1f}"
    )


def _bounced(history: History, bars: Sequence[Tally], frame: Frame) -> list[Markup]:
    """Bars by the logarithm of the number of recipients, of the reports themselves where a day is drawn."""
    width, counts = BARS[frame.window], Counter[datetime]()
    if frame.one_by_one:
        for report in history.bounces:
            if report.at >= frame.since:
                counts[bar_begin(report.at, width)] += report.recipients
    else:
        counts.update({one.begin: one.bounced for one in bars if one.bounced})
    most = max(counts.values(), default=0)
    made = []
    for begin, count in counts.items():
        left, right = frame.place(begin), frame.place(begin + width)
        height = max(3.0, BAR * math.log1p(count) / math.log1p(most))
        made.append(
            Markup('<rect class="bar bounced" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>').format(
                f"{left:.2f}",
                f"{BOUNCES_AT + BAR / 2 - height:.1f}",
                f"{max(right - left - 0.15, 0.15):.2f}",
                f"{height:.1f}",
                f"posts to {count} recipients refused, from {_at(begin)}",
            )
        )
    return made


def _incident(incident: Incident, frame: Frame) -> Markup:
    left, right = frame.place(incident.opened_at), frame.place(incident.resolved_at or frame.now)
    title = f"incident, at worst {level_title(incident.worst_level)}, from {_at(incident.opened_at)}" + (
        f" to {_at(incident.resolved_at)}" if incident.resolved_at else ", not over"
    )
    return Markup(
        '<rect class="incident run-{}" x="{}%" y="{}" width="{}%" height="6" rx="3"><title>{}</title></rect>'
    ).format(incident.worst_level, f"{left:.2f}", INCIDENTS_AT - 3, f"{max(right - left, 0.4):.2f}", title)


def _axis(frame: Frame) -> Markup:
    """Lines at round times, each with its label; the script tells them in the reader's zone."""
    step = TICKS[frame.window]
    at = bar_begin(frame.since, step) + step
    marks = []
    while at < frame.now:
        place = 100 * ((at - frame.since) / (frame.now - frame.since))
        label = f"{at:%H:%M}" if frame.one_by_one else f"{at:%-d %b}"
        marks.append(
            Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>').format(f"{place:.2f}", AXIS_AT - 14)
        )
        if 4 <= place <= 96:
            marks.append(
                Markup(
                    '<text class="tick" x="{}%" y="{}" text-anchor="middle" data-at="{}" data-as="{}">{}</text>'
                ).format(
                    f"{place:.2f}", AXIS_AT, f"{at:%Y-%m-%dT%H:%M:%SZ}", "hour" if frame.one_by_one else "date", label
                )
            )
        at += step
    base = Markup('<line class="base" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(BAND_BOTTOM)
    return Markup("").join((*marks, base))


def _in_words(history: History, stretches: Sequence[Run], bars: Sequence[Tally], frame: Frame) -> str:
    """The picture in words."""
    if frame.one_by_one:
        checks = [one.status for one in history.checks if one.evaluated_at >= frame.since]
        came = [arrived_well(one) for one in history.arrivals if one.received_at >= frame.since]
        bounced = sum(one.recipients for one in history.bounces if one.at >= frame.since)
    else:
        checks = [status for one in bars for status, count in one.checks.items() for _ in range(count)]
        came = [well for one in bars for well in [True] * one.arrived + [False] * one.arrived_badly]
        bounced = sum(one.bounced for one in bars)
    bad = sum(status in {CheckStatus.WARNING, CheckStatus.CRITICAL} for status in checks)
    said = ", then ".join(level_title(run.level) for run in stretches[-5:]) or "nothing known"
    return (
        f"The last {frame.window}: levels {said}; {bad} of {len(checks)} checks found something; "
        f"{sum(came)} of {len(came)} arrivals passed SPF; posts to {bounced} recipients were refused."
    )


def _at(at: datetime) -> str:
    return f"{at:%-d %b %H:%M} UTC"
