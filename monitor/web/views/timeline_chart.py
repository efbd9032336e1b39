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
from monitor.phrase.phrase import Phrase, When, capital, listed, plural, say
from monitor.probe.life import GONE_WRONG
from monitor.tongue.voice import Voice
from monitor.web.views.history import BARS, THE_LAST, WINDOWS, Frame, History, Run, bar_begin, gathered, levels
from monitor.wording.states import probe_state_word
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


def timeline(history: History, *, window: str, now: datetime, check_every: timedelta, voice: Voice) -> Markup:
    """The picture of one of WINDOWS; sizes in per cent of the width, so that text keeps its size."""
    frame = Frame(window=window, since=now - WINDOWS[window], now=now, voice=voice)
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
        HEIGHT, voice(_in_words(history, stretches, bars, frame)), Markup("").join(parts)
    )


def _stretch(run: Run, frame: Frame) -> Markup:
    left, right, height = frame.place(run.begin), frame.place(run.end), HEIGHTS[run.level]
    title = say("{level}, {begin} to {end}", level=level_title(run.level), begin=_at(run.begin), end=_at(run.end))
    return Markup('<rect class="run run-{}" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>').format(
        run.level, f"{left:.2f}", BAND_BOTTOM - height, f"{max(right - left, 0.15):.2f}", height, frame.voice(title)
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
        frame.voice(say("check: {status}, {at}", status=status_word(one.status), at=_at(one.evaluated_at))),
    )


def _arrival(one: Arrival, frame: Frame) -> Markup:
    well = arrived_well(one)
    kind = "arrived" if well else "arrived-badly"
    return _dot(frame.place(one.received_at), ARRIVALS_AT, kind, frame.voice(_arrived_how(one, well=well)))


def _arrived_how(one: Arrival, *, well: bool) -> Phrase:
    at = _at(one.received_at)
    if one.canary is None:
        if well:
            return say("probe arrived, SPF passes, {at}", at=at)
        return say("probe arrived, SPF does not pass, {at}", at=at)
    if well:
        return say("post to our own subscription arrived, SPF passes, {at}", at=at)
    return say("post to our own subscription arrived, SPF does not pass, {at}", at=at)


def _lost(history: History, bars: Sequence[Tally], frame: Frame) -> list[Markup]:
    """Probes that went wrong: by bars, and one by one those that no bar counts."""
    counted = {one.begin: one.lost for one in bars if one.lost}
    made = [
        _cross(begin, plural("probes lost from {at}: {n}", "probes lost from {at}: {n}", count, at=_at(begin)), frame)
        for begin, count in counted.items()
    ]
    for probe in history.probes:
        at = probe.scheduled_at
        if at >= frame.since and probe.state in GONE_WRONG and bar_begin(at, BARS[frame.window]) not in counted:
            made.append(_cross(at, say("probe {state}, {at}", state=probe_state_word(probe.state), at=_at(at)), frame))
    return made


def _cross(at: datetime, title: Phrase, frame: Frame) -> Markup:
    return Markup(
        '<svg x="{}%" y="{}" overflow="visible" class="cross"><path d="M-3.5 -3.5 3.5 3.5M-3.5 3.5 3.5 -3.5"/>'
        "<title>{}</title></svg>"
    ).format(f"{frame.place(at):.2f}", ARRIVALS_AT, frame.voice(title))


def _checked(one: Tally, frame: Frame) -> Markup:
    shares = [(f"check-{status}", one.checks[status]) for status in CHECKS]
    counts = listed((_of_status(status, count) for status in CHECKS if (count := one.checks[status])), "comma")
    title = say("checks from {begin}: {counts}", begin=_at(one.begin), counts=counts)
    return _stack(one, frame, CHECKS_AT, shares, title)


def _of_status(status: CheckStatus, count: int) -> Phrase:
    return plural("{n} {status}", "{n} {status}", count, status=status_word(status))


