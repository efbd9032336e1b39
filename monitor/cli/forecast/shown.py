"""A forecast for people: a table of dates, a chart of probabilities, what would change them, and on what they rest."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

from monitor.cli.layout import Rows
from monitor.cli.output import LEVEL_COLOURS, console, inert, print_paragraph, table
from monitor.model.risk import DayDistribution, ReceiverForecast, RiskLevel
from monitor.mtas.parties import parties
from monitor.phrase.phrase import capital, percent
from monitor.risk.calm import is_nobody
from monitor.risk.facts import RiskFacts
from monitor.risk.numbers import Numbers
from monitor.risk.outlooks import outlooks
from monitor.risk.reach import title_of
from monitor.risk.seen_findings import counted_of, named, named_within
from monitor.risk.whatif import Alternative
from monitor.wording.days import day
from monitor.wording.elsewhere import about_elsewhere, already, elsewhere
from monitor.wording.receiver import ReceiverWords, speaks, words_of
from monitor.wording.vocabulary import level_word

BLOCKS = " ▁▂▃▄▅▆▇█"
CHART_DAYS = 45
AXIS_STEP = 14
WORTH_TELLING = 0.005  # a share below it is none for people


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
    verdict = (level_word(level), LEVEL_COLOURS[level])
    print_paragraph(out, Text.assemble("Forecast for ", (list_id, "bold"), ": ", verdict))
    print_paragraph(out, Text(f"{facts.manager}, {facts.mta}, {_traffic(facts.messages_per_day)}", "dim"))
    if not forecasts:
        nothing = "Nothing has been recorded of this list yet. Run `staysub check` for it, or wait for the workers."
        print_paragraph(out, nothing)
        return
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    words = {one.receiver: words_of(one, machine=machine, mta=mta, now=now) for one in forecasts}
    out.print(_table(forecasts, words, horizon))
    if said := about_elsewhere(elsewhere(facts)):
        print_paragraph(out, Text(said))
    _chart(out, facts, forecasts, now)
    if losses and losses[-1] >= 0.05:
        expected = ", ".join(f"{losses[day]:.0f} within {day} days" for day in (7, 30, 90) if day < len(losses))
        print_paragraph(out, f"Subscribers expected to be disabled from now: {expected}.")
    _voices(out, forecasts, words)
    out.print(_what_if(forecasts, alternatives, level))
    if said := already(forecasts):
        print_paragraph(out, Text(said))


def show_numbers(numbers: Numbers, forecast: ReceiverForecast, compared: Sequence[Mapping[str, Any]]) -> None:
    """Print a forecast from numbers, and the same under the other replies."""
    out = console()
    about = f"{numbers.manager} behind {numbers.mta}, {_traffic(numbers.messages_per_day)}"
    print_paragraph(out, f"{about}, {100 * numbers.failure_rate:g} % of them refused.")
    rows = table("reply", "IPv4", "bounces", "day disabled", "day removed", "in 7 d", "30 d", "90 d")
    for row in compared:
        chosen = row["reply"] == numbers.reply and row["ipv4_alternative"] == numbers.ipv4_alternative
        disabled, removed = row["disabled"], row["removed"]
        rows.add_row(
            "5yz" if row["reply"] == "reject" else "4yz",
            "yes" if row["ipv4_alternative"] else "no",
            _percent(row["post_bounces"]),
            _days(disabled["p10_days"], disabled["median_days"], disabled["p90_days"]),
            _days(removed["p10_days"], removed["median_days"], removed["p90_days"]),
            *(_percent(disabled["within"][within]) for within in ("7d", "30d", "90d")),
            style="bold" if chosen else None,
        )
    out.print(rows)
    out.print(Text.assemble("Risk level: ", (level_word(forecast.level), LEVEL_COLOURS[forecast.level])))
    if any(row[what]["median_days"] is not None for row in compared for what in ("disabled", "removed")):
        print_paragraph(out, "Days count from the first failing day, which is day 1.", style="dim")
    if any(_is_range(row[what]) for row in compared for what in ("disabled", "removed")):
        print_paragraph(out, "In brackets: from the day of one in ten to that of nine in ten.", style="dim")


def show_replay(answers: Sequence[Mapping[str, Any]]) -> None:
    """Print what a replay found, a row a case; times as days and hours after the start."""
    rows = table("case", "disabled", "warnings", "probes", "removed", "score")
    for number, found in enumerate(answers, start=1):
        times = (
            ", ".join(_moment(t) for t in found.get(key, ())) for key in ("disabled", "warnings", "probes", "removed")
        )
        score = found["score"]
        rows.add_row(str(number), *times, "" if score is None else f"{score:g}")
    console().print(rows)


def sparkline(values: Sequence[float]) -> str:
    """Shares from 0 to 1 as blocks of eight heights; what is not nothing is seen."""
    return "".join(BLOCKS[0 if v < 0.005 else max(1, min(8, round(v * 8)))] for v in values)


def axis(today: date, days: int) -> str:
    """Dates below a chart with a column a day, the first of which is tomorrow's; one each second week."""
    marks = (f"{today + timedelta(days=column + 1):%m-%d}" for column in range(0, days, AXIS_STEP))
    return "".join(f"{'└' + mark:{AXIS_STEP}}" for mark in marks).rstrip()


