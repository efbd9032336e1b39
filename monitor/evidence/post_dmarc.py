"""Posts that were seen to fail DMARC, by what their author's domain asks receivers to do with them. Pure.

A list that changes a post breaks its author's DKIM signature, and the list's SPF does not align with the author's
domain (RFC 9989 section 7.4). What DNS kept from us is no failure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.dmarc.policy import MITIGATION
from monitor.evidence.canary.source import is_post
from monitor.managers.remedies import Remedies
from monitor.model.evidence import Arrival, AuthResult, Seen
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.lists import MailingList
from monitor.model.post_policies import FailedPosts, PostPolicies
from monitor.phrase.phrase import Phrase, joined, listed, plural, say

POSTS_SEEN_FOR: Final = timedelta(days=7)  # most lists have a post a week
DOMAINS_NAMED: Final = 10  # in one finding
# From half of the posts on, and below.
SEVERITIES: Final = {
    "reject": (Severity.CRITICAL, Severity.WARNING),
    "quarantine": (Severity.WARNING, Severity.INFO),
}
# What becomes of others' posts, and what is asked of the list's own mail.
ASKED: Final = {
    "reject": say(
        "Its owner asks receivers to reject such mail: receivers refuse them, and the list's software counts the refusals "
        "against the members behind them."
    ),
    "quarantine": say("Its owner asks receivers to quarantine such mail: receivers put them into the spam folder."),
}
ASKED_OF_OWN: Final = {
    "reject": say("Its policy asks receivers to reject it."),
    "quarantine": say("Its policy asks receivers to quarantine it."),
}
REPORTED: Final = say("Its policy asks receivers to report it and no more.")
SIGNING: Final = say("how the list's mail is signed")


def posts_among(mail: Sequence[Seen], now: datetime) -> list[Arrival]:
    """The list's posts that arrived of late, in that order; no probes."""
    return [
        each
        for each in mail
        if isinstance(each, Arrival) and is_post(each) and now - each.received_at <= POSTS_SEEN_FOR
    ]


def own_domains(listed: MailingList) -> frozenset[str]:
    """Domains in whose name the list itself sends."""
    return frozenset(address.rpartition("@")[2].lower() for address in (listed.address, listed.reverse_path))


def post_policies(mail: Sequence[Seen], listed: MailingList, *, now: datetime) -> PostPolicies:
    """How many of the posts seen, newest first, fail DMARC under each policy that asks for more than a report."""
    posts, own = posts_among(mail, now), own_domains(listed)
    failed = {policy: _failed(posts, own, policy) for policy in SEVERITIES}
    return PostPolicies(
        seen=len(posts),
        failed={
            policy: FailedPosts(posts=len(each), first=min(one.received_at for one in each))
            for policy, each in failed.items()
            if each
        },
    )


def refused_posts(posts: Sequence[Arrival], own: frozenset[str], remedies: Remedies) -> Iterator[Finding]:
    """One finding for each policy that asks for more than a report; posts are newest first, `own` the list's domains.

    Once From is the list's own where it was the author's before, the setting was changed, and nothing is told.
    """
    for policy, (often, seldom) in SEVERITIES.items():
        failed = _failed(posts, own, policy)
        if not failed:
            continue
        domains = sorted({_author(each) for each in failed})
        yield Finding(
            code="dmarc.post-reject" if policy == "reject" else "dmarc.post-quarantine",
            severity=often if 2 * len(failed) >= len(posts) else seldom,
            message=joined(" ", (_failing(failed, len(posts), domains), ASKED[policy])),
            evidence={
                "author_domains": domains,
                "policy": policy,
                "failed": len(failed),
                "seen": len(posts),
                "changed": sum(map(_was_changed, failed)),
            },
            fix=Fix(action=FixAction.CHANGE, name=MITIGATION, type="", value=remedies.rewrite_from),
            reference="RFC 9989 section 7.4",
        )


