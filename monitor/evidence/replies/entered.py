"""What a stretch of a log enters in the ledger of one list. Pure."""

from typing import Final

from monitor.evidence.entry import Entry
from monitor.evidence.replies.counted import OfList

SOURCE: Final = "log"  # of replies that an MTA's log told, in ledgers


def entry_of(told: OfList) -> Entry | None:
    """Its replies, and the posts that went out; None where there are none. The same again counts once."""
    posts = tuple(sorted((at, post) for post, at in told.posts.items()))
    times = [*(each.at for each in told.replies), *(at for at, _ in posts)]
    return Entry(source=SOURCE, at=max(times), replies=told.replies, posts=posts) if times else None
