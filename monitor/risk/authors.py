"""How often a receiver refuses a post for what its author's domain asks, by the posts that arrived here. Pure.

It is the post that is refused, over either address family, whatever the list's set-up is: a list that changes posts and
keeps their From breaks DMARC of some authors and not of others (RFC 9989 section 7.4). Every subscriber there bears the
refusal, so that the share of such posts is the chance that a post bounces.
"""

from datetime import datetime
from typing import Final

from monitor.model.post_policies import FailedPosts
from monitor.model.risk import FailureRate
from monitor.phrase.phrase import plural, say
from monitor.risk.facts import RiskFacts
from monitor.risk.failure_rate import Rate

PRIOR: Final = 0.5  # Jeffreys' Beta(1/2, 1/2): nothing is known of a list's authors before a post of theirs failed


def author_rate(facts: RiskFacts, receiver: str) -> Rate | None:
    """The chance that a post is refused there for its author's sake; None where no post was seen that would be."""
    failed = _refused(facts, receiver)
    if failed is None:
        return None
    seen = facts.posts.seen
    return Rate(
        broken=0.0,
        sporadic=1.0,
        alpha=PRIOR + failed.posts,
        beta=PRIOR + seen - failed.posts,
        failed=float(failed.posts),
        passed=float(seen - failed.posts),
        evidence=(
            plural(
                "{n} of {seen} posts that arrived here fails DMARC of an author whose domain asks to refuse it",
                "{n} of {seen} posts that arrived here fail DMARC of authors whose domains ask to refuse them",
                failed.posts,
                seen=seen,
            ),
        ),
    )


def with_posts(rate: Rate | None, posts: Rate) -> FailureRate:
    """How often a post is refused over one family, for what is reckoned of it or for its author's sake."""
    of_posts = posts.summary()
    if rate is None:
        return of_posts
    of_family = rate.summary()
    return FailureRate(
        mean=_either(of_family.mean, of_posts.mean),
        low=_either(of_family.low, of_posts.low),
        high=_either(of_family.high, of_posts.high),
        evidence=(
            *of_posts.evidence,
            *(say("for other reasons {evidence}", evidence=each) for each in of_family.evidence),
        ),
    )


def refused_since(facts: RiskFacts, receiver: str) -> datetime | None:
    """When the first of them arrived, where no other post was seen; None where some posts are taken."""
    failed = _refused(facts, receiver)
    return failed.first if failed is not None and failed.posts == facts.posts.seen else None


def _either(one: float, other: float) -> float:
    return 1.0 - (1.0 - one) * (1.0 - other)


def _refused(facts: RiskFacts, receiver: str) -> FailedPosts | None:
    return facts.posts.refused(facts.policies_refused.get(receiver, frozenset()))
