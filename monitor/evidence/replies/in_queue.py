"""What is known of one message in the mail server's queue: whose it is, and who is put off still. Pure."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import pack, unpack
from typing import Any, Final, NamedTuple, Self

DIGEST_OCTETS: Final = 8  # of a recipient: members are counted exactly
DOMAINS_MOST: Final = 5
UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class Cause(NamedTuple):
    """Why a recipient is put off."""

    receiver: str
    family: int
    kind: str
    rule: str


@dataclass(slots=True)
class PutOff:
    """Recipients of one message who are put off for one cause."""

    since: float
    last: float
    sample: str
    members: set[int] = field(default_factory=set)  # digests of 8 octets, keyed
    domains: set[str] = field(default_factory=set)

    def add(self, members: Iterable[int], domains: Iterable[str], at: float, sample: str) -> None:
        """Put these off as well, or again."""
        self.members.update(members)
        self.domains = set(sorted(self.domains.union(domains))[:DOMAINS_MOST])
        self.since = min(self.since, at)
        if at >= self.last:
            self.last, self.sample = at, sample


@dataclass(slots=True)
class InQueue:
    """One message."""

    queued_at: float  # when it was first told of
    of: str | None = None  # the list; None where its sender was not told yet
    message: int | None = None  # digest of its Message-ID
    waiting: dict[Cause, PutOff] = field(default_factory=dict)
    passed: dict[int, tuple[Cause, str]] = field(default_factory=dict)  # member (0: any) → why another host is tried

    def put_off(self, cause: Cause, members: Iterable[int], domains: Iterable[str], at: float, sample: str) -> None:
        """These recipients wait for that cause now, and for no other; how long they have is not forgotten."""
        members = set(members)
        since = min((each.since for each in self.waiting.values() if not members.isdisjoint(each.members)), default=at)
        self.release(members, unless=cause)
        group = self.waiting.setdefault(cause, PutOff(min(since, at), at, sample))
        group.since = min(group.since, since)
        group.add(members, domains, at, sample)

    def waits(self, member: int) -> bool:
        """Whether that recipient is put off."""
        return any(member in each.members for each in self.waiting.values())

    def release(self, members: Iterable[int], unless: Cause | None = None) -> bool:
        """These recipients wait no more; whether any of them did."""
        members = set(members)
        released = False
        for cause, group in list(self.waiting.items()):
            if cause != unless and not members.isdisjoint(group.members):
                released = True
                group.members -= members
                if not group.members:
                    del self.waiting[cause]
        return released

    def give_up(self, members: Iterable[int] | None) -> Iterator[tuple[Cause, PutOff]]:
        """Those of these recipients (None: of all) who wait, who do so no more."""
        chosen = None if members is None else set(members)
        for cause, group in list(self.waiting.items()):
            of = set(group.members if chosen is None else group.members & chosen)
            if of:
                yield cause, PutOff(group.since, group.last, group.sample, of, set(group.domains))
                group.members -= of
                if not group.members:
                    del self.waiting[cause]

    def written(self) -> str:
        """As JSON, without any address of a recipient."""
        waiting = [
            [*cause, each.since, each.last, each.sample, sorted(each.domains), _packed(each.members)]
            for cause, each in self.waiting.items()
        ]
        document = {"at": self.queued_at, "list": self.of, "message": self.message, "waiting": waiting or None}
        return json.dumps({name: each for name, each in document.items() if each is not None}, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """As it was written; None where that cannot be read."""
        try:
            found = json.loads(text)
            of, message = found.get("list"), found.get("message")
            return cls(
                queued_at=float(found["at"]),
                of=None if of is None else str(of),
                message=None if message is None else int(message),
                waiting=dict(map(_put_off, found.get("waiting", ()))),
            )
        except UNREADABLE:
            return None


def _packed(members: set[int]) -> str:
    return b64encode(pack(f">{len(members)}Q", *sorted(members))).decode()


def _put_off(written: Any) -> tuple[Cause, PutOff]:
    receiver, family, kind, rule, since, last, sample, domains, packed = written
    octets = b64decode(packed)
    members = set(unpack(f">{len(octets) // DIGEST_OCTETS}Q", octets))
    group = PutOff(float(since), float(last), str(sample), members, set(map(str, domains)))
    return Cause(str(receiver), int(family), str(kind), str(rule)), group
