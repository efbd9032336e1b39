"""What is seen from outside: one line for each thing that the servers around the parts took, refused or were asked."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A probe that a list's MTA took from the parts: answered with 250."""

    at_s: float
    list_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A probe that a list's MTA handed to the receiver, and the code of its last reply."""

    at_s: float
    taken_at_s: float
    list_id: str
    message_id: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice that the relay or an endpoint took: answered with 250 or 204."""

    at_s: float
    channel: str  # "mail" or "webhook"
    to: str  # a mail address; of an endpoint its list
    list_id: str  # "" where it is about no list, or about several
    ident: str  # Message-ID without domain, or webhook-id: the same for a repetition
    incident: str
    change: str = ""  # of a webhook: raised, changed, resolved
    revision: int = 0  # likewise
    said_at: str = ""  # likewise: the moment of the change, by the parts' own clock
    subject: str = ""
    why: str = ""  # of a webhook: its reason
    content: str = ""  # a digest of what it says


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the pages said of all lists at one moment."""

    at_s: float
    levels: dict[str, str]  # list id → level
    incidents: tuple[tuple[str, str], ...]  # (list id, incident id), each that is not pending or resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A torment: from when to when."""

    began_s: float
    ended_s: float
    kind: str
    target: str = ""


@dataclass
class Journal:
    """All of it. `at_s` are seconds of the monotonic clock, which nobody moves."""

    taken: list[Taken] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    asked_s: dict[str, float] = field(default_factory=dict)  # list id → when its SPF record was last asked for
    turned: list[tuple[float, str, bool]] = field(default_factory=list)  # when, list id, whether it is broken since
    lock: threading.Lock = field(default_factory=threading.Lock)

    def emptied_s(self) -> list[float]:
        """When the store was emptied."""
        return [one.began_s for one in self.done if one.kind == "redis-emptied"]


def within(moments: Iterable[float], begin: float, end: float) -> bool:
    """Whether one of the moments lies between."""
    return any(begin <= moment <= end for moment in moments)
