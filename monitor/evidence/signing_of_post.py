"""What a post that somebody gave us shows of how its list's mail is signed. Pure.

A post that was copied by hand seldom verifies: a body that was touched says nothing about the list. So only which key
signed it is learnt, and the key's record is looked at with each check.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from monitor.dkim.signature import ALGORITHMS
from monitor.dkim.tags import read_names
from monitor.dmarc.evaluate import author_domain
from monitor.errors import Unparsable
from monitor.evidence.seen_mail import is_own
from monitor.model.lists import MailingList
from monitor.model.signing import DkimKey, KnownBy, SignedAs
from monitor.phrase.phrase import say
from monitor.trace.dates import read_date
from monitor.trace.header import Header, read_header, values
from monitor.trace.mailbox import first_message

SIGNATURES_MAX: Final = 20  # that are looked at: real posts have a few
FIELD_OCTETS_MAX: Final = 64 << 10
_NAME_CHARS_MAX: Final = 253  # RFC 1035 section 2.3.4, as text


def shown_by_post(octets: bytes, listed: MailingList, *, now: datetime) -> tuple[SignedAs, ...]:
    """One for each signature of the list's own; one without a key where the post has none.

    Raises Unparsable with a sentence where it is no post of the list, or is not whole enough to tell.
    """
    header = read_header(first_message(octets))
    keys = tuple(dict.fromkeys(_keys(header, listed)))
    if not keys:
        _check_whole(header)
    if not any(each.domain in _domains(listed) for each in keys):  # an organisation signs more than its lists' posts
        _check_named(header, listed)
    author = author_domain(values(header, "from"))
    own = listed.address.rpartition("@")[2].lower()
    return tuple(
        SignedAs(
            known_by=KnownBy.POST,
            seen_at=_sent_at(header, now),
            key=key,
            author_domain=author,
            munged=None if author is None else author == own,
        )
        for key in keys or (None,)
    )


def _keys(header: Header, listed: MailingList) -> Iterator[DkimKey]:
    for value in values(header, "dkim-signature")[:SIGNATURES_MAX]:
        tags = read_names(value[:FIELD_OCTETS_MAX])
        domain, selector = tags.get("d", "").lower().rstrip("."), tags.get("s", "").lower()
        named = domain and selector and max(len(domain), len(selector)) <= _NAME_CHARS_MAX
        if named and tags.get("a", "").encode() in ALGORITHMS and is_own(domain, listed):
            yield DkimKey(domain=domain, selector=selector)


def _domains(listed: MailingList) -> frozenset[str]:
    """Whose signature says by itself that the list sent it."""
    named = {each.rpartition("@")[2].lower() for each in (listed.address, listed.reverse_path)}
    return frozenset(named | ({listed.dkim.domain} if listed.dkim else set()))


def _check_whole(header: Header) -> None:
    """Nothing, if the absence of a signature says that the list signs nothing. Raises Unparsable."""
    if not values(header, "received"):
        raise Unparsable(
            say(
                "The message has no Received field, so that it is not whole, and that it has no signature says nothing. Save "
                "it with all its header fields (“show original”, “view source”)."
            )
        )


def _check_named(header: Header, listed: MailingList) -> None:
    """Nothing, if a field says that the list sent it. Raises Unparsable."""
    local, _, domain = listed.address.lower().partition("@")
    names = [listed.address.lower(), f"{local}.{domain}"]  # RFC 2369 section 3.4, RFC 2919 section 3
    fields = b" ".join(values(header, "list-id") + values(header, "list-post")).decode("utf-8", "replace").lower()
    if not any(each in fields for each in names):
        raise Unparsable(
            say(
                "Nothing in the message says that it came through {address}: neither List-Id, nor List-Post, nor a signature "
                "of the list's domain. Give a post as a subscriber received it.",
                address=listed.address,
            )
        )


def _sent_at(header: Header, now: datetime) -> datetime:
    """When it was sent, by its Date; never later than now."""
    said = next(iter(values(header, "date")), b"")[:200].decode("ascii", "replace")
    at = read_date(said)
    return now if at is None else min(at, now)
