"""A story: what is true of a list and of its receivers, what of it we are told and when, and what is right to say.

Days are counted from the story's day 0, at midnight UTC; those before it are quiet ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from zlib import crc32

from monitor.model.risk import RiskLevel

START: Final = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
EVER: Final = float("inf")
GUIDELINES: Final = (
    "550-5.7.1 [2001:db8:25::25 16] Our system has detected that this message does not meet IPv6 sending guidelines "
    "regarding PTR records and authentication. x1 - gsmtp"
)
BLOCKED: Final = "550 5.7.1 Service unavailable; message refused by local policy"
NOBODY: Final = "550 5.1.1 The email account that you tried to reach does not exist. x1 - gsmtp"
PUT_OFF: Final = (
    "451 4.7.26 This message does not have authentication information or fails to pass authentication checks"
)


@dataclass(frozen=True, slots=True)
class Post:
    """One post of the list."""

    number: int  # 0 is the first one of day 0
    day: float
    author: int  # who wrote it, of as many as the list has: by the number

    @property
    def date(self) -> int:
        """Which day it is of."""
        return int(self.day // 1)


def each_day(per_day: float) -> Callable[[int, Random], int]:
    """So many posts each day; of less than one, a post each so many days."""

    def posts(date: int, draw: Random) -> int:
        del draw
        return int((date + 1) * per_day // 1 - date * per_day // 1)

    return posts


def some_each_day(per_day: float) -> Callable[[int, Random], int]:
    """Posts that come independently: a number a day by Poisson's law."""

    def posts(date: int, draw: Random) -> int:
        del date
        number, so_far = 0, draw.expovariate(per_day)
        while so_far < 1.0:
            number, so_far = number + 1, so_far + draw.expovariate(per_day)
        return number

    return posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a receiver does with posts, from one day to another."""

    domain: str = "gmail.com"
    since: float = 0.0
    until: float = EVER
    whom: tuple[int, int] = (0, 1 << 30)  # which of the subscribers there, by number
    posts: Callable[[Post], bool] = lambda _: True
    chance: float = 1.0  # of each delivery
    family: int | None = 6  # over which; None: the bounce does not tell
    expires: bool = False  # 4yz until the queue gives it up
    kind: str = "policy"
    reply: str = BLOCKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """What DNS says of the list in a time, by the name of a state (see `looks`)."""

    state: str
    since: float = 0.0
    until: float = EVER
    of: Callable[[int], bool] = lambda _: True  # which of the checks, by number


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """How bounces come to us."""

    copied: bool = True
    together: int = 500  # recipients of one DSN at most; 1: each by itself (VERP)
    late: float = 0.0  # days
    late_from: Callable[[float], float] | None = None  # day of the bounce → day it comes to us, instead
    twice: bool = False
    shuffled: bool = False  # those that come at one time
    real: bool = False  # read from the octets of DSNs
    ahead: float = 0.0  # days that the clock of the list's host is ahead


@dataclass(frozen=True, slots=True)
class Refused:
    """The moment of the n-th post that was refused, as told to us."""

    n: int
    hours: float = 0.0  # after it


Moment = float | Refused


DAILY: Final = each_day(1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story."""

    name: str
    truth: str  # what is so, in a sentence
    there: Mapping[str, int] = field(default_factory=lambda: {"gmail.com": 22})
    configured: Mapping[str, int] | None = None  # those that we know of; None: all
    posts: Callable[[int, Random], int] = DAILY
    per_day: float | None = 1.0  # as configured; None: nobody did
    refusals: tuple[Refusal, ...] = ()
    dns: tuple[Dns, ...] = ()
    falters: float = 0.0  # share of messages that leave from an address that SPF does not name
    falters_from: float = -EVER  # the day from which on
    bounces: Bounces = Bounces()
    probed: bool = True
    signed: bool = False  # whether the list signs with DKIM, under DMARC and over TLS, as receivers ask of bulk
    canary: bool = False  # whether we are subscribed, so that each post comes to us
    checked: bool = True
    enabled: tuple[float, ...] = ()  # days on which the owner turns everybody's delivery on again
    manager: str = "mailman3"
    policy: Mapping[str, Any] = field(default_factory=dict)
    mta: str = "postfix"
    before: int = 3  # quiet days before day 0
    days: float = 8.0  # until when it is told

    # What is right to say.
    danger: tuple[Moment, Moment] | None = None  # when it begins and ends; None: nobody is in danger of being dropped
    told: Moment | None = None  # by then an alarm is told; None: no bound
    over: float | None = None  # hours after the end by which "ok" is told
    alarm: RiskLevel = RiskLevel.AT_RISK  # at least so much is to be told in the danger
    calm: RiskLevel = RiskLevel.OK  # at most so much is right outside of it
    levels: tuple[tuple[Moment, RiskLevel, RiskLevel], ...] = ()  # at named moments: at least, at most
    steady: bool = True  # whether nothing better may be told in the danger, once it was told
    finding: str | None = None  # code of a finding that is told in the danger
    disabled: int | None = None  # the day (0 is the first) on which most are disabled if nothing is mended; None: never
    by_chance: bool = False  # whether that day is one of many that it might have been
    dates: int | None = 1  # how many days the date told may differ from it; None: it is not certain
    sure: Moment = Refused(n=2, hours=1)  # from when on dates are held to it
    life: int = 0  # which of the ways that it may go by chance

    @property
    def seed(self) -> int:
        """Of all that happens by chance."""
        return crc32(f"{self.name} {self.life}".encode())
