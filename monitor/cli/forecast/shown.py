"""A forecast for people: a table of dates, a chart of probabilities, what would change them, and on what they rest."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console, JustifyMethod
from rich.table import Column, Table
from rich.text import Text

from monitor.cli.output import LEVEL_COLOURS, console, inert
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import DayDistribution, ReceiverForecast, RiskLevel
from monitor.risk.facts import RiskFacts
from monitor.risk.numbers import Numbers
from monitor.risk.receiver_forecasts import outlooks
from monitor.risk.whatif import Alternative

BLOCKS = " ▁▂▃▄▅▆▇█"
CHART_DAYS = 45
AXIS_STEP = 14
COLUMNS: Mapping[str, JustifyMethod] = {
    "receiver": "left",
    "today": "left",
    "refused": "right",
    "post bounces": "right",
    "disabled": "left",
    "removed": "left",
    "there": "right",
    "level": "left",
}
ANSWERS = {
    AdmissionAction.ACCEPT: "accepts",
    AdmissionAction.DEFER: "defers (4yz)",
    AdmissionAction.REJECT: "rejects (5yz)",
    AdmissionAction.UNKNOWN: "not known",
}


def show_list(
    list_id: str,
    facts: RiskFacts,
    forecasts: Sequence[ReceiverForecast],
    level: RiskLevel,
    *,
    alternatives: Sequence[Alternative],
    losses: Sequence[float],
    now: datetime,
    horizon: int,
) -> None:
    """Print the whole forecast of a list."""
    out = console()
    out.print(
        Text.assemble("Forecast for ", (list_id, "bold"), ": ", (str(level), LEVEL_COLOURS[level])),
        Text(f"{facts.manager}, {facts.mta}, {facts.messages_per_day:g} posts a day", style="dim"),
        sep="\n",
    )
    if not forecasts:
        out.print("Nothing has been recorded of this list yet. Run `staysub check` for it, or wait for the workers.")
        return
    out.print(_table(forecasts, horizon))
    out.print("there: subscribers; day 1 is the first failing day: median (10 to 90 %).", style="dim")
    _chart(out, facts, forecasts, now)
    if losses and losses[-1] >= 0.05:
        expected = ", ".join(f"{losses[day]:.0f} within {day} days" for day in (7, 30, 90) if day < len(losses))
        out.print(f"Subscribers expected to be disabled from now: {expected}.")
    _evidence(out, forecasts)
    out.print(_what_if(forecasts, alternatives))


def show_numbers(numbers: Numbers, forecast: ReceiverForecast, compared: Sequence[Mapping[str, Any]]) -> None:
    """Print a forecast from numbers, and the same under the other replies."""
    out = console()
    out.print(
        f"{numbers.manager} behind {numbers.mta}, {numbers.messages_per_day:g} posts a day, "
        f"{100 * numbers.failure_rate:g} % of them refused."
    )
    table = _plain("reply", "IPv4 too", "post bounces", "disabled on day", "removed on day", "in 7 d", "30 d", "90 d")
    for row in compared:
        chosen = row["reply"] == numbers.reply and row["ipv4_alternative"] == numbers.ipv4_alternative
        disabled, removed = row["disabled"], row["removed"]
        table.add_row(
            "5yz" if row["reply"] == "reject" else "4yz",
            "yes" if row["ipv4_alternative"] else "no",
            _percent(row["post_bounces"]),
            _days(disabled["p10_days"], disabled["median_days"], disabled["p90_days"]),
            _days(removed["p10_days"], removed["median_days"], removed["p90_days"]),
            *(_percent(disabled["within"][within]) for within in ("7d", "30d", "90d")),
            style="bold" if chosen else None,
        )
    out.print(table)
    out.print(Text.assemble("Risk level: ", (str(forecast.level), LEVEL_COLOURS[forecast.level])))
    out.print("Days count from the first failing day, which is day 1: median (10 to 90 %).", style="dim")


def show_replay(answers: Sequence[Mapping[str, Any]]) -> None:
    """Print what a replay found, a row a case; times as days and hours after the start."""
    table = _plain("case", "disabled", "warnings", "probes", "removed", "score")
    for number, found in enumerate(answers, start=1):
        times = (
            ", ".join(_moment(t) for t in found.get(key, ())) for key in ("disabled", "warnings", "probes", "removed")
        )
        score = found["score"]
        table.add_row(str(number), *times, "" if score is None else f"{score:g}")
    console().print(table)


def sparkline(values: Sequence[float]) -> str:
    """Shares from 0 to 1 as blocks of eight heights; what is not nothing is seen."""
    return "".join(BLOCKS[0 if v < 0.005 else max(1, min(8, round(v * 8)))] for v in values)


def axis(today: date, days: int) -> str:
    """Dates below a chart with a column a day, the first of which is tomorrow's; one each second week."""
    marks = (f"{today + timedelta(days=column + 1):%m-%d}" for column in range(0, days, AXIS_STEP))
    return "".join(f"{'└' + mark:{AXIS_STEP}}" for mark in marks).rstrip()


