"""What keeps Redis from doing what we ask: each a trouble of ours with a word and one sentence that says what to do."""

import pytest
import redis

from monitor.errors import StoreUnavailable
from monitor.store.client import translated


@pytest.mark.parametrize(
    ("error", "reason", "says"),
    [
        pytest.param(redis.ConnectionError("refused"), "connection", "Start it, or mend redis.url.", id="not there"),
        pytest.param(redis.TimeoutError(), "timeout", "See that it runs", id="stalled"),
        pytest.param(redis.AuthenticationError(), "authentication", "Mend it in redis.url.", id="password"),
        pytest.param(redis.exceptions.BusyLoadingError("LOADING"), "loading", "tried again by itself", id="loading"),
        pytest.param(redis.ReadOnlyError("READONLY"), "read-only", "Name the primary in redis.url.", id="a replica"),
        pytest.param(redis.OutOfMemoryError("OOM"), "full", "Raise maxmemory.", id="full"),
        pytest.param(redis.ResponseError("ERR no."), "refused", "ERR no.", id="all else"),
    ],
)
def test_each_trouble_of_redis_has_a_word_and_a_sentence(error, reason, says):
    with pytest.raises(StoreUnavailable) as raised, translated("wrote an incident"):
        raise error
    assert raised.value.reason == reason
    said = str(raised.value)
    assert says in said
    assert "while we wrote an incident" in said
    assert (said[-1], said.count("\n")) == (".", 0)
