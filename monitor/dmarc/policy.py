"""DMARC of author domains: which policy holds for a domain, found by the DNS tree walk (RFC 9989 section 4.10).

No list of public suffixes is needed. What follows for a mailing list is section 7.4: a list that changes messages
breaks the author's DKIM signature, its own SPF does not align, and `p=reject` makes receivers refuse members' mail, for
which list software then removes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.name import InvalidName, a_label
from monitor.managers.remedies import GENERAL, Remedies
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import say

WALK_LABELS: Final = 8  # section 4.10: a longer name goes on with seven labels, so that eight questions suffice
MITIGATION: Final = say("what the list does about DMARC")  # as the thing to be changed, in a fix
POLICIES: Final = ("none", "quarantine", "reject")  # section 4.7, tag p


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """One published record: whose it is, its tags in lower case (section 4.7), its text."""

    domain: str
    tags: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorPolicy:
    """What holds for mail of an author domain (section 4.10.1)."""

    author_domain: str
    record: DmarcRecord
    policy: str  # none, quarantine or reject: what the owner asks for
    testing: bool  # t=y: receivers are asked to apply the next weaker one (section 4.7)

    @property
    def applied(self) -> str:
        """What a receiver is asked to apply."""
        return POLICIES[max(POLICIES.index(self.policy) - self.testing, 0)]


def walk(resolver: Resolver, domain: str) -> tuple[DmarcRecord, ...]:
    """The records from a domain upwards, until one says `psd=` or no label is left (section 4.10).

    Raises Unanswered where a step could not be asked: a gap would move the boundary.
    """
    found: list[DmarcRecord] = []
    labels = domain.split(".")
    while labels:
        at = ".".join(labels)
        record = parse(at, resolver.lookup(f"_dmarc.{at}", "TXT").texts)
        if record is not None:
            found.append(record)
            if record.tags.get("psd") in ("n", "y"):
                break
        labels = labels[-(WALK_LABELS - 1) :] if len(labels) > WALK_LABELS else labels[1:]
    return tuple(found)


def parse(domain: str, texts: Iterable[bytes]) -> DmarcRecord | None:
    """The DMARC record among TXT records; None without one or with several (section 4.10)."""
    records = [text for text in texts if is_dmarc(text)]
    if len(records) != 1:
        return None
    text = records[0].decode("utf-8", "replace")
    pairs = (part.partition("=") for part in text.split(";"))
    tags = {name.strip().lower(): value.strip().lower() for name, equals, value in pairs if equals}
    return DmarcRecord(domain=domain, tags=tags, text=text)


def organizational_domain(domain: str, records: tuple[DmarcRecord, ...]) -> str:
    """The Organizational Domain by the records of the domain's tree walk (section 4.10.2); the domain without any."""
    if not records:
        return domain
    last = records[-1]
    if last.tags.get("psd") == "y" and last.domain != domain:
        labels = last.domain.count(".") + 2
        return ".".join(domain.split(".")[-labels:])
    return last.domain


def policy_of(domain: str, records: tuple[DmarcRecord, ...]) -> AuthorPolicy | None:
    """The policy that holds, by the records of the domain's tree walk; None where no record asks for one.

    The domain's own record, else the Organizational Domain's, else the public suffix' (section 4.10.1).
    """
    if not records:
        return None
    organization = organizational_domain(domain, records)
    own = next((record for record in records if record.domain == domain), None)
    record = own or next((one for one in records if one.domain == organization), records[-1])
    tags = record.tags
    policy = tags.get("p")
    if policy not in POLICIES:
        if "rua" not in tags:
            return None  # section 4.7: without a usable p and without rua nothing is asked for
        policy = "none"
    if record.domain != domain and tags.get("sp") in POLICIES:
        policy = tags["sp"]
    return AuthorPolicy(author_domain=domain, record=record, policy=policy, testing=tags.get("t") == "y")


def author_policy(resolver: Resolver, author_domain: str) -> AuthorPolicy | None:
    """The policy that holds for an author domain, None without one.

    Raises Unanswered where DNS kept us from knowing, InvalidName where it is no domain.
    """
    domain = a_label(author_domain)
    return policy_of(domain, walk(resolver, domain))


def author_findings(
    resolver: Resolver, author_domains: Iterable[str], *, remedies: Remedies = GENERAL
) -> tuple[Finding, ...]:
    """One finding for each author domain whose posts a list that changes messages cannot pass on safely.

    `remedies` are those of the list's manager, whose setting ends it.
    """
    findings = []
    for author_domain in dict.fromkeys(author_domains):
        try:
            found = finding(author_policy(resolver, author_domain), remedies)
        except Unanswered as error:
            found = Finding(
                code="dns.temperror",
                severity=Severity.UNKNOWN,
                message=say(
                    "The DMARC policy of {domain} could not be looked up: {problem}",
                    domain=author_domain,
                    problem=error.sentence,
                ),
                evidence={"domain": author_domain, "question": f"TXT {error.question.name}", "reason": error.reason},
                reference="RFC 9989 section 4.10",
            )
        except InvalidName:
            found = Finding(
                code="dns.temperror",
                severity=Severity.UNKNOWN,
                message=say("{domain} is no domain name.", domain=repr(author_domain[:80])),
                evidence={"domain": author_domain},
            )
        if found is not None:
            findings.append(found)
    return tuple(findings)


def finding(policy: AuthorPolicy | None, remedies: Remedies = GENERAL) -> Finding | None:
    """What an author domain's policy means for a list; None where it means no harm."""
    if policy is None or policy.applied == "none":
        return None
    domain, reject = policy.author_domain, policy.applied == "reject"
    return Finding(
        code="dmarc.author-reject" if reject else "dmarc.author-quarantine",
        severity=Severity.WARNING if reject else Severity.INFO,
        message=say(
            "{domain} asks receivers to reject mail that fails DMARC. If the list changes a post of {domain} (a footer, a "
            "subject prefix) and leaves From: as it is, receivers refuse it, and the list's software counts the refusals "
            "against the members behind them.",
            domain=domain,
        )
        if reject
        else say(
            "{domain} asks receivers to quarantine mail that fails DMARC. If the list changes a post of {domain} (a footer, "
            "a subject prefix) and leaves From: as it is, receivers put it into the spam folder.",
            domain=domain,
        ),
        evidence={
            "author_domain": domain,
            "record_domain": policy.record.domain,
            "record": policy.record.text,
            "policy": policy.policy,
            "testing": policy.testing,
        },
        fix=Fix(
            action=FixAction.CHANGE,
            name=MITIGATION,
            type="",
            value=remedies.rewrite_from,
        ),
        reference="RFC 9989 section 7.4",
    )


def is_dmarc(text: bytes) -> bool:
    """Whether a TXT record is one of DMARC."""
    name, _, value = text.partition(b";")[0].partition(b"=")
    return name.strip().lower() == b"v" and value.strip() == b"DMARC1"  # section 4.7: the value's case counts
