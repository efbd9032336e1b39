"""Replies as they are counted: by list, day, receiver, family, action, class and rule. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from monitor.evidence.entry import Reply
from monitor.model.evidence import AdmissionAction

POLICY: Final = "policy"  # the class of refusals that are about how the mail was sent
OF_PERSONS: Final = frozenset({"address", "mailbox"})  # classes of replies that are about a recipient


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RowKey:
    """Whose replies of one day (UTC) a row counts."""

    day: date
    receiver: str  # id, or NOBODY_IN_PARTICULAR
    family: int  # 0 where nothing tells
    action: AdmissionAction  # by the reply's own digit: 2yz accept, 4yz defer, 5yz reject
    kind: str  # a BounceClass; "" of what was accepted
    rule: str  # id of the dated rule that the reply follows; "" for none
    code: str  # its enhanced status code (RFC 3463), "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """So many; rows of one key add up."""

    attempts: int  # transactions; a greeting or EHLO that was refused is one
    recipients: int  # over all attempts
    first: datetime
    last: datetime
    sample: str  # the newest reply, from its code on, without any address
    # Of what was taken: n → recipients whose delay, from the queue on, was less than 2ⁿ seconds and not less than half.
    delays: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Posts of a list that one receiver has put off and that are in the queue still."""

    receiver: str
    family: int  # of the newest reply; 0 where nothing tells
    kind: str
    rule: str
    posts: int  # different ones
    members: int  # different recipients, counted exactly
    queued_at: datetime  # when the oldest of them came into the queue
    since: datetime  # when the first of them was put off
    last: datetime  # when the newest reply came
    sample: str
    domains: tuple[str, ...] = ()  # of recipients, a few


@dataclass(frozen=True, slots=True, kw_only=True)
class OfList:
    """What a stretch of a log told of one list."""

    rows: Mapping[RowKey, Row] = field(default_factory=dict)
    replies: tuple[Reply, ...] = ()  # for its ledger: what was taken, what was refused, what the queue gave up
    posts: Mapping[int, datetime] = field(
        default_factory=dict
    )  # digest of a post that went out → when it was first tried
    refused: Mapping[int, tuple[str, datetime]] = field(default_factory=dict)  # member (8 octets) → where, when last
    waiting: tuple[Waiting, ...] | None = None  # all that wait now; None: as before
    sources: Mapping[str, datetime] = field(default_factory=dict)  # addresses that it was sent from → when last


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a stretch of a log told in all."""

    lists: Mapping[str, OfList] = field(default_factory=dict)  # by list id
    attempts: int = 0
    local: int = 0  # tries that no receiver answered
    relays: Mapping[str, int] = field(default_factory=dict)  # host → attempts of list mail: a smarthost has nearly all


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is kept of what receivers answered to a list's mail, beside its ledger."""

    rows: tuple[tuple[RowKey, Row], ...] = ()  # the newest days first
    waiting: tuple[Waiting, ...] = ()
    members: Mapping[tuple[str, date], int] = field(default_factory=dict)  # refused at a receiver from a day (UTC) on
    sources: Mapping[str, datetime] = field(default_factory=dict)  # addresses that it was sent from → when last


NOTHING_HEARD: Final = Heard()
