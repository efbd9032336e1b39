"""What the log of a real Postfix is read to tell, beside what the receiving side counted, to the last recipient.

`python -m tests.delivered` does the same with a hundred thousand messages.
"""

import pytest
import redis

from monitor.model.log_place import LogPlace
from monitor.store.codec import pack
from tests.delivered.account import NOTHING, Sum, differences, total
from tests.delivered.leaks import in_redis
from tests.delivered.lists import CUSTOMER
from tests.delivered.mail import MARK
from tests.delivered.run import run
from tests.integration.netns import require
from tests.integration.redis_server import redis_server

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


def test_one_recipient_too_many_is_noticed(outcome):
    """In any one row; a row that nobody counted, and one that is missing, too."""
    key, each = next(iter(outcome.true.items()))
    more = {**outcome.true, key: each + Sum(0, 1)}
    less = {other: each for other, each in outcome.true.items() if other != key}
    assert [(one.key, one.told) for one in differences(outcome.true, more)] == [(key, each + Sum(0, 1))]
    assert [(one.key, one.told) for one in differences(outcome.true, less)] == [(key, NOTHING)]
    assert [(one.key, one.true) for one in differences(less, outcome.true)] == [(key, NOTHING)]


def test_a_name_that_is_kept_is_found():
    """In the name of a key or of a field, in a value, and in a packed document."""
    with redis_server() as url, redis.Redis.from_url(url) as client:
        place = LogPlace(log="a", sample=f"<{MARK}7@domain.example>")
        client.set("packed", pack(place))
        client.hset("field", f"x {MARK}1", "")
        client.zadd("member", {f"{MARK}2=domain.example".upper(): 1})
        client.set(f"key:{MARK}3", "")
        client.set("nothing", pack(LogPlace(log="b")))
        assert in_redis(client, MARK.encode()) == ["field", f"key:{MARK}3", "member", "packed"]
