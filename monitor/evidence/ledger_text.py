"""A ledger as the store keeps it: named fields, small texts: one a day, and a few others. Pure.

A field that this version cannot read counts as empty: it is older evidence, not an error.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from monitor.evidence.entry import Trouble
from monitor.evidence.ledger import DAYS_KEPT, DAYS_WEIGHED, SAMPLES_KEPT, Ledger, Run, Said
from monitor.evidence.ledger_days import LAST_DAY, is_day, number_of_date, read_day, read_old
from monitor.evidence.ledger_field import UNREADABLE, as_json, document_of, each_of, moment
from monitor.evidence.ledger_letters import facts_order, read_facts, read_source

RUNS: Final = "runs"
SAID: Final = "said"
DNS: Final = "dns"
POSTED: Final = "posted"
OLD: Final = "old"
PAUSE_MOST: Final = 60  # days: a longer one is no habit


def read_ledger(fields: Mapping[str, str], *, days: int = DAYS_KEPT) -> Ledger:
    """What was kept, with so many of its newest days; what is left of old ones only where more than weighs is asked."""
    numbers = sorted((int(name) for name in fields if is_day(name)), reverse=True)
    newest = [read_day(each, fields[str(each)]) for each in numbers[:days]]
    old = read_old(fields.get(OLD)) if days > DAYS_WEIGHED else ()
    return Ledger(
        days=(*newest, *(each for each in old if number_of_date(each.date) not in numbers)),
        runs=read_runs(fields.get(RUNS)),
        said=read_said(fields.get(SAID)),
        trouble=read_trouble(fields.get(DNS)),
        longest_pause=timedelta(days=_read_posted(fields.get(POSTED))[1]),
    )


def read_runs(text: str | None) -> dict[tuple[str, int], tuple[Run, ...]]:
    """By source and family."""
    return each_of(document_of(text), lambda key, runs: (read_source(key), tuple(_read_run(*run) for run in runs)))


def _read_run(facts: str, since: float, last: float, looks: int) -> Run:
    return Run(facts=tuple(map(read_facts, facts.split("+"))), since=moment(since), last=moment(last), looks=int(looks))


def write_runs(runs: Mapping[tuple[str, int], Iterable[Run]]) -> str:
    """As one field."""
    return as_json(
        {
            f"{source} {family}": [
                ["+".join(map(facts_order, run.facts)), run.since.timestamp(), run.last.timestamp(), run.looks]
                for run in each
            ]
            for (source, family), each in sorted(runs.items())
        }
    )


def read_said(text: str | None) -> dict[tuple[str, int, str], Said]:
    """By receiver, family and rule."""

    def read(key: str, value: Any) -> tuple[tuple[str, int, str], Said]:
        receiver, family, rule = key.split(" ", 2)
        at, said, domains = value
        return (receiver, int(family), rule), Said(at=moment(at), text=str(said), domains=tuple(map(str, domains)))

    return each_of(document_of(text), read)


def write_said(said: Mapping[tuple[str, int, str], Said]) -> str:
    """As one field, the newest ones."""
    newest = sorted(said.items(), key=lambda item: (item[1].at, item[0]), reverse=True)[:SAMPLES_KEPT]
    return as_json(
        {
            f"{receiver} {family} {rule}": [int(each.at.timestamp()), each.text, each.domains]
            for (receiver, family, rule), each in sorted(newest)
        }
    )


def posted_after(text: str | None, days: Collection[int]) -> str | None:
    """The field of the last day with posts and the longest pause, after posts on these days; None: as it was."""
    last, longest = _read_posted(text)
    for day in sorted(days):
        if last is None or day > last:
            longest = longest if last is None else max(longest, min(day - last, PAUSE_MOST))
            last = day
    written = as_json([last, longest])
    return None if last is None or written == text else written


def _read_posted(text: str | None) -> tuple[int | None, int]:
    try:
        last, longest = json.loads(text or "")
        return int(last), max(0, min(int(longest), LAST_DAY))
    except UNREADABLE:
        return None, 0


def write_trouble(trouble: Trouble) -> str:
    """As one field."""
    return as_json([trouble.at.timestamp(), trouble.name, trouble.problem])


def read_trouble(text: str | None) -> Trouble | None:
    """The last trouble; None where there was none."""
    try:
        at, name, problem = json.loads(text or "")
        return Trouble(at=moment(at), name=str(name), problem=str(problem))
    except UNREADABLE:
        return None
