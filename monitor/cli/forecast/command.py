"""`staysub forecast`: when subscribers are disabled and removed; for a list, for numbers, or for recorded events."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from monitor.cli.lists import ListName, found_list, watched_list
from monitor.cli.main import Cli
from monitor.cli.opening import settings_of
from monitor.cli.options import json_option
from monitor.cli.output import emit_json
from monitor.errors import UsageError
from monitor.managers.catalogue import DEFAULT_MANAGER, MANAGERS
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import DayDistribution, FailureRate, ReceiverForecast
from monitor.mtas.catalogue import DEFAULT_MTA, MTAS

HORIZON_DAYS = 365
REPLIES = {"reject": AdmissionAction.REJECT, "defer": AdmissionAction.DEFER}
LARGEST_CASE_BYTES = 64 * 1024 * 1024


class Days(click.ParamType[int]):
    """A number of days: 30 or 30d."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Whole days, at least one."""
        match = re.fullmatch(r"(\d{1,5})d?", str(value))
        if match is None or not 1 <= int(match[1]) <= 3650:
            self.fail(f'{value!r} is no number of days from 1 to 3650; write "30d".', param, ctx)
        return int(match[1])


@click.command("forecast")
@click.argument("list_id", required=False, metavar="[LIST]", type=ListName())
@click.option(
    "--manager",
    metavar="MANAGER",
    type=click.Choice([*MANAGERS]),
    help=f"List manager whose bounce processing counts: {', '.join(MANAGERS)}.",
)
@click.option("--manager-version", metavar="VERSION", help="Its version, where that makes a difference.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Override of one of its settings; repeatable."
)
@click.option("--mta", metavar="MTA", type=click.Choice([*MTAS]), help=f"The list's mail server: {', '.join(MTAS)}.")
@click.option("--failure-rate", type=click.FloatRange(0, 1), help="Share of posts that the receiver refuses, 0 to 1.")
@click.option("--reply", type=click.Choice([*REPLIES]), help="How it refuses: 5yz (reject) or 4yz (defer).")
@click.option("--messages-per-day", type=click.FloatRange(0, 100_000, min_open=True), help="Posts a day.")
@click.option(
    "--ipv4-alternative",
    type=click.Choice(["yes", "no"]),
    help="Whether both sides also have IPv4, and the receiver refuses over IPv6 only.",
)
@click.option(
    "--persisting/--independent",
    default=None,
    help="Whether a refused post is refused at each attempt, or each attempt is refused by chance (the default).",
)
@click.option(
    "--horizon", type=Days(), default=f"{HORIZON_DAYS}d", show_default=True, help="Dates later than this are not told."
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Run the list manager's rules alone over the events in FILE (JSON; - for standard input).",
)
@json_option
@click.pass_obj
def forecast_command(
    cli: Cli, /, list_id: str | None, *, replay: Path | None, horizon: int, as_json: bool, **options: Any
) -> int:
    """Say when subscribers will be disabled and removed, how sure that is, and what would change it.

    With LIST, from what has been recorded of it; options then answer "what if". Without, from options alone: a receiver
    that refuses that share of posts. Days count from the first failing day, which is day 1.
    """
    if replay is not None:
        return _replay(replay, as_json=as_json)
    from monitor.risk.numbers import Numbers, from_numbers

    given = {name: value for name, value in options.items() if value is not None and value != ()}
    overrides = _settings(options["settings"], options["manager_version"])
    if list_id is not None and not {"failure_rate", "reply", "ipv4_alternative", "persisting"} & set(given):
        return _of_list(cli, list_id, given, overrides, horizon=horizon, as_json=as_json)
    base = _from_configuration(cli, list_id) if list_id is not None else {}
    numbers = Numbers(
        manager=given.get("manager", base.get("manager", DEFAULT_MANAGER)),
        bounce_policy={**base.get("bounce_policy", {}), **overrides},
        mta=given.get("mta", base.get("mta", DEFAULT_MTA)),
        messages_per_day=given.get("messages_per_day", base.get("messages_per_day", 1.0)),
        failure_rate=given.get("failure_rate", 1.0),
        reply=REPLIES[given.get("reply", "reject")],
        ipv4_alternative=given.get("ipv4_alternative", "no") == "yes",
        persisting=given.get("persisting", False),
    )
    forecast = from_numbers(numbers, horizon=horizon)
    compared = from_numbers_compared(numbers, horizon)
    if as_json:
        emit_json("forecast", {"list": list_id, "receivers": [document(forecast, horizon)], "compared": compared})
        return 0
    from monitor.cli.forecast.shown import show_numbers

    show_numbers(numbers, forecast, compared)
    return 0


def from_numbers_compared(numbers: Any, horizon: int) -> list[dict[str, Any]]:
    """The same under 5yz and 4yz, with and without an IPv4 alternative: the change of 24 April 2015 in numbers."""
    from monitor.risk.numbers import from_numbers

    rows = []
    for word, reply in REPLIES.items():
        for alternative in (False, True):
            found = from_numbers(replace(numbers, reply=reply, ipv4_alternative=alternative), horizon=horizon)
            rows.append({"reply": word, "ipv4_alternative": alternative, **document(found, horizon)})
    return rows


