"""Whether a message offers to unsubscribe by one click so that receivers may believe it (RFC 8058). Pure."""

from collections.abc import Sequence
from typing import Final

from monitor.model.evidence import AuthResult, DkimSignature
from monitor.model.header import COVERABLE, UNSUBSCRIBE, UNSUBSCRIBE_POST, OneClick
from monitor.trace.header import Header, values

FIELD_OCTETS_MAX: Final = 8192  # of List-Unsubscribe; servers take URLs of 8000 octets (RFC 9110 section 4.1)
PAIR: Final = b"List-Unsubscribe=One-Click"  # section 3.1, the only value
HTTPS: Final = b"https://"


def one_click(header: Header, signatures: Sequence[DkimSignature]) -> OneClick | None:
    """What the fields offer, and whether a valid signature covers both.

    None where that hangs on a signature whose key DNS kept from us.
    """
    links, pairs = values(header, UNSUBSCRIBE), values(header, UNSUBSCRIBE_POST)
    if not pairs:
        return OneClick.ABSENT
    if pairs != (PAIR,) or len(links) != 1 or not _has_https(links[0][:FIELD_OCTETS_MAX]):
        return OneClick.MALFORMED  # a sender places one of each; of several a signature covers the lowest alone
    covering = {each.result for each in signatures if set(COVERABLE) <= set(each.covers or ())}
    if AuthResult.PASS in covering:
        return OneClick.COVERED
    return None if AuthResult.TEMPERROR in covering else OneClick.UNCOVERED


def _has_https(field: bytes) -> bool:
    """Whether one of the URIs in angle brackets is an https one; blanks within are none of it (RFC 2369 section 2)."""
    uris = (b"".join(part.partition(b">")[0].split()) for part in field.split(b"<")[1:] if b">" in part)
    return any(uri[: len(HTTPS)].lower() == HTTPS and len(uri) > len(HTTPS) for uri in uris)
