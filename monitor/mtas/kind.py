"""What the house knows of one kind of MTA, under its defaults or a list's own settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from monitor.managers.machine import Bounce
from monitor.managers.policy import Key, one_of, positive_duration, read_policy
from monitor.mtas.log import Clock, LogReader
from monitor.phrase.phrase import Phrase, say

DAY_S = 86_400
EXPIRED_SOFT = Bounce(hard=False, status_code="4.4.7")


class FamilyOrder(StrEnum):
    """Which address family an MTA tries first where a receiver has both."""

    ANY = "any"  # by chance
    IPV6_FIRST = "ipv6-first"
    IPV4_ONLY = "ipv4-only"


@dataclass(frozen=True, kw_only=True)
class MtaKind:
    """One kind of MTA.

    Its folder's `KIND` is the only place that says so; where it was read stands in its `schedule`.
    """

    id: str
    title: str
    queue_lifetime_s: float
    schedule: Callable[[float], tuple[float, ...]]  # queue lifetime → when an always-deferred message is tried
    order: FamilyOrder
    other_family: bool  # whether a 4yz leads to the other family's addresses in the same attempt
    expired: Bounce  # what a list manager reads when the message has been deferred too long
    report: bool = True  # whether its bounces are multipart/report (RFC 3464)
    log: Callable[[Clock], LogReader] | None = None  # a reader of its log; None: nobody reads it here
    delay_notice_s: float | None = None  # when list mail brings a notice of delay; None: never
    tls: Phrase = say("Let it use STARTTLS wherever it is offered.")  # how it is told so

    @cached_property
    def attempts(self) -> int:
        """How often an always-deferred message is tried."""
        return len(self.schedule(self.queue_lifetime_s))

    @cached_property
    def expires_s(self) -> float:
        """When an always-deferred message bounces, in seconds after it was sent."""
        return max(self.schedule(self.queue_lifetime_s)[-1], self.queue_lifetime_s)

    def with_settings(self, overrides: Mapping[str, Any]) -> Self:
        """The same MTA with another `queue_lifetime` or `order`. Raises ConfigError."""
        return read_policy(self, KEYS, overrides, f"mta {self.id}")


def _order(value: Any) -> FamilyOrder:
    return FamilyOrder(one_of(*FamilyOrder)(value))


KEYS = {"queue_lifetime": Key("queue_lifetime_s", positive_duration), "order": Key("order", _order)}
