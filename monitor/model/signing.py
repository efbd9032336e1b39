"""How a list's mail is signed: which key, whence that is known, and whether the key's record is in order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.phrase.phrase import Phrase, When, say
from monitor.phrase.stored import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """Which key signs (RFC 6376 section 3.6.2.1)."""

    domain: str  # d=, A-labels in lower case
    selector: str  # s=, likewise

    @property
    def name(self) -> str:
        """The name of its record."""
        return f"{self.selector}._domainkey.{self.domain}"


class KnownBy(StrEnum):
    """Whence it is known how a list's mail is signed."""

    ARRIVAL = "arrival"  # a probe or a post that came to a receiver of ours
    POST = "post"  # a post that somebody gave us
    REPORT = "report"  # an aggregate report (RFC 9990)
    STATED = "stated"  # by the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAs:
    """What one message or report showed of the list's signatures. Nothing personal: domains, a selector, a time."""

    known_by: KnownBy
    seen_at: datetime | None  # when that was sent; None: stated
    key: DkimKey | None  # of the list's own signature; None: known to be unsigned
    author_domain: str | None = None  # of the From field
    aligned: bool | None = None  # the key's domain with that (RFC 9989 section 4.4), by a check; None: not known
    fails: bool = False  # most of its signatures did not verify at whoever reports
    munged: bool | None = None  # From: is the list's own, not the author's; None: not known

    @property
    def whence(self) -> Phrase:
        """Whence it is known, to stand in brackets or behind a comma."""
        if self.known_by is KnownBy.STATED or self.seen_at is None:
            return say("as stated in the configuration")
        day = When(self.seen_at)
        if self.known_by is KnownBy.ARRIVAL:
            return say("by mail that came to us on {day}", day=day)
        if self.known_by is KnownBy.POST:
            return say("by the post given, of {day}", day=day)
        return say("by the DMARC report up to {day}", day=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """All that was learnt of one list from posts and reports that somebody gave us, newest first, each key once."""

    list_id: str
    seen: tuple[SignedAs, ...] = ()


class KeyState(StrEnum):
    """Whether signatures by a key can be verified, by its record (RFC 6376 section 6.1.2)."""

    IN_ORDER = "in-order"
    MISSING = "missing"  # no record
    REVOKED = "revoked"  # p= is empty
    UNUSABLE = "unusable"
    SHORT = "short"  # an RSA key that verifiers must not take (RFC 8301 section 3.2)
    SEVERAL = "several"  # which one a verifier takes is undefined (section 3.6.2.2)
    UNKNOWN = "unknown"  # DNS did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOutcome:
    """What a check saw of a key's record."""

    key: DkimKey
    state: KeyState
    problem: Words | None = None  # for people; never parsed
    algorithm: str | None = None  # k=: rsa or ed25519
    bits: int | None = None  # of an RSA key
    testing: bool = False  # t=y (section 3.6.1)
    last: KeyState | None = None  # while DNS does not answer: what it was when it last did
    last_at: datetime | None = None

    def known(self, *, not_before: datetime) -> KeyState:
        """The state; what it was when DNS last answered, where that is not too long ago."""
        told = self.last if self.last_at is not None and self.last_at >= not_before else None
        return told or self.state if self.state is KeyState.UNKNOWN else self.state
