"""Posts of a list that arrived, by what their authors' domains ask receivers to do with those that fail DMARC."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MOST: Final = 0.5  # from this share of the posts on, what becomes of them is what becomes of the list's mail


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPosts:
    """Posts that fail DMARC under one policy, and when the first of them came."""

    posts: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPolicies:
    """All posts that arrived lately, and those that fail DMARC of an author other than the list, by policy."""

    seen: int
    failed: Mapping[str, FailedPosts] = field(default_factory=dict)

    @property
    def usual(self) -> str | None:
        """The strictest policy under which half of the posts or more fail, stricter ones included; else None."""
        posts = 0
        for policy in ("reject", "quarantine"):
            posts += self.failed[policy].posts if policy in self.failed else 0
            if posts and posts >= MOST * self.seen:
                return policy
        return None

    def refused(self, policies: Collection[str]) -> FailedPosts | None:
        """Those that a receiver refuses which refuses for these policies; None where there is none."""
        hit = [each for policy, each in self.failed.items() if policy in policies]
        if not hit:
            return None
        return FailedPosts(posts=sum(each.posts for each in hit), first=min(each.first for each in hit))
