"""What the log of a real Postfix is read to tell, beside what the receiving side counted, to the last recipient.

`python -m tests.delivered` does the same with a hundred thousand messages.
"""

import pytest

from tests.delivered.account import total
from tests.delivered.lists import CUSTOMER
from tests.delivered.run import run
from tests.integration.netns import require

pytestmark = pytest.mark.integration

MESSAGES = 1500
LIFETIME_S = 12  # what is put off for longer bounces: the end waits for it


@pytest.fixture(scope="module")
def outcome():
    require("postfix", "nsd")
    return run(MESSAGES, seed=17, kills=6, lifetime_s=LIFETIME_S)


def test_counts_are_the_receivers_own(outcome):
    """Followed with kills and turns in between, as `staysub replies` says it, and imported: no row differs."""
    assert outcome.wrong == []
    assert set(outcome.told) == {"follow", "replies", "import log"}
    assert total(outcome.true).attempts > MESSAGES


def test_the_log_was_turned_and_its_follower_killed(outcome):
    """Else the counts would prove little."""
    assert outcome.facts["kills"] > 0
    assert sum(outcome.facts["turned"].values()) > 1


def test_there_is_something_of_each_kind(outcome):
    """Both families, every answer, mail of no list, bounces and plain replies are among what was compared."""
    assert {key.family for key in outcome.true} == {4, 6}
    assert {key.action for key in outcome.true} == {"accept", "defer", "reject"}
    assert {"", CUSTOMER} < {key.mailing_list for key in outcome.true}
    assert "" in {key.status_code for key in outcome.true}
    assert outcome.true_local
