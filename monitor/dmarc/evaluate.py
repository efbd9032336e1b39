"""DMARC of one arrived message: alignment and result (RFC 9989 section 5.3)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import getaddresses
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from monitor.dmarc.policy import DmarcRecord, organizational_domain, policy_of, walk
from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import DnsUnavailable
from monitor.model.dns import Identity, SpfOutcome
from monitor.model.evidence import AuthResult, DkimSignature, DmarcOutcome
from monitor.model.header import FromForm

_MAILTO: Final = re.compile(rb"<\s*mailto:([^<>?\s]+)", re.IGNORECASE)  # RFC 6068 section 2
FIELD_OCTETS_MAX: Final = 4096  # a From field of four lines as long as lines may be, RFC 5322 section 2.1.1


def author_domain(from_fields: Sequence[bytes]) -> str | None:
    """The one domain of the From field, A-labels; None where there is none or several: DMARC then says nothing.

    RFC 9989 section 11.5 leaves such messages to the receiver.
    """
    if len(from_fields) != 1:
        return None
    domains = {domain for _, domain in _mailboxes(from_fields[0][:FIELD_OCTETS_MAX]) or () if domain}
    return domains.pop() if len(domains) == 1 else None


def from_form(from_fields: Sequence[bytes]) -> FromForm | None:
    """What the message has for From (RFC 5322 section 3.6.2); None of a field that is too long to be read."""
    if len(from_fields) != 1:
        return FromForm.SEVERAL_FIELDS if from_fields else FromForm.MISSING
    field = from_fields[0]
    if len(field) > FIELD_OCTETS_MAX:
        return None
    mailboxes = _mailboxes(field)
    if not mailboxes or not all(local and domain for local, domain in mailboxes):
        return FromForm.UNREADABLE
    if len(mailboxes) == 1:
        return FromForm.ONE
    # A name with an "@" in it that is not quoted is read as a mailbox too, but only commas part mailboxes.
    return FromForm.SEVERAL_AUTHORS if b"," in field else FromForm.UNREADABLE


def from_list(from_fields: Sequence[bytes], list_posts: Sequence[bytes]) -> bool | None:
    """Whether the author is the address that List-Post (RFC 2369 section 3.4) names; None where it names none.

    So it is where a list manager replaced From by the list's address, and in what the list itself writes.
    """
    named = [match[1].lower() for field in list_posts[:1] for match in _MAILTO.finditer(field[:FIELD_OCTETS_MAX])]
    if len(from_fields) != 1 or not named:
        return None
    mailboxes = _mailboxes(from_fields[0][:FIELD_OCTETS_MAX])
    if not mailboxes or len(mailboxes) > 1:
        return None
    author = "@".join(mailboxes[0])
    return any(unquote_to_bytes(each).lower() == author.lower().encode() for each in named)


@lru_cache(maxsize=256)  # a list's probes come from the same author; reading the field takes as long as a signature
def _mailboxes(from_field: bytes) -> tuple[tuple[str, str], ...] | None:
    """The mailboxes of a field as (local part, domain in A-labels); None where one's domain is no name."""
    try:
        found = [address for _, address in getaddresses([from_field.decode("utf-8", "replace")]) if address]
        parted = (address.rpartition("@") for address in found)
        return tuple((local, a_label(domain)) if at else (domain, "") for local, at, domain in parted)
    except (InvalidName, ValueError, IndexError, TypeError, RecursionError):  # of comments in comments
        return None


def evaluate(
    author: str, *, spf: Sequence[SpfOutcome], dkim: Sequence[DkimSignature], resolver: Resolver
) -> DmarcOutcome:
    """What DMARC says of the author domain: `none` without a policy for it, `temperror` where DNS kept us from knowing.

    `policy` is the one that was asked for, also under t=y.
    """
    walks = _Walks(resolver)
    mailfrom = [(each.domain, str(each.result)) for each in spf if each.identity is Identity.MAILFROM]
    signed = [(each.domain, str(each.result)) for each in dkim]
    try:
        asked = policy_of(author, walks.of(author))
        if asked is None:
            return _outcome(author, AuthResult.NONE)
        tags = asked.record.tags

        def aligned(found: Iterable[tuple[str, str]], tag: str, result: str) -> bool:
            strict = tags.get(tag) == "s"
            return any(said == result and walks.aligned(author, domain, strict=strict) for domain, said in found)

        passed_spf, passed_dkim = aligned(mailfrom, "aspf", "pass"), aligned(signed, "adkim", "pass")
        doubt = aligned(mailfrom, "aspf", "temperror") or aligned(signed, "adkim", "temperror")
    except DnsUnavailable:
        return _outcome(author, AuthResult.TEMPERROR)
    passed = passed_spf or passed_dkim
    return DmarcOutcome(
        author_domain=author,
        policy_domain=asked.record.domain,
        policy=asked.policy,
        testing=asked.testing,
        spf_aligned=passed_spf,
        dkim_aligned=passed_dkim,
        result=AuthResult.PASS if passed else AuthResult.TEMPERROR if doubt else AuthResult.FAIL,
    )


def alignment(author: str, domain: str, resolver: Resolver) -> bool | None:
    """Whether a signature of that domain aligns with the author domain (RFC 9989 section 4.4).

    By the author domain's adkim=; None where DNS kept us from knowing.
    """
    walks = _Walks(resolver)
    try:
        asked = policy_of(author, walks.of(author))
        return walks.aligned(author, domain, strict=asked is not None and asked.record.tags.get("adkim") == "s")
    except DnsUnavailable:
        return None


@dataclass(slots=True)
class _Walks:
    """The tree walks of one message's domains, each made once."""

    resolver: Resolver
    made: dict[str, tuple[DmarcRecord, ...]] = field(default_factory=dict)

    def of(self, domain: str) -> tuple[DmarcRecord, ...]:
        """The records from the domain upwards. Raises DnsUnavailable."""
        if domain not in self.made:
            self.made[domain] = walk(self.resolver, domain)
        return self.made[domain]

    def aligned(self, author: str, domain: str, *, strict: bool) -> bool:
        """Identifier alignment (RFC 9989 section 4.4): the same domain, or in relaxed mode the same organisation's."""
        other = domain.lower().removesuffix(".")
        if strict or not other or other == author:
            return other == author
        return organizational_domain(author, self.of(author)) == organizational_domain(other, self.of(other))


def _outcome(author: str, result: AuthResult) -> DmarcOutcome:
    return DmarcOutcome(
        author_domain=author, policy_domain=None, policy=None, spf_aligned=False, dkim_aligned=False, result=result
    )
