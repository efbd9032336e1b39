"""Mailman 3's machine against worked examples that were confirmed in recorded runs of core 3.3.10 and 3.3.8."""

import pytest

from monitor.errors import ConfigError
from monitor.managers import policy_for


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("bounce_score_threshold", 0, "1 or more"),
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


def test_unknown_manager_is_named():
    with pytest.raises(ConfigError, match="mailman33"):
        policy_for("mailman33")
