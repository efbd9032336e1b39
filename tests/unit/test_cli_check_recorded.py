"""What `staysub check LIST` says of what receivers were seen to do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.cli.check.recorded import seen_of
from monitor.model.evidence import AuthResult
from monitor.model.risk import RiskLevel
from tests.builders import a_signature, an_arrival
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


def test_what_the_lists_mail_shows_where_it_arrives_is_told_too():
    """Of no kind of report alone, and so easily left out."""
    evidence = refused(subscribers=22, there=22)
    broken = an_arrival(dkim=(a_signature(result=AuthResult.FAIL),), received_at=evidence.now)
    found, _ = seen_of(replace(evidence, reports={**evidence.reports, "arrival": [broken]}))
    assert "post.signature-fails" in {each.code for each in found}
