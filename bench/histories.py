"""Simulated histories: how often a sound list raises an alarm, and how soon a change is noticed.

Every history is judged as the workers judge a list: a check each 15 minutes, an arrival each hour, both folded into the
list's ledger, an assessment after each check, and an alarm where two of the last three assessments say at-risk or
critical. What fails is SPF over IPv6, by the list's record (the answer is another one) or by its DNS (there is none).
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from statistics import median

from monitor.admission.rules import RuleSet, admit, load_rules
from monitor.evidence import catalogue
from monitor.evidence.entry import Entry, Facts
from monitor.evidence.fold import changes
from monitor.evidence.ledger import DAYS_WEIGHED
from monitor.evidence.ledger_text import read_ledger
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import Admission, AuthResult
from monitor.model.risk import RiskLevel
from monitor.risk.facts import RiskFacts
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import reckon

START = datetime(2026, 1, 5, tzinfo=UTC)
CHECK_EVERY = timedelta(minutes=15)
CHECKS_AN_ARRIVAL = 4
CHECKS_A_DAY = timedelta(days=1) // CHECK_EVERY
BREAK = 2 * CHECKS_A_DAY  # the check at which something changes, where it does
DAYS = 3
RECEIVER = "gmail"
ALARMING = frozenset({RiskLevel.AT_RISK, RiskLevel.CRITICAL})

Fails = Callable[[int, random.Random], bool]  # (number of the check, chance) → whether it fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One kind of history: whether the look number n fails, and what is expected of us."""

    name: str
    fails: Fails
    danger_from: int | None  # the check from which an alarm is right; None: never
    result: SpfResult = SpfResult.FAIL  # of a look that fails; TEMPERROR where DNS gives no answer


def _share(share: float, *, begins: int = 0, ends: int = DAYS * CHECKS_A_DAY) -> Fails:
    def fails(n: int, draw: random.Random) -> bool:
        return begins <= n < ends and draw.random() < share

    return fails


def _bursts(n: int, draw: random.Random) -> bool:
    del draw
    return n % (CHECKS_A_DAY // 2) in {40, 41}


def _once(n: int, draw: random.Random) -> bool:
    del draw
    return n == BREAK


def _outage(n: int, draw: random.Random) -> bool:
    del draw
    return BREAK <= n < BREAK + 4


STORIES: tuple[Story, ...] = (
    Story(name="nothing fails", fails=_share(0.0), danger_from=None),
    Story(name="a single slip", fails=_once, danger_from=None, result=SpfResult.TEMPERROR),
    Story(name="1 % fail", fails=_share(0.01), danger_from=None, result=SpfResult.TEMPERROR),
    Story(name="5 % fail", fails=_share(0.05), danger_from=0),
    Story(name="20 % fail", fails=_share(0.20), danger_from=0),
    Story(name="all fail", fails=_share(1.0), danger_from=0),
    Story(name="an hour's outage", fails=_outage, danger_from=None, result=SpfResult.TEMPERROR),
    Story(name="half an hour twice a day fails", fails=_bursts, danger_from=40),
    Story(name="20 % from the second day on", fails=_share(0.20, begins=BREAK), danger_from=BREAK),
    Story(name="the record is broken on the second day", fails=_share(1.0, begins=BREAK), danger_from=BREAK),
    Story(name="the record is mended on the second day", fails=_share(1.0, ends=BREAK), danger_from=0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of many runs of one story."""

    name: str
    alarms_before: float  # share of runs with an alarm before it was right
    noticed: float  # share of runs with an alarm once it was right
    checks_until: float | None  # median checks from the change to the alarm
    checks_until_late: float | None  # 90 % of runs are no later


def levels(story: Story, draw: random.Random, days: int = DAYS) -> Iterator[RiskLevel]:
    """The level after each check."""
    fields: dict[str, str] = {}
    previous = RiskLevel.UNKNOWN
    for n in range(days * CHECKS_A_DAY):
        now = START + n * CHECK_EVERY
        met = _met(story, n, draw)
        _enter(fields, Entry(source="check", at=now, facts=(met,)))
        if n % CHECKS_AN_ARRIVAL == 0:
            _enter(fields, Entry(source="arrival", at=now, facts=(_met(story, n, draw),)))
        ledger = read_ledger(fields, days=DAYS_WEIGHED)
        facts = RiskFacts(
            manager="mailman3",
            mta="postfix",
            messages_per_day=12.0,
            admission=tuple(each for each in _said(met) if each.receiver == RECEIVER),
            reckoned=reckon(
                ledger, (RECEIVER,), rules=_rules(), dkim=AuthResult.NONE, sources=catalogue.SOURCES, now=now
            ),
            ledger=ledger,
            previous_level=previous,
        )
        _, previous = receiver_forecasts(facts, now=now)
        yield previous


def _met(story: Story, n: int, draw: random.Random) -> Facts:
    failed = story.fails(n, draw)
    return Facts(family=6, spf=story.result if failed else SpfResult.PASS, ptr=PtrResult.PASS, dkim=AuthResult.NONE)


def _enter(fields: dict[str, str], entry: Entry) -> None:
    for name, text in changes(entry, fields).items():
        fields.pop(name, None)
        if text is not None:
            fields[name] = text


@lru_cache
def _rules() -> RuleSet:
    return load_rules()


@lru_cache
def _said(met: Facts) -> tuple[Admission, ...]:
    return admit(_rules(), met.for_rules(), on=START.date())


def alarms(found: Sequence[RiskLevel]) -> list[int]:
    """The checks at which two of the last three levels are alarming."""
    return [n for n in range(len(found)) if sum(level in ALARMING for level in found[max(0, n - 2) : n + 1]) >= 2]


def outcome(story: Story, runs: int, seed: int = 7) -> Outcome:
    """Many runs of one story."""
    before, delays = 0, []
    for run in range(runs):
        found = alarms(list(levels(story, random.Random(seed * 1000 + run))))
        since = story.danger_from
        early = [n for n in found if since is None or n < since]
        right = [n for n in found if since is not None and n >= since]
        before += bool(early)
        if since is not None and right:
            delays.append(right[0] - since + 1)
    delays.sort()
    return Outcome(
        name=story.name,
        alarms_before=before / runs,
        noticed=len(delays) / runs,
        checks_until=median(delays) if delays else None,
        checks_until_late=delays[int(0.9 * (len(delays) - 1))] if delays else None,
    )


def table(runs: int) -> str:
    """The table of docs/forecast.md."""
    rows = ["| history | false alarms | noticed | after checks, median | 90 % |", "| --- | --- | --- | --- | --- |"]
    for story in STORIES:
        found = outcome(story, runs)
        right = story.danger_from is not None
        rows.append(
            f"| {found.name} | {100 * found.alarms_before:.0f} % | {f'{100 * found.noticed:.0f} %' if right else '–'} "
            f"| {_checks(found.checks_until)} | {_checks(found.checks_until_late)} |"
        )
    return "\n".join(rows)


def _checks(number: float | None) -> str:
    return "–" if number is None else f"{number:g}"


def main(arguments: list[str]) -> None:
    """Print the table, of 20 runs a history or as many as are asked for."""
    sys.stdout.write(table(int(arguments[0]) if arguments else 20) + "\n")
