"""DMARC of one arrived message: discovery by DNS tree walk, alignment, result (RFC 9989)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import DnsUnavailable
from monitor.model import AuthResult, DkimSignature, DmarcOutcome, Identity, SpfOutcome, SpfResult

WALK_LABELS_MAX: Final = (
    8  # RFC 9989 section 4.10: longer names continue at seven labels, so that eight questions suffice
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """One published record: where it stands and its tags (RFC 9989 section 4.7)."""

    domain: str
    tags: Mapping[str, str]


def author_domain(from_fields: Sequence[bytes]) -> str | None:
    """The one domain of the From field, A-labels; None where there is none or several: DMARC then says nothing.

    RFC 9989 section 11.5 leaves such messages to the receiver.
    """
    if len(from_fields) != 1:
        return None
    try:
        mailboxes = getaddresses([from_fields[0].decode("utf-8", "replace")])
        domains = {a_label(address.rpartition("@")[2]) for _, address in mailboxes if "@" in address}
    except (InvalidName, ValueError, IndexError, TypeError):
        return None
    return domains.pop() if len(domains) == 1 else None


def evaluate(
    author: str, *, spf: Sequence[SpfOutcome], dkim: Sequence[DkimSignature], resolver: Resolver
) -> DmarcOutcome:
    """What DMARC says of the author domain (section 5.3); `none` without a record, `temperror` for any DNS trouble."""
    spf_domain = next((each for each in spf if each.identity is Identity.MAILFROM), None)
    try:
        walk = {author: _walk(author, resolver)}
        record = _policy_record(author, walk[author])
        spf_aligned = dkim_aligned = False
        trouble = False
        if record is not None:
            strict_spf, strict_dkim = record.tags.get("aspf") == "s", record.tags.get("adkim") == "s"
            if spf_domain is not None and spf_domain.result in (SpfResult.PASS, SpfResult.TEMPERROR):
                aligned = _aligned(author, spf_domain.domain, strict=strict_spf, walk=walk, resolver=resolver)
                spf_aligned = aligned and spf_domain.result is SpfResult.PASS
                trouble |= aligned and spf_domain.result is SpfResult.TEMPERROR
            for signature in dkim:
                if signature.result not in (AuthResult.PASS, AuthResult.TEMPERROR):
                    continue
                aligned = _aligned(author, signature.domain, strict=strict_dkim, walk=walk, resolver=resolver)
                dkim_aligned |= aligned and signature.result is AuthResult.PASS
                trouble |= aligned and signature.result is AuthResult.TEMPERROR
    except DnsUnavailable:
        return DmarcOutcome(
            author_domain=author,
            policy_domain=None,
            policy=None,
            spf_aligned=False,
            dkim_aligned=False,
            result=AuthResult.TEMPERROR,
        )
    if record is None:
        result = AuthResult.NONE
    elif spf_aligned or dkim_aligned:
        result = AuthResult.PASS
    else:
        result = AuthResult.TEMPERROR if trouble else AuthResult.FAIL
    return DmarcOutcome(
        author_domain=author,
        policy_domain=None if record is None else record.domain,
        policy=None if record is None else _policy(author, record),
        spf_aligned=spf_aligned,
        dkim_aligned=dkim_aligned,
        result=result,
    )


def _walk(domain: str, resolver: Resolver) -> tuple[DmarcRecord, ...]:
    """The records found from the domain upwards (section 4.10). Raises DnsUnavailable: a gap would move the boundary."""
    found: list[DmarcRecord] = []
    labels = domain.split(".")
    while labels:
        name = ".".join(labels)
        texts = [text for text in resolver.lookup(f"_dmarc.{name}", "TXT").texts if _is_dmarc(text)]
        if len(texts) == 1:
            record = DmarcRecord(domain=name, tags=_tags(texts[0]))
            found.append(record)
            if record.tags.get("psd") in ("n", "y"):
                break
        labels = labels[-(WALK_LABELS_MAX - 1) :] if len(labels) > WALK_LABELS_MAX else labels[1:]
    return tuple(found)


def _organizational_domain(domain: str, records: Sequence[DmarcRecord]) -> str:
    """The Organizational Domain by the tree walk's records (section 4.10.2)."""
    if not records:
        return domain
    last = records[-1]
    if last.tags.get("psd") == "y" and last.domain != domain:
        below = len(last.domain.split(".")) + 1
        return ".".join(domain.split(".")[-below:])
    return last.domain


def _policy_record(author: str, records: Sequence[DmarcRecord]) -> DmarcRecord | None:
    """The record whose policy holds (section 4.10.1): the author domain's own, else that of the Organizational Domain."""
    if not records:
        return None
    if records[0].domain == author:
        return records[0]
    organization = _organizational_domain(author, records)
    return next((record for record in records if record.domain == organization), records[-1])


def _policy(author: str, record: DmarcRecord) -> str:
    """`none`, `quarantine` or `reject` as published for this domain (section 4.7: p, sp); `none` for other words."""
    policy = record.tags.get("p", "none")
    if record.domain != author:
        policy = record.tags.get("sp", policy)
    policy = policy.lower()
    return policy if policy in ("quarantine", "reject") else "none"


def _aligned(
    author: str, other: str, *, strict: bool, walk: dict[str, tuple[DmarcRecord, ...]], resolver: Resolver
) -> bool:
    """Identifier alignment (section 4.4): the same domain, or in relaxed mode the same Organizational Domain."""
    other = other.lower().removesuffix(".")
    if other == author:
        return True
    if strict or not other:
        return False
    if other not in walk:
        walk[other] = _walk(other, resolver)
    return _organizational_domain(author, walk[author]) == _organizational_domain(other, walk[other])


def _is_dmarc(text: bytes) -> bool:
    name, _, value = text.partition(b";")[0].partition(b"=")
    return name.strip().lower() == b"v" and value.strip() == b"DMARC1"  # section 4.7: case-sensitive value


def _tags(text: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.decode("utf-8", "replace").split(";"))
    return {name.strip().lower(): value.strip().lower() for name, equals, value in pairs if equals}
