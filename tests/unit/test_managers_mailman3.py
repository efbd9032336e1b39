"""Mailman 3's machine against worked examples that were confirmed in recorded runs of core 3.3.10 and 3.3.8."""

import pytest

from monitor.errors import ConfigError
from monitor.managers.catalogue import policy_for


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("bounce_score_threshold", -1, "0 or more"),
        ("bounce_score_threshold", 2.5, "whole number"),
        ("bounce_info_stale_after", "seven days", "duration"),
        ("verp_probes", "perhaps", "true or false"),
        ("bounce_score_treshold", 5, "is not a setting of GNU Mailman 3"),
    ],
)
def test_overrides_are_validated(key, value, words):
    """Each wrong override is named with what would be right."""
    with pytest.raises(ConfigError, match=words):
        policy_for("mailman3", {key: value})


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        policy_for("mailman3", {"verp_probes": 7, "bounce_score_threshold": -1})
    assert [place for place, _ in caught.value.faults] == ["verp_probes", "bounce_score_threshold"]


@pytest.mark.parametrize(
    ("manager", "key", "value", "field", "read"),
    [
        ("mailman3", "bounce_info_stale_after", "1w2d", "stale_after", 9 * 86400),
        ("mailman3", "bounce_info_stale_after", "1d 12h", "stale_after", 129_600),
        ("mailman2", "bounce_info_stale_after_s", 604_800, "stale_after", 604_800),
        ("sympa", "minimum_bouncing_period", 10, "min_period", 10),
        ("sympa", "minimum_bouncing_period", 864_000, "min_period", 10),
        ("sympa", "minimum_bouncing_period", "10d", "min_period", 10),
        ("sympa", "process_bouncers_task", "weekly", "process_interval", 604_800),
        ("discourse", "reset_bounce_score_after_days", 30, "reset_days", 30),
        ("listserv", "auto_delete", "Yes,Full-Auto,Delay(2),Max(9)", "delay", 2),
        ("ezmlm", "timeout_s", 1_000_000, "timeout", 1_000_000),
    ],
)
def test_settings_are_read_as_each_configuration_writes_them(manager, key, value, field, read):
    assert getattr(policy_for(manager, {key: value}).policy, field) == read


def test_unknown_manager_is_named():
    with pytest.raises(ConfigError, match="mailman33"):
        policy_for("mailman33")
