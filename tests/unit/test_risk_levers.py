"""What raising a manager's threshold is tried with."""

import pytest

from monitor.risk.facts import RiskFacts
from monitor.risk.whatif import changes


@pytest.mark.parametrize(
    ("manager", "policy", "title"),
    [
        ("mailman3", {}, "set bounce_score_threshold to 10"),
        ("mailman3", {"bounce_score_threshold": 0}, "set bounce_score_threshold to 5"),
        ("mailman2", {"bounce_score_threshold": 0}, "set bounce_score_threshold to 5"),
        ("mailman2", {"bounce_score_threshold": 0.5}, "set bounce_score_threshold to 1"),
        ("listserv", {"delay": 0}, "set delay to 4"),
        ("mlmmj", {"bouncelife": 0}, "set bouncelife to 864000"),  # 0 means the default there
    ],
)
def test_the_lever_is_twice_what_it_was_and_the_default_where_it_was_nothing(manager, policy, title):
    facts = RiskFacts(manager=manager, bounce_policy=policy, mta="postfix", messages_per_day=1.0)
    assert title in [change.title for change in changes(facts)]