def document(forecast: ReceiverForecast, horizon: int = HORIZON_DAYS) -> dict[str, Any]:
    """One receiver as the JSON contract has it; dates later than the horizon are null."""
    rate = forecast.failure_rate
    return {
        "receiver": forecast.receiver,
        "action": forecast.action,
        "actions": dict(forecast.actions),
        "seen": forecast.seen,
        "failure_rate": None if rate is None else _rate(rate),
        "failure_rates": {family: _rate(each) for family, each in forecast.failure_rates.items()},
        "post_bounces": forecast.post_bounces,
        "disabled": (disabled := _distribution(forecast.disabled, horizon)),
        "removed": (removed := _distribution(forecast.removed, horizon)),
        "disabled_on": None if disabled is None or disabled["median_days"] is None else forecast.disabled_on,
        "removed_on": None if removed is None or removed["median_days"] is None else forecast.removed_on,
        "failing_since": forecast.failing_since,
        "subscribers": forecast.subscribers,
        "at_risk": forecast.at_risk,
        "level": forecast.level,
    }


def _rate(rate: FailureRate) -> dict[str, Any]:
    return {"mean": rate.mean, "low": rate.low, "high": rate.high, "evidence": list(rate.evidence)}


def _distribution(days: DayDistribution | None, horizon: int) -> dict[str, Any] | None:
    if days is None:
        return None
    quantiles = {"median_days": days.median_days, "p10_days": days.p10_days, "p90_days": days.p90_days}
    within = {name: day if day is not None and day <= horizon else None for name, day in quantiles.items()}
    return {"mean_days": days.mean_days, **within, "within": dict(days.within)}


def _replay(file: Path, *, as_json: bool) -> int:
    from monitor.managers.cases import answer

    with click.open_file(str(file), "rb") as opened:
        octets = opened.read(LARGEST_CASE_BYTES + 1)
    if len(octets) > LARGEST_CASE_BYTES:
        raise UsageError(f"{file} is larger than {LARGEST_CASE_BYTES} octets.")
    try:
        case = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is no JSON: {error}.") from error
    found = answer(case)
    if as_json:
        sys.stdout.write(json.dumps(found, allow_nan=False) + "\n")
        return 0
    from monitor.cli.forecast.shown import show_replay

    show_replay(found if isinstance(found, list) else [found])
    return 0


def _of_list(
    cli: Cli, list_id: str, given: Mapping[str, Any], overrides: Mapping[str, Any], *, horizon: int, as_json: bool
) -> int:
    from monitor.config.reload import SettingsSource
    from monitor.mtas.parties import parties
    from monitor.operations.reassess import evidence_of
    from monitor.risk.facts import facts_of
    from monitor.risk.judge import judge
    from monitor.risk.losses import from_now, losses_by_day
    from monitor.risk.receiver_forecasts import receiver_forecasts
    from monitor.risk.whatif import what_if
    from monitor.wiring import assemble
    from monitor.wording.elsewhere import about_elsewhere, elsewhere
    from monitor.wording.receiver import words_of
    from monitor.wording.ways import no_worse, ways

    services = assemble(SettingsSource(cli.config_path))
    listed = watched_list(services, list_id)
    now: datetime = services.now()
    evidence = evidence_of(services.store, listed, services.settings(), services.rules, now=now)
    facts = facts_of(evidence)
    changed = {name: given[name] for name in ("manager", "mta", "messages_per_day") if name in given}
    facts = replace(facts, bounce_policy={**facts.bounce_policy, **overrides}, **changed)
    thresholds = services.settings().risk
    if changed or overrides:
        forecasts, level = receiver_forecasts(facts, now=now, thresholds=thresholds)
        assessed_at = now
    else:  # as recorded, which pages and `status` say at the same moment; findings count, too
        stands = evidence.previous or judge(evidence, thresholds=thresholds)
        forecasts, level, assessed_at = stands.forecasts, stands.level, stands.assessed_at
    alternatives = no_worse(what_if(facts, now=now, thresholds=thresholds), forecasts, level)
    possible = {each.word for each in ways(facts, forecasts, level, now=now, thresholds=thresholds)}
    alternatives = tuple(each for each in alternatives if each.change in possible)
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    behind = elsewhere(facts)
    losses = from_now(losses_by_day(facts, now=now), forecasts)
    if as_json:
        emit_json(
            "forecast",
            {
                "list": list_id,
                "level": level,
                "assessed_at": assessed_at,
                "receivers": [
                    document(f, horizon) | {"words": words_of(f, machine=machine, mta=mta, now=now).document()}
                    for f in forecasts
                ],
                "elsewhere": {"subscribers": behind, "about": about_elsewhere(behind)},
                "expected_losses": losses,
                "what_if": [
                    {
                        "change": a.change,
                        "title": a.title,
                        "level": a.level,
                        "receivers": [document(f, horizon) for f in a.forecasts],
                    }
                    for a in alternatives
                ],
            },
        )
        return 0
    from monitor.cli.forecast.shown import show_list

    show_list(list_id, facts, forecasts, level, alternatives=alternatives, losses=losses, now=now, horizon=horizon)
    return 0


def _from_configuration(cli: Cli, list_id: str) -> dict[str, Any]:
    """The list's own settings, for a forecast from numbers."""
    listed = found_list(settings_of(cli), list_id)
    return {
        "manager": listed.manager,
        "bounce_policy": dict(listed.bounce_policy),
        "mta": listed.mta,
        "messages_per_day": listed.usual_traffic,
    }


def _settings(pairs: tuple[str, ...], version: str | None) -> dict[str, Any]:
    """`NAME=VALUE` as settings: numbers and switches as such, everything else as words."""
    found: dict[str, Any] = {} if version is None else {"version": version}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {pair!r}: write NAME=VALUE, such as bounce_score_threshold=10.")
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            read = value
        found[name] = read if isinstance(read, int | float | str) else value
    return found