def _arrived(one: Tally, frame: Frame) -> Markup:
    shares = [("arrived", one.arrived), ("arrived-badly", one.arrived_badly)]
    well = plural("{n} well", "{n} well", one.arrived) if one.arrived else None
    badly = plural("{n} badly", "{n} badly", one.arrived_badly) if one.arrived_badly else None
    counts = listed((each for each in (well, badly) if each is not None), "comma")
    title = say("arrivals from {begin}: {counts}", begin=_at(one.begin), counts=counts)
    return _stack(one, frame, ARRIVALS_AT, shares, title)


def _stack(one: Tally, frame: Frame, middle: int, shares: Sequence[tuple[str, int]], title: Phrase) -> Markup:
    """A bar of full height, divided by shares, what is well at the bottom."""
    total, bottom, parts = sum(count for _, count in shares), float(middle + BAR / 2), []
    for kind, count in shares:
        height = BAR * count / total
        if count:
            bottom -= height
            parts.append(_bar(one, frame, kind, bottom, height))
    return Markup("<g><title>{}</title>{}</g>").format(frame.voice(title), Markup("").join(parts))


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
        title = plural(
            "posts to {n} recipient refused, from {at}",
            "posts to {n} recipients refused, from {at}",
            count,
            at=_at(begin),
        )
        made.append(
            Markup('<rect class="bar bounced" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>').format(
                f"{left:.2f}",
                f"{BOUNCES_AT + BAR / 2 - height:.1f}",
                f"{max(right - left - 0.15, 0.15):.2f}",
                f"{height:.1f}",
                frame.voice(title),
            )
        )
    return made


def _incident(incident: Incident, frame: Frame) -> Markup:
    left, right = frame.place(incident.opened_at), frame.place(incident.resolved_at or frame.now)
    worst, begin = level_title(incident.worst_level), _at(incident.opened_at)
    title = say("incident, at worst {level}, from {begin}, not over", level=worst, begin=begin)
    if incident.resolved_at:
        end = _at(incident.resolved_at)
        title = say("incident, at worst {level}, from {begin} to {end}", level=worst, begin=begin, end=end)
    return Markup(
        '<rect class="incident run-{}" x="{}%" y="{}" width="{}%" height="6" rx="3"><title>{}</title></rect>'
    ).format(incident.worst_level, f"{left:.2f}", INCIDENTS_AT - 3, f"{max(right - left, 0.4):.2f}", frame.voice(title))


def _axis(frame: Frame) -> Markup:
    """Lines at round times, each with its label; the script tells them in the reader's zone."""
    step = TICKS[frame.window]
    at = bar_begin(frame.since, step) + step
    marks = []
    while at < frame.now:
        place = 100 * ((at - frame.since) / (frame.now - frame.since))
        label = f"{at:%H:%M}" if frame.one_by_one else frame.voice.tick(at)
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


def _in_words(history: History, stretches: Sequence[Run], bars: Sequence[Tally], frame: Frame) -> Phrase:
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
    return capital(
        plural(
            "{window}: levels {levels}; {bad} of {checks} checks found something; {well} of {arrivals} arrivals passed SPF; "
            "posts to {n} recipient were refused.",
            "{window}: levels {levels}; {bad} of {checks} checks found something; {well} of {arrivals} arrivals passed SPF; "
            "posts to {n} recipients were refused.",
            bounced,
            window=THE_LAST[frame.window],
            levels=_one_after_the_other([level_title(run.level) for run in stretches[-5:]]),
            bad=bad,
            checks=len(checks),
            well=sum(came),
            arrivals=len(came),
        )
    )


def _one_after_the_other(levels: Sequence[Phrase]) -> Phrase:
    if not levels:
        return say("nothing known")
    *before, last = levels
    return say("{before}, then {last}", before=_one_after_the_other(before), last=last) if before else last


def _at(at: datetime) -> When:
    return When(at, "moment")
