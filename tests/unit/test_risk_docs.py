"""docs/forecast.md names every manager, setting and MTA, and its numbers are those of the code."""

from pathlib import Path

import pytest

from monitor.managers.catalogue import MANAGERS, kind_named
from monitor.model.evidence import AdmissionAction
from monitor.mtas.catalogue import MTAS, mta_named
from monitor.risk.level import DEFAULTS
from monitor.risk.numbers import Numbers, from_numbers
from tests.histories.catalogue import STORIES

TEXT = (Path(__file__).parents[2] / "docs" / "forecast.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("manager", MANAGERS)
def test_every_setting_is_documented(manager):
    """Each field of a policy that can be set has a documented name."""
    keys = kind_named(manager).machine.keys
    for field in {key.field for key in keys.values()} - {""}:
        names = [name for name, key in keys.items() if key.field == field]
        assert any(f"`{name}`" in TEXT for name in names), (manager, field)


def test_every_mta_and_manager_has_its_row():
    for mta in MTAS:
        assert f"| {mta} |" in TEXT
    for manager in MANAGERS:
        assert f"| {manager} |" in TEXT or f", {manager} |" in TEXT


@pytest.mark.parametrize("mta", ["postfix", "exim", "sendmail", "opensmtpd", "qmail", "exchange"])
def test_the_change_of_2015_is_as_told(mta):
    cells = []
    for reply in (AdmissionAction.REJECT, AdmissionAction.DEFER):
        for alternative in (False, True):
            found = from_numbers(Numbers(mta=mta, reply=reply, ipv4_alternative=alternative))
            days = (found.disabled.median_days, found.removed.median_days)
            cells.append("never" if days[0] is None else f"{days[0]} / {days[1]}")
    assert f"| {mta_named(mta).title} | {' | '.join(cells)} |" in TEXT


@pytest.mark.parametrize("manager", MANAGERS)
def test_the_managers_days_are_as_told(manager):
    cells = []
    for reply, mta in (("reject", "postfix"), ("defer", "postfix"), ("defer", "exim")):
        found = from_numbers(Numbers(manager=manager, mta=mta, reply=AdmissionAction(reply)))
        disabled, removed = found.disabled.median_days, found.removed.median_days
        alone = removed is None or removed == disabled
        cells.append("never" if disabled is None else f"{disabled}" if alone else f"{disabled} / {removed}")
    assert f"| {manager} | {' | '.join(cells)} |" in TEXT


def test_the_stories_are_those_that_are_told():
    """`python -m bench histories` prints the table; a row a story, in its order, with its truth."""
    lines = TEXT[TEXT.index("| story |") :].split("\n\n")[0].splitlines()[2:]
    cells = [line.removeprefix("| ").split(" | ") for line in lines]
    assert [(name, truth) for name, truth, *_ in cells] == [(story.name, story.truth) for story in STORIES]


def test_thresholds_are_as_told():
    assert (DEFAULTS.critical, DEFAULTS.at_risk, DEFAULTS.lost, DEFAULTS.watch) == (
        0.5,
        0.25,
        0.4,
        0.05,
    )
    for words in (
        "50 % disabled within 7 days",
        "25 % disabled within 30 days",
        "40 % of the posts",
        "5 % disabled within 90 days",
    ):
        assert words in TEXT
