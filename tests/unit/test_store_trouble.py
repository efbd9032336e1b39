"""Whatever Redis or its client says becomes one sentence with what to do, and a stable word."""

import pytest
import redis
from redis._parsers.base import BaseParser

from monitor.errors import StoreUnavailable
from monitor.store.client import translated
from monitor.store.trouble import trouble

FULL = "OOM command not allowed when used memory > 'maxmemory'."
SAID = [
    (FULL, "full", "Raise maxmemory"),
    (f"EXECABORT Transaction discarded because of: {FULL}", "full", "Raise maxmemory"),
    (f"ERR Error running script (call to f_1): @user_script:1: -{FULL}", "full", "Raise maxmemory"),
    ("MISCONF Errors writing to the AOF file: No space left on device", "full-disk", "Free space and inodes"),
    ("MISCONF Redis is configured to save RDB snapshots, but it's currently unable", "full-disk", "Free space"),
    ("READONLY You can't write against a read only replica.", "read-only", "Name the primary"),
    ("NOREPLICAS Not enough good replicas to write.", "read-only", "replicas"),
    ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "read-only", "primary"),
    ("LOADING Redis is loading the dataset in memory", "loading", "still reading its data"),
    ("BUSY Redis is busy running a script. You can only call SCRIPT KILL", "busy", "SCRIPT KILL"),
    ("NOAUTH Authentication required.", "authentication", "redis.url"),
    ("WRONGPASS invalid username-password pair or user is disabled.", "authentication", "redis.url"),
    ("NOPERM User x has no permissions to run the 'get' command", "not-allowed", "ACL SETUSER"),
    ("DENIED Redis is running in protected mode because protected mode is enabled", "not-allowed", "password"),
    ("WRONGTYPE Operation against a key holding the wrong kind of value", "wrong-type", "staysub doctor"),
    ("ERR hash value is not a float", "wrong-type", "staysub doctor"),
    ("ERR max number of clients reached", "clients", "maxclients"),
    ("MOVED 3999 127.0.0.1:6381", "cluster", "cluster"),
    ("CROSSSLOT Keys in request don't hash to the same slot", "cluster", "cluster"),
    ("CLUSTERDOWN Hash slot not served", "cluster", "cluster"),
    ("ERR unknown command 'EVALSHA'", "refused", "unknown command"),
    ("NOSCRIPT No matching script.", "refused", "No matching script"),
]


@pytest.mark.parametrize(("said", "reason", "advice"), SAID, ids=[said[:40] for said, *_ in SAID])
def test_what_redis_refuses_is_told_by_what_is_to_be_done(said, reason, advice):
    told = trouble(BaseParser.parse_error(said), "wrote an incident")
    assert told.reason == reason
    assert advice in str(told)
    assert "while we wrote an incident" in str(told)
    assert str(told).endswith(".")
    assert "\n" not in str(told)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (redis.ConnectionError("Error 111 connecting to localhost:6379. Connection refused."), "connection"),
        (redis.TimeoutError("Timeout reading from socket"), "timeout"),
        (redis.WatchError("Watched variable changed."), "refused"),
        (redis.InvalidResponse("Protocol Error: b'HTTP/1.1 400 Bad Request'"), "protocol"),
        (redis.DataError("Invalid input of type"), "protocol"),
        (redis.RedisError("anything"), "protocol"),
    ],
)
def test_every_error_of_the_client_is_translated(error, reason):
    with pytest.raises(StoreUnavailable) as told, translated("wrote an incident"):
        raise error
    assert told.value.reason == reason


def test_what_we_wrote_is_not_repeated():
    """The client puts the command in front of the error, values and all."""
    said = 'Command # 2 (SET staysub:notice:1 {"secret": "sesame"}) of pipeline caused error: no space'
    assert str(trouble(redis.ResponseError(said), "wrote")) == (
        "Redis could not do what we asked while we wrote: no space."
    )
    assert len(str(trouble(redis.ResponseError("x" * 10_000), "wrote"))) < 300
