"""What Redis or its client says when something cannot be done, as one sentence with what to do, and as a word. Pure."""

import re
from typing import Final

import redis

from monitor.errors import StoreUnavailable

# What to do by how Redis begins its refusal: a code in capitals, left out by the client where it knows it. The first
# that fits counts; in a transaction that was given up it stands behind other words. Codes of Redis 7 and Valkey 8.
_REFUSALS: Final = (
    (
        r"OOM\b|used memory > 'maxmemory'",
        "full",
        "its memory is full. Raise maxmemory. Never set an eviction policy",
    ),
    (
        r"MISCONF\b|No space left on device",
        "full-disk",
        "it cannot write to its disk. Free space and inodes there; its log says more",
    ),
    (r"READONLY\b|read only replica", "read-only", "it is a replica. Name the primary in redis.url"),
    (r"NOREPLICAS\b", "read-only", "it has too few replicas to take writes. Mend them, or its min-replicas-to-write"),
    (
        r"MASTERDOWN\b|MASTER is down",
        "read-only",
        "it is a replica that has lost its primary. Name the primary in redis.url",
    ),
    (r"BUSY\b|running a script", "busy", "a script of somebody's keeps it busy. Wait, or end that by SCRIPT KILL"),
    (
        r"WRONGTYPE\b|against a key holding the wrong kind|not (?:an integer|a valid float|a float)",
        "wrong-type",
        "another program has written to keys of Staysub's. `staysub doctor` names them; give Staysub a Redis of its own",
    ),
    (
        r"NOPERM\b|no permissions|has no perm",
        "not-allowed",
        "its user may not. Give it all commands on all keys and channels (ACL SETUSER … ~* &* +@all)",
    ),
    (
        r"DENIED\b|protected mode",
        "not-allowed",
        "it is in protected mode. Give it a password and name that in redis.url",
    ),
    (r"max number of clients", "clients", "it has too many clients. Raise maxclients, or end what else uses it"),
    (
        r"MOVED\b|CROSSSLOT\b|CLUSTERDOWN\b|ASK\b|hash slot|hash to the same slot",
        "cluster",
        "it is a cluster. Staysub needs one server; name a single one in redis.url",
    ),
)
_OF_PIPELINE: Final = re.compile(
    r"Command # \d+ \(.*\) of pipeline caused error: ", re.DOTALL
)  # it repeats what we wrote
_WRITES: Final = frozenset({"full", "full-disk", "read-only"})
_CLUSTER: Final = (redis.exceptions.AskError, redis.exceptions.ClusterError, redis.exceptions.ClusterCrossSlotError)
_WORDS_MOST: Final = 200  # characters of what Redis says that are repeated


def trouble(error: redis.RedisError, what: str) -> StoreUnavailable:
    """The error that tells people what Redis could not do while we did `what`.

    Its reason is `authentication`, `connection`, `timeout`, `refused`, `protocol` or a word of the refusals above.
    """
    words = _OF_PIPELINE.sub("", str(error)).rstrip(".")[:_WORDS_MOST]
    if isinstance(error, redis.AuthenticationError):
        return StoreUnavailable(
            f"Redis refused our password while we {what}. Mend it in redis.url.", reason="authentication"
        )
    if isinstance(error, _CLUSTER):
        words = f"MOVED {words}"  # the client leaves the code out
    if isinstance(error, redis.BusyLoadingError):
        said = f"Redis is still reading its data from the disk while we {what}; this is tried again by itself."
        return StoreUnavailable(said, reason="loading")
    for pattern, reason, sentence in _REFUSALS:
        if re.search(pattern, words):
            cannot = "takes no writes" if reason in _WRITES else "cannot do it"
            return StoreUnavailable(f"Redis {cannot} while we {what}: {sentence}.", reason=reason)
    match error:
        case redis.ConnectionError():
            sentence = f"Redis could not be reached while we {what}: {words}. Start it, or mend redis.url."
            return StoreUnavailable(sentence, reason="connection")
        case redis.TimeoutError():
            sentence = f"Redis did not answer in time while we {what}. See that it runs and is not overloaded."
            return StoreUnavailable(sentence, reason="timeout")
        case redis.ResponseError():
            return StoreUnavailable(f"Redis could not do what we asked while we {what}: {words}.", reason="refused")
        case redis.WatchError():
            return StoreUnavailable(f"Others changed the same while we {what}. This is tried again.", reason="refused")
        case _:
            sentence = f"What answers at redis.url does not speak as Redis does: {words}. Mend redis.url."
            return StoreUnavailable(sentence, reason="protocol")