def own_mail_refused(mail: Sequence[Arrival], own: frozenset[str], remedies: Remedies) -> Iterator[Finding]:
    """The finding where the newest mail with the list in From, a probe or a post, fails DMARC of the list's domain."""
    newest = next((each for each in mail if _author(each) in own), None)
    if newest is None or newest.dmarc is None or newest.dmarc.result is not AuthResult.FAIL:
        return
    domain, policy = newest.dmarc.author_domain, newest.dmarc.applied
    yield Finding(
        code="post.unaligned",
        severity=SEVERITIES[policy][0] if policy in SEVERITIES else Severity.INFO,
        message=joined(
            " ",
            (
                say(
                    "Mail from {domain}, the list's own domain, fails DMARC where it arrives: SPF passed for no domain that "
                    "aligns with it, and no valid signature of such a domain was there.",
                    domain=domain,
                ),
                ASKED_OF_OWN.get(policy or "", REPORTED),
            ),
        ),
        evidence={
            "author_domain": domain,
            "policy": policy,
            "reverse_path_domain": newest.reverse_path.rpartition("@")[2],
            "signing_domains": [each.domain for each in newest.dkim],
        },
        fix=Fix(
            action=FixAction.CHANGE,
            name=SIGNING,
            type="",
            value=remedies.signing(domain),
        ),
        reference="RFC 9989 section 4.4",
    )


def _failed(posts: Sequence[Arrival], own: frozenset[str], policy: str) -> list[Arrival]:
    """Posts of other authors that fail under that policy; none where the list has replaced From since."""
    failed = [each for each in posts if _author(each) not in own and _fails(each, policy)]
    return [] if not failed or _mended(posts, failed) else failed


def _author(mail: Arrival) -> str:
    return "" if mail.dmarc is None else mail.dmarc.author_domain.lower()


def _fails(mail: Arrival, policy: str) -> bool:
    return mail.dmarc is not None and mail.dmarc.result is AuthResult.FAIL and mail.dmarc.applied == policy


def _mended(posts: Sequence[Arrival], failed: Sequence[Arrival]) -> bool:
    """Whether all posts with the list in From came after those that failed."""
    replaced = [each.received_at for each in posts if each.from_list]
    return bool(replaced) and min(replaced) > max(each.received_at for each in failed)


def _was_changed(mail: Arrival) -> bool:
    """Whether the author's domain had signed it, and the signature is broken."""
    return any(
        each.result is AuthResult.FAIL and f".{_author(mail)}".endswith(f".{each.domain.lower()}") for each in mail.dkim
    )


def _failing(failed: Sequence[Arrival], seen: int, domains: Sequence[str]) -> Phrase:
    """How many of the posts fail, of whose authors, and why."""
    named = listed(domains[:DOMAINS_NAMED], "comma")
    if len(domains) > DOMAINS_NAMED:
        named = say("{domains} and {n} more", domains=named, n=len(domains) - DOMAINS_NAMED)
    changed = all(map(_was_changed, failed))
    if len(failed) == seen and changed:
        return plural(
            "The one post that reached us in the last seven days fails DMARC of {domains}, in whose name it was signed "
            "before the list changed it.",
            "All {n} posts that reached us in the last seven days fail DMARC of {domains}, in whose name they were signed "
            "before the list changed them.",
            seen,
            domains=named,
        )
    if len(failed) == seen:
        return plural(
            "The one post that reached us in the last seven days fails DMARC of {domains}, in whose name it still stands, "
            "and no valid signature of it is left on it.",
            "All {n} posts that reached us in the last seven days fail DMARC of {domains}, in whose name they still stand, "
            "and no valid signature of it is left on them.",
            seen,
            domains=named,
        )
    if changed:
        return plural(
            "{n} of the {seen} posts that reached us in the last seven days fails DMARC of {domains}, in whose name it was "
            "signed before the list changed it.",
            "{n} of the {seen} posts that reached us in the last seven days fail DMARC of {domains}, in whose name they "
            "were signed before the list changed them.",
            len(failed),
            seen=seen,
            domains=named,
        )
    return plural(
        "{n} of the {seen} posts that reached us in the last seven days fails DMARC of {domains}, in whose name it still "
        "stands, and no valid signature of it is left on it.",
        "{n} of the {seen} posts that reached us in the last seven days fail DMARC of {domains}, in whose name they still "
        "stand, and no valid signature of it is left on them.",
        len(failed),
        seen=seen,
        domains=named,
    )
