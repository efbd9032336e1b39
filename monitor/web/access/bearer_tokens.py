"""Tokens with a scope, as programs show them: what a bearer may do."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from monitor.errors import StoreUnavailable
from monitor.store import Store
from monitor.store.tokens import Scope

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
READ_BY_POST: Final = frozenset({"/api/v1/explain", "/explain"})  # they keep nothing and change nothing


class Bearer(StrEnum):
    """What a request's token opens."""

    ALLOWED = "allowed"  # everything
    READS = "reads"  # this request, which reads, and none that changes anything
    UNKNOWN = "unknown"
    UNDECIDED = "undecided"  # Redis is away
    ONLY_READS = "only-reads"  # the token is good, but not for this


def bearer_of(store: Store, authorization: str, *, method: str, path: str, now: datetime) -> Bearer:
    """Whether a token of the store opens this request. Where Redis is away, nobody knows. May block."""
    scheme, _, offered = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return Bearer.UNKNOWN
    try:
        token = store.tokens.find(offered.strip(), now)
    except StoreUnavailable:
        return Bearer.UNDECIDED
    if token is None:
        return Bearer.UNKNOWN
    if token.scope is Scope.WRITE:
        return Bearer.ALLOWED
    return Bearer.READS if method in READING or path in READ_BY_POST else Bearer.ONLY_READS
