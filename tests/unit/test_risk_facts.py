"""What a list manager told of a list: it fills in what the configuration does not say, and never goes before it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import Roster
from monitor.risk.facts import facts_of
from tests.builders import a_list

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROSTER = Roster(
    list_id="ops",
    manager="mailman3",
    taken_at=NOW,
    subscribers={"microsoft.com": 120, "example.edu": 4},
    settings={"bounce_score_threshold": 7, "bounce_info_stale_after": "7d", "version": "3.3.8"},
    posts=220,
    earlier_at=NOW - timedelta(days=10),
    earlier_posts=100,
)


def facts(roster=ROSTER, **more):
    return facts_of(ListEvidence(listed=a_list(**more), rules=load_rules(), now=NOW, reports={}, roster=roster))


def test_what_is_not_configured_is_taken_from_the_list_manager():
    found = facts()
    assert (found.subscribers, found.messages_per_day) == (ROSTER.subscribers, 12.0)
    assert found.bounce_policy == ROSTER.settings


def test_the_configuration_goes_before_it():
    found = facts(subscribers={"gmail.com": 3}, messages_per_day=2.0, bounce_policy={"bounce_score_threshold": 9})
    assert (found.subscribers, found.messages_per_day) == ({"gmail.com": 3}, 2.0)
    assert found.bounce_policy == {**ROSTER.settings, "bounce_score_threshold": 9}


def test_settings_of_another_manager_are_left_alone():
    assert facts(manager="sympa").bounce_policy == {}


def test_without_an_import_nothing_changes():
    found = facts(roster=None)
    assert (found.subscribers, found.messages_per_day, found.bounce_policy) == ({}, 1.0, {})


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        pytest.param({}, 12.0, id="120 posts in ten days"),
        pytest.param({"earlier_at": None}, None, id="asked once"),
        pytest.param({"earlier_at": NOW - timedelta(hours=3)}, None, id="too short a time"),
        pytest.param({"earlier_posts": 220}, None, id="no post"),
        pytest.param({"earlier_posts": 300}, None, id="numbered anew"),
        pytest.param({"posts": None}, None, id="not told"),
    ],
)
def test_traffic_is_told_by_two_numbers_of_posts(change, rate):
    assert replace(ROSTER, **change).messages_per_day == rate