def _plain(*columns: Column | str) -> Table:
    """A table without lines: 80 columns are few."""
    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def _table(forecasts: Sequence[ReceiverForecast], horizon: int) -> Table:
    """Fits 80 columns: dates and levels are never cut, what may be long is folded."""
    table = _plain()
    for title, justify in COLUMNS.items():
        table.add_column(title, justify=justify, no_wrap=title in {"disabled", "removed", "level"}, overflow="fold")
    for one in forecasts:
        rate = one.failure_rate
        table.add_row(
            inert(one.receiver or ""),
            ANSWERS[one.action].replace(" ", "\n", 1),
            "not known" if rate is None else _percent(rate.mean),
            _percent(one.post_bounces),
            _dates(one.disabled, one.disabled_on, horizon),
            _dates(one.removed, one.removed_on, horizon),
            "?" if one.subscribers is None else str(one.subscribers),
            Text(str(one.level), style=LEVEL_COLOURS[one.level]),
        )
    return table


def _dates(days: DayDistribution | None, on: datetime | None, horizon: int) -> str:
    if days is None:
        return "not known"
    if on is None or days.median_days is None or days.median_days > horizon:
        return f"{_percent(days.within['90d'])} within\n90 days"
    return f"{on:%Y-%m-%d}\nday {_days(days.p10_days, days.median_days, days.p90_days)}"


def _days(p10: int | None, median: int | None, p90: int | None) -> str:
    if median is None:
        return "later, or never"
    return f"{median}" if p10 == median == p90 else f"{median} ({p10} to {'…' if p90 is None else p90})"


def _chart(out: Console, facts: RiskFacts, forecasts: Sequence[ReceiverForecast], now: datetime) -> None:
    drawn = []
    for one in forecasts:
        weighted = outlooks(facts, one.receiver or "", now=now)
        if weighted is None:
            continue
        shares = [sum(w * seen.disabled.by(day) for w, seen in weighted) for day in range(1, CHART_DAYS + 1)]
        if shares[-1] >= 0.005:
            drawn.append((one.receiver or "", shares))
    if not drawn:
        return
    width = max(len(name) for name, _ in drawn)
    out.print(f"Share disabled by the end of each day from now, {CHART_DAYS} days:")
    for name, shares in drawn:
        out.print(inert(f"  {name:{width}} ▕{sparkline(shares)}▏ {_percent(shares[-1])}"))
    out.print(Text(f"  {'':{width}} ▕{axis(now.date(), CHART_DAYS)}", style="dim"))


def _evidence(out: Console, forecasts: Sequence[ReceiverForecast]) -> None:
    out.print("What this rests on:")
    for one in forecasts:
        if not one.failure_rates:
            out.print(inert(f"  {one.receiver}: no evidence"), style="dim")
        for family, rate in one.failure_rates.items():
            share = f"{_percent(rate.mean)} refused ({_percent(rate.low)} to {_percent(rate.high)})"
            out.print(inert(f"  {one.receiver}, IPv{family}: {share}: {'; '.join(rate.evidence)}"), style="dim")


def _what_if(forecasts: Sequence[ReceiverForecast], alternatives: Sequence[Alternative]) -> Table:
    table = _plain(Column("if you …", no_wrap=True), "first disabled", "first removed", "level")
    table.add_row("change nothing", _first(forecasts, "disabled_on"), _first(forecasts, "removed_on"), "")
    for one in alternatives:
        dates = (_first(one.forecasts, key) for key in ("disabled_on", "removed_on"))
        table.add_row(one.title, *dates, Text(str(one.level), style=LEVEL_COLOURS[one.level]))
    return table


def _first(forecasts: Sequence[ReceiverForecast], key: str) -> str:
    """The first date, and where: of receivers that have subscribers, where that is known."""
    concerned = [one for one in forecasts if one.subscribers] or list(forecasts)
    dates = [(on, inert(one.receiver or "")) for one in concerned if (on := getattr(one, key)) is not None]
    if dates:
        on, receiver = min(dates)
        return f"{on:%Y-%m-%d} at {receiver}"
    return "not known" if all(one.disabled is None for one in concerned) else "nobody within a year"


def _percent(share: float | None) -> str:
    if share is None:
        return "not known"
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %" if percent >= 0.1 else "< 0.1 %"


def _moment(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    return f"d{days} {rest // 3600:02}:{rest % 3600 // 60:02}"
