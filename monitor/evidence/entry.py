"""What one report enters into a list's ledger: what it showed of the mail, and what receivers said. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from monitor.admission.mail import evidence_of_mail
from monitor.admission.rules import Evidence
from monitor.evidence.sketch import digest
from monitor.model.dns import Identity, IpAddress, PtrResult, SpfOutcome, SpfResult
from monitor.model.evidence import AdmissionAction, Arrival, AuthResult
from monitor.model.mail_facts import NOTHING_KNOWN, MailFacts

_ADDRESS: Final = {
    4: ip_address("192.0.2.1"),
    6: ip_address("2001:db8::1"),
}  # RFC 5737, RFC 3849: no rule looks at more


NOBODY_IN_PARTICULAR: Final = "generic"  # a receiver that no rule set names


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Facts:
    """What receivers' rules ask for, of mail over one address family. None is what this look could not tell."""

    family: int
    spf: SpfResult | None
    ptr: PtrResult | None
    dkim: AuthResult | None = None
    tls: bool | None = None

    def for_rules(self, mail: MailFacts = NOTHING_KNOWN) -> Evidence:
        """As rules look at them; `mail` is what other mail tells, where this look tells nothing."""
        known = replace(mail, dkim=self.dkim or mail.dkim, tls=mail.tls if self.tls is None else self.tls)
        return evidence_of_mail(_ADDRESS[self.family], spf=self.spf, ptr=self.ptr, mail=known)

    @property
    def troubled(self) -> bool:
        """Whether DNS trouble kept SPF from being known: a receiver that meets it puts the mail off."""
        return self.spf is SpfResult.TEMPERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a receiver said to one post, for some of its recipients: a bounce, lines of a log, a row of a report."""

    at: datetime  # of the post
    receiver: str  # id, or NOBODY_IN_PARTICULAR
    family: int | None  # 4 or 6; None where nothing tells
    action: AdmissionAction  # DEFER where it was put off until the queue gave it up
    rule: str | None = None  # id of the dated rule that the reply follows
    post: int  # digest of the post
    members: tuple[int, ...]  # digests of the recipients, keyed with the installation's key
    text: str = ""  # of the reply, with addresses taken out
    domains: tuple[str, ...] = ()  # of the recipients
    told_at: datetime | None = None  # when it reached us; None: at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """How often a list's DNS failed, counted in checks and in spells (checks in a row). Those of several checks add up.

    Outages that last are left out, whether or not they are over. The check that shows that one lasts takes back what
    those before it had counted, so a sum over only some of them may be below zero.
    """

    seen: int = 0  # checks that could tell
    failed: int = 0  # those of them at which the mailfrom identity could not be evaluated
    spells: int = 0

    def __add__(self, other: "Spells") -> "Spells":
        return Spells(seen=self.seen + other.seen, failed=self.failed + other.failed, spells=self.spells + other.spells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The last time that DNS kept something of the list's from us."""

    at: datetime
    name: str  # whose servers gave no usable answer
    problem: str  # for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that one report enters, under the name of its source; the same entered twice counts once."""

    source: str
    at: datetime
    facts: tuple[Facts, ...] = ()  # one an address that the mail leaves, or left, from
    replies: tuple[Reply, ...] = ()
    posts: tuple[tuple[datetime, int], ...] = ()  # posts of the list that were seen to go out: when, and their digests
    spells: Spells = Spells()
    spells_at: datetime | None = None  # what these take back was counted from then on; None: nothing is taken back
    trouble: Trouble | None = None


def digest_of_post(message_id: str | None, *, title: str = "", dated: datetime | None = None, at: datetime) -> int:
    """What tells one post from another: its Message-ID (RFC 5322 section 3.6.4), else its date, else the hour.

    Where each recipient's copy has a Message-ID of its own, its `title` (author and subject) is given, which counts
    with the hour of its date. Bounces of one post come within the hour, also where each recipient's comes alone (VERP).
    """
    if title and dated is not None:
        return digest(f"title {title} {dated.timestamp() // 3600:.0f}")
    if message_id:
        return digest(f"id {message_id.strip().strip('<>')}")
    return digest(f"dated {dated.isoformat()}" if dated is not None else f"hour {at.timestamp() // 3600:.0f}")


def facts_of(
    results: Iterable[SpfOutcome], ptrs: dict[IpAddress, PtrResult], *, dkim: AuthResult | None = None
) -> tuple[Facts, ...]:
    """One an address that the mailfrom identity was evaluated for."""
    return tuple(
        Facts(family=each.family, spf=each.result, ptr=ptrs.get(each.client_ip), dkim=dkim)
        for each in results
        if each.identity is Identity.MAILFROM
    )


def facts_of_arrival(arrival: Arrival, dkim: AuthResult) -> tuple[Facts, ...]:
    """What was seen of a message that came to us; nothing where SPF of its reverse-path was not evaluated."""
    spf: Sequence[SpfOutcome] = [each for each in arrival.spf if each.identity is Identity.MAILFROM]
    return tuple(
        Facts(family=each.family, spf=each.result, ptr=arrival.ptr.result, dkim=dkim, tls=arrival.tls)
        for each in spf[:1]
    )
