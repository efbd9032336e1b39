"""In whose name a list's posts are sent, by the author domains that were seen. Pure."""

from collections.abc import Iterable, Mapping

from monitor.model.evidence import Seen
from monitor.model.lists import MailingList
from monitor.model.organisation import organisation


def author_shares(listed: MailingList, authors: Iterable[str]) -> Mapping[str, float]:
    """Who stands in From of which share of the posts, by organisation; `authors` are the author domains of posts seen.

    A list that rewrites From for some authors, or of which no post was seen, is taken to send all of it in its own
    name. That is the cautious reading, and it does not change with each post: only where every post seen left From as
    its author wrote it do the authors' domains count.
    """
    own = organisation_of(listed.address.rpartition("@")[2])
    seen = [organisation_of(each) for each in authors]
    if not seen or own in seen:
        return {own: 1.0}
    return {each: seen.count(each) / len(seen) for each in dict.fromkeys(seen)}


def is_in_name(mail: Seen, organisation: str) -> bool:
    """Whether that organisation stands in From of the message."""
    return mail.dmarc is not None and organisation_of(mail.dmarc.author_domain) == organisation


def organisation_of(domain: str) -> str:
    """The domain itself where it has no organisation above it."""
    return organisation(domain) or domain.lower()