def _table(forecasts: Sequence[ReceiverForecast], words: Mapping[str | None, ReceiverWords], horizon: int) -> Rows:
    rows = table("receiver", "subscribers", "disabled", "removed", "level", right=("subscribers",))
    for one in forecasts:
        said = words[one.receiver]
        rows.add_row(
            said.place or _called(one.receiver) or "",
            _there(one),
            _when(said.disabled, one, one.disabled, horizon),
            _when(said.removed, one, one.removed, horizon),
            Text("–") if said.nobody else Text(level_word(one.level), style=LEVEL_COLOURS[one.level]),
        )
    return rows


def _called(receiver: str | None) -> str | None:
    """A receiver by the name that it has everywhere."""
    return None if receiver is None else title_of(receiver)


def _there(one: ReceiverForecast) -> str:
    """How many subscribers are there; where counts know of nobody who was refused, at least those."""
    if one.subscribers == 0 and one.seen is not None and not is_nobody(one):
        return f"≥ {counted_of(one.seen, one.seen.subscribers)}"
    return "?" if one.subscribers is None else str(one.subscribers)


def _when(said: str, forecast: ReceiverForecast, days: DayDistribution | None, horizon: int) -> str:
    """What becomes of them and when; where nobody is there, nothing."""
    if is_nobody(forecast) and not said:
        return "–"
    over = forecast.seen is not None and forecast.seen.over_since is not None and forecast.seen.disabled
    if said and (over or days is None or days.median_days is None or days.median_days <= horizon):
        return said
    return "not known" if days is None else f"{_percent(days.within['90d'])} within 90 days"


def _is_range(days: Mapping[str, int | None]) -> bool:
    """Whether `_days` has something in brackets to say of it."""
    return days["median_days"] is not None and not days["p10_days"] == days["median_days"] == days["p90_days"]


def _days(p10: int | None, median: int | None, p90: int | None) -> str:
    if median is None:
        return "late or never"
    return f"{median}" if p10 == median == p90 else f"{median} ({p10} to {'…' if p90 is None else p90})"


def _chart(out: Console, facts: RiskFacts, forecasts: Sequence[ReceiverForecast], now: datetime) -> None:
    drawn = []
    for one in forecasts:
        if is_nobody(one):
            continue
        weighted = outlooks(facts, one.receiver or "", now=now)
        if weighted is None:
            continue
        shares = [sum(w * seen.disabled.by(day) for w, seen in weighted) for day in range(1, CHART_DAYS + 1)]
        if shares[-1] >= 0.005:
            drawn.append((named(one, _called), shares))
    if not drawn:
        return
    width = max(len(name) for name, _ in drawn)
    # What a chart needs beside its days: indent, gaps, edges, "> 99.9 %".
    days = max(min(CHART_DAYS, out.width - width - len("   ▕▏ > 99.9 %")), 1)
    print_paragraph(out, f"Share disabled by the end of each day from now, {days} days:")
    for name, shares in drawn:
        out.print(inert(f"  {name:{width}} ▕{sparkline(shares[:days])}▏ {_percent(shares[days - 1])}"))
    out.print(Text(f"  {'':{width}} ▕{axis(now.date(), days)}", style="dim"))


