"""What `staysub check LIST` says of what receivers were seen to do."""

from datetime import timedelta

import pytest

from monitor.cli.check.recorded import seen_of
from monitor.model.risk import RiskLevel
from tests.refusals import refused


@pytest.mark.parametrize(
    ("story", "level", "codes"),
    [
        pytest.param({}, RiskLevel.CRITICAL, ["replies.against-rules"], id="goes on"),
        pytest.param({"days": 2, "quiet": timedelta(days=5)}, RiskLevel.OK, [], id="over without a loss"),
        pytest.param({"subscribers": 1, "there": 200}, RiskLevel.OK, ["replies.addresses"], id="one address"),
    ],
)
def test_what_was_seen_is_told_with_the_level_that_status_has(story, level, codes):
    found, seen = seen_of(refused(**{"subscribers": 22, "there": 22} | story))
    assert seen is level
    assert [each.code for each in found] == codes
