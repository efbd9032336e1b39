"""Unguessable names for what may be looked at without a token: one list's badge, feed, or page for its owners. Pure."""

from collections.abc import Iterable
from typing import Final, Literal

from monitor.signing import as_text, matches, sign

Purpose = Literal["badge", "feed", "owner"]
MAC_CHARS: Final = 32  # 160 bits in base32 (RFC 4648 section 6)


def key_for(signing_key: bytes, purpose: Purpose, list_id: str) -> str:
    """The key that opens one list for one purpose: "signature-list"."""
    return f"{_mac(signing_key, purpose, list_id)}-{list_id}"


def list_of(signing_keys: Iterable[bytes], purpose: Purpose, key: str) -> str | None:
    """The list that a key opens; None where it is not one of ours, under whichever of our signing keys."""
    mac, dash, list_id = key[:MAC_CHARS], key[MAC_CHARS : MAC_CHARS + 1], key[MAC_CHARS + 1 :]
    known = any(matches(_mac(each, purpose, list_id), mac) for each in signing_keys)
    return list_id if known and dash == "-" else None


def _mac(signing_key: bytes, purpose: Purpose, list_id: str) -> str:
    return as_text(sign(signing_key, purpose, list_id), chars=MAC_CHARS)
