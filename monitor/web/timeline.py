"""A list's last day, week or quarter as one picture: its levels, its checks and probes, its incidents. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from markupsafe import Markup

from monitor.model import Arrival, Assessment, CheckOutcome, CheckStatus, Incident, Probe, ProbeState, RiskLevel
from monitor.web.words import LEVEL_WORDS

WINDOWS: Final = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "90d": timedelta(days=90)}
GAP_INTERVALS: Final = 3  # nothing heard for so many check intervals is a gap in what we know
TICKS: Final = {"24h": timedelta(hours=4), "7d": timedelta(days=1), "90d": timedelta(days=15)}
# Height of the band in pixels: danger stands taller, so that it is seen without colour.
HEIGHTS: Final = {
    RiskLevel.OK: 8,
    RiskLevel.WATCH: 18,
    RiskLevel.AT_RISK: 30,
    RiskLevel.CRITICAL: 42,
    RiskLevel.UNKNOWN: 8,
}
BAND_BOTTOM: Final = 46
CHECKS_AT, PROBES_AT, INCIDENTS_AT, AXIS_AT = 62, 80, 98, 122
HEIGHT: Final = 128
GONE_WRONG: Final = frozenset({ProbeState.REJECTED, ProbeState.BOUNCED, ProbeState.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is drawn, each newest first."""

    history: Sequence[Assessment]
    checks: Sequence[CheckOutcome]
    probes: Sequence[Probe]
    arrivals: Sequence[Arrival]
    incidents: Sequence[Incident]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A time in which the level was the same."""

    level: RiskLevel
    begin: datetime
    end: datetime


def runs(history: Sequence[Assessment], *, now: datetime, since: datetime, gap: timedelta) -> tuple[Run, ...]:
    """The levels as stretches of time, oldest first, cut at `since`. Where nothing was heard for `gap`, there is none."""
    made: list[Run] = []
    oldest_first = list(reversed(history))
    for number, thought in enumerate(oldest_first):
        following = oldest_first[number + 1].assessed_at if number + 1 < len(oldest_first) else now
        end = min(following, thought.assessed_at + gap)
        begin = max(thought.assessed_at, since)
        if end <= begin:
            continue
        if made and made[-1].level is thought.level and made[-1].end >= begin:
            made[-1] = Run(level=thought.level, begin=made[-1].begin, end=end)
        else:
            made.append(Run(level=thought.level, begin=begin, end=end))
    return tuple(made)


def timeline(past: Past, *, window: str, now: datetime, check_every: timedelta) -> Markup:
    """The picture of one of WINDOWS; sizes in per cent of the width, so that text keeps its size."""
    since = now - WINDOWS[window]
    gap = GAP_INTERVALS * check_every

    def place(at: datetime) -> float:
        return max(0.0, min(100.0, 100 * ((at - since) / (now - since))))

    stretches = runs(past.history, now=now, since=since, gap=gap)
    parts = [_axis(window, since=since, now=now)]
    parts += [_stretch(run, place(run.begin), place(run.end)) for run in stretches]
    parts += [
        _dot(place(one.evaluated_at), CHECKS_AT, f"check-{one.status}", f"check {one.status}, {_at(one.evaluated_at)}")
        for one in past.checks
        if one.evaluated_at >= since
    ]
    parts += [_probe(one, place(one.scheduled_at)) for one in past.probes if one.scheduled_at >= since]
    parts += [
        _incident(one, place(one.opened_at), place(one.resolved_at or now))
        for one in past.incidents
        if (one.resolved_at or now) >= since
    ]
    return Markup('<svg class="timeline" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        HEIGHT, _told(past, stretches, window=window, since=since), Markup("").join(parts)
    )


def _stretch(run: Run, left: float, right: float) -> Markup:
    height = HEIGHTS[run.level]
    title = f"{LEVEL_WORDS[run.level]}, {_at(run.begin)} to {_at(run.end)}"
    return Markup('<rect class="run run-{}" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>').format(
        run.level, f"{left:.2f}", BAND_BOTTOM - height, f"{max(right - left, 0.15):.2f}", height, title
    )


def _dot(place: float, top: int, kind: str, title: str) -> Markup:
    return Markup('<circle class="dot {}" cx="{}%" cy="{}" r="3"><title>{}</title></circle>').format(
        kind, f"{place:.2f}", top, title
    )


def _probe(probe: Probe, place: float) -> Markup:
    """A filled dot where it arrived, a cross where it went wrong, a ring while it is under way."""
    title = f"probe {probe.state}, {_at(probe.scheduled_at)}"
    if probe.state in GONE_WRONG:
        return Markup(
            '<svg x="{}%" y="{}" overflow="visible" class="cross"><path d="M-3.5 -3.5 3.5 3.5M-3.5 3.5 3.5 -3.5"/>'
            "<title>{}</title></svg>"
        ).format(f"{place:.2f}", PROBES_AT, title)
    return _dot(place, PROBES_AT, f"probe-{probe.state}", title)


def _incident(incident: Incident, left: float, right: float) -> Markup:
    title = f"incident, at worst {LEVEL_WORDS[incident.worst_level]}, from {_at(incident.opened_at)}" + (
        f" to {_at(incident.resolved_at)}" if incident.resolved_at else ", not over"
    )
    return Markup(
        '<rect class="incident run-{}" x="{}%" y="{}" width="{}%" height="6" rx="3"><title>{}</title></rect>'
    ).format(incident.worst_level, f"{left:.2f}", INCIDENTS_AT - 3, f"{max(right - left, 0.4):.2f}", title)


def _axis(window: str, *, since: datetime, now: datetime) -> Markup:
    """Lines at round times, each with its label; the script tells them in the reader's zone."""
    step = TICKS[window]
    first = datetime.fromtimestamp(since.timestamp() // step.total_seconds() * step.total_seconds(), tz=UTC) + step
    marks = []
    at = first
    while at < now:
        place = 100 * ((at - since) / (now - since))
        label = f"{at:%H:%M}" if window == "24h" else f"{at:%-d %b}"
        shown = 4 <= place <= 96
        marks.append(
            Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>').format(f"{place:.2f}", AXIS_AT - 14)
        )
        if shown:
            marks.append(
                Markup(
                    '<text class="tick" x="{}%" y="{}" text-anchor="middle" data-at="{}" data-as="{}">{}</text>'
                ).format(
                    f"{place:.2f}", AXIS_AT, f"{at:%Y-%m-%dT%H:%M:%SZ}", "hour" if window == "24h" else "date", label
                )
            )
        at += step
    base = Markup('<line class="base" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(BAND_BOTTOM)
    return Markup("").join((*marks, base))


def _told(past: Past, stretches: Sequence[Run], *, window: str, since: datetime) -> str:
    """The picture in words."""
    checks = [one for one in past.checks if one.evaluated_at >= since]
    bad = sum(one.status in {CheckStatus.WARNING, CheckStatus.CRITICAL} for one in checks)
    probes = [one for one in past.probes if one.scheduled_at >= since]
    arrived = sum(one.state is ProbeState.ARRIVED for one in probes)
    levels = ", then ".join(LEVEL_WORDS[run.level] for run in stretches[-5:]) or "nothing known"
    return (
        f"The last {window}: levels {levels}; {bad} of {len(checks)} checks found something; "
        f"{arrived} of {len(probes)} probes arrived."
    )


def _at(at: datetime) -> str:
    return f"{at:%-d %b %H:%M} UTC"
