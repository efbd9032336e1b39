"""DMARC of one arrived message: alignment and result (RFC 9989 section 5.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import getaddresses
from functools import lru_cache
from typing import Final

from monitor.dmarc.policy import DmarcRecord, organizational_domain, policy_of, walk
from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import DnsUnavailable
from monitor.model.dns import Identity, SpfOutcome
from monitor.model.evidence import AuthResult, DkimSignature, DmarcOutcome

FIELD_OCTETS_MAX: Final = 4096  # a From field of four lines as long as lines may be, RFC 5322 section 2.1.1


def author_domain(from_fields: Sequence[bytes]) -> str | None:
    """The one domain of the From field, A-labels; None where there is none or several: DMARC then says nothing.

    RFC 9989 section 11.5 leaves such messages to the receiver.
    """
    return _domain_of(from_fields[0][:FIELD_OCTETS_MAX]) if len(from_fields) == 1 else None


@lru_cache(maxsize=256)  # a list's probes come from the same author; reading the field takes as long as a signature
def _domain_of(from_field: bytes) -> str | None:
    """The one domain of its mailboxes, A-labels; None where there is none or several."""
    try:
        mailboxes = getaddresses([from_field.decode("utf-8", "replace")])
        domains = {a_label(address.rpartition("@")[2]) for _, address in mailboxes if "@" in address}
    except (InvalidName, ValueError, IndexError, TypeError, RecursionError):  # of comments in comments
        return None
    return domains.pop() if len(domains) == 1 else None


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
        spf_aligned=passed_spf,
        dkim_aligned=passed_dkim,
        result=AuthResult.PASS if passed else AuthResult.TEMPERROR if doubt else AuthResult.FAIL,
    )


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