def _voices(out: Console, forecasts: Sequence[ReceiverForecast], words: Mapping[str | None, ReceiverWords]) -> None:
    """What was seen and what is reckoned, apart, and on what that rests."""
    spoken_of = [one for one in forecasts if words[one.receiver].seen or not words[one.receiver].nobody]
    if spoken_of:
        print_paragraph(out, "What was seen, what is reckoned, and what this rests on:")
    for one in spoken_of:
        said = words[one.receiver]
        print_paragraph(out, inert(f"{said.place or _called(one.receiver)}, {said.whom}"), style="bold")
        if said.seen:
            print_paragraph(out, Text("  Seen: ").append(inert(capital(said.seen) + ".")))
        if said.left:
            print_paragraph(out, Text("  ").append(inert(f"{said.left}.")))
        if said.reply:
            print_paragraph(out, Text("  ").append(inert(f"“{said.reply}”")))
        print_paragraph(out, Text("  Reckoned: ").append(inert(capital(said.all_reckoned) + ".")))
        for family, rate in one.failure_rates.items():
            if rate.evidence and not speaks(one):
                share = f"{_percent(rate.mean)} refused ({_percent(rate.low)} to {_percent(rate.high)})"
                rests = f"IPv{family}: {share}: {'; '.join(rate.evidence)}"
                print_paragraph(out, Text("  ").append(inert(rests)), style="dim")


def _what_if(forecasts: Sequence[ReceiverForecast], alternatives: Sequence[Alternative], level: RiskLevel) -> Rows:
    rows = table("if you …", "first disabled", "first removed", "level")
    unchanged = [("change nothing", forecasts, level)]
    for title, then, reached in [*unchanged, *((one.title, one.forecasts, one.level) for one in alternatives)]:
        dates = (_first(then, key) for key in ("disabled_on", "removed_on"))
        rows.add_row(title, *dates, Text(level_word(reached), style=LEVEL_COLOURS[reached]))
    return rows


def _first(forecasts: Sequence[ReceiverForecast], key: str) -> str:
    """The first date, and where: of receivers that have subscribers, where that is known."""
    concerned = [one for one in forecasts if not is_nobody(one)]
    dates = [(on, one) for one in concerned if (on := getattr(one, key) or _left(one, key))]
    if dates:  # of several on one day where most are
        on, first = min(dates, key=lambda each: (each[0].date(), -(each[1].subscribers or 0), named(each[1], _called)))
        return f"{day(on)} at {inert(named_within(first, _called))}"
    unknown = [one.disabled is None for one in concerned]
    if any(unknown):
        return "not known" if all(unknown) else "nobody known"
    share = max((_within_90_days(one, key) for one in concerned), default=0.0)
    return f"{_percent(share)} within 90 days" if share >= WORTH_TELLING else "nobody within a year"


def _within_90_days(one: ReceiverForecast, key: str) -> float:
    """The share of subscribers there who are lost though half of them never are."""
    days = one.disabled if key == "disabled_on" else one.removed
    return 0.0 if days is None else days.within.get("90d", 0.0)


def _left(one: ReceiverForecast, key: str) -> datetime | None:
    """When those are removed who were disabled by refusals that are over."""
    return one.seen.removed_on if key == "removed_on" and one.seen is not None and one.seen.over_since else None


def _traffic(per_day: float) -> str:
    return f"{per_day:g} post{'' if per_day == 1 else 's'} a day"


def _percent(share: float | None) -> str:
    return "not known" if share is None else percent(share)


def _moment(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    return f"d{days} {rest // 3600:02}:{rest % 3600 // 60:02}"
