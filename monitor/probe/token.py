"""Token addresses: the signed, expiring local parts that the receiver accepts, bound to one list and one probe.

Layout of the 36 octets (40 with a rule), base32 without padding (RFC 4648 section 6) in lower case:

    kind and refusals 1 | probe id 10 | expires_at 4 (seconds since 1970, unsigned) | list tag 5 | rule tag 0 or 4 | MAC
    16

- 58 characters, 64 with a rule: within the 64 octets of RFC 5321 section 4.5.3.1.1. Letters and digits only, read
  without regard to case, so that an MTA that folds case does no harm (section 2.4 forbids it; some do).
- The MAC is HMAC-SHA256 cut to 128 bits, half of its length, the least that RFC 2104 section 5 advises. A forger has
  one guess an SMTP command, so that 128 bits hold.
- List ids are of any length, so the token carries a keyed 40-bit tag of the list id. The tag only finds the list among
  the few that are watched; the MAC, which covers it, is what proves that we made the token for that list.
- One octet string has exactly one accepted spelling (but for case): spare bits of the last character must be zero.

The kind (low four bits) keeps addresses for different purposes apart: a token of one kind is never valid as another.
The high four bits say how often a probe with a rule is refused before it is accepted; 15 is always.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import Final

from monitor.errors import InvalidToken

PROBE_ID_OCTETS: Final = 10  # 80 bits: 16 base32 characters without padding; two of 10^9 probes collide with p < 10^-6
EXPIRY_OCTETS: Final = 4  # until the year 2106
LIST_TAG_OCTETS: Final = 5
RULE_TAG_OCTETS: Final = 4
MAC_OCTETS: Final = 16  # RFC 2104 section 5: at least half of the hash
KEY_OCTETS_MIN: Final = 16  # a key shorter than the MAC would be its weakest part
ALWAYS: Final = 15  # refusals: never accepted
LOCAL_PART_MAX: Final = 64  # RFC 5321 section 4.5.3.1.1


class TokenKind(IntEnum):
    """What an address is for."""

    PROBE = 1  # a probe: evidence of how the list's mail comes to us
    BOUNCE = 2  # reverse-path of our own mail: DSNs come back to it
    CANARY = 3  # a subscriber's address: real posts of the list arrive at it
    AS_RULE = 4  # a probe that is answered as a receiver rule demands
    DIRECT = 5  # a probe that goes around the list's MTA: evidence of the network, not of the list's mail
    COPIES = 6  # the bounces of a list's posts are copied to it
    NOTICE = 7  # reverse-path of a notice: its bounce comes back to it
    REPORTS = 8  # receivers send their reports to it (RFC 9990, RFC 8460)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """What a valid token says. `list_tag` finds the list among those that are watched."""

    kind: TokenKind
    probe_id: str
    list_tag: bytes
    expires_at: datetime
    rule_tag: bytes = b""
    refusals: int = 0  # AS_RULE: so many attempts are refused; ALWAYS for all


def make_probe_id(key: bytes, list_id: str, slot: int) -> str:
    """The id of the probe of one list and slot: 16 lower-case base32 characters, always the same.

    It cannot be guessed without the key. A probe asked for by hand takes a slot of its own.
    """
    return _encode(_mac(key, b"probe-id", list_id.encode(), str(slot).encode())[:PROBE_ID_OCTETS])


def issue(
    key: bytes,
    *,
    list_id: str,
    probe_id: str,
    expires_at: datetime,
    kind: TokenKind = TokenKind.PROBE,
    rule: str | None = None,
    refusals: int = 0,
) -> str:
    """The local part for one probe; `rule` (the id of a receiver rule) and `refusals` go with AS_RULE alone.

    Raises ValueError where an argument is not what its name says: a mistake of ours, never outside text.
    """
    if len(key) < KEY_OCTETS_MIN:
        raise ValueError(f"the signing key has {len(key)} octets; at least {KEY_OCTETS_MIN} are needed")
    if (rule is not None) != (kind is TokenKind.AS_RULE):
        raise ValueError("a rule goes with AS_RULE, and AS_RULE with a rule")
    if not 0 <= refusals <= ALWAYS or (refusals and rule is None):
        raise ValueError(f"refusals are 0 to {ALWAYS} and go with a rule")
    probe = _decode(probe_id)
    if probe is None or len(probe) != PROBE_ID_OCTETS:
        raise ValueError(f"not a probe id: {probe_id!r}; make_probe_id makes them")
    claims = (
        bytes([kind | refusals << 4])
        + probe
        + int(expires_at.timestamp()).to_bytes(EXPIRY_OCTETS, "big")
        + list_tag(key, list_id)
        + (b"" if rule is None else rule_tag(key, rule))
    )
    return _encode(claims + _mac(key, b"token", claims)[:MAC_OCTETS])


def verify(key: bytes, local_part: str, *, now: datetime) -> TokenClaims:
    """What the token in an address says, once its MAC and its date are proven.

    Raises InvalidToken (`malformed`, `forged` or `expired`) for every other text; nothing else, whatever the text.
    """
    octets = _decode(local_part)
    if octets is None:
        raise InvalidToken("malformed")
    claims, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
    fixed = 1 + PROBE_ID_OCTETS + EXPIRY_OCTETS + LIST_TAG_OCTETS
    if len(claims) not in (fixed, fixed + RULE_TAG_OCTETS):
        raise InvalidToken("malformed")
    if not hmac.compare_digest(mac, _mac(key, b"token", claims)[:MAC_OCTETS]):
        raise InvalidToken("forged")
    probe_end, expiry_end = 1 + PROBE_ID_OCTETS, 1 + PROBE_ID_OCTETS + EXPIRY_OCTETS
    try:
        kind = TokenKind(claims[0] & 0x0F)
    except ValueError:
        raise InvalidToken("malformed") from None
    expires_at = datetime.fromtimestamp(int.from_bytes(claims[probe_end:expiry_end], "big"), UTC)
    if now >= expires_at:
        raise InvalidToken("expired")
    return TokenClaims(
        kind=kind,
        probe_id=_encode(claims[1:probe_end]),
        list_tag=claims[expiry_end:fixed],
        expires_at=expires_at,
        rule_tag=claims[fixed:],
        refusals=claims[0] >> 4,
    )


def list_tag(key: bytes, list_id: str) -> bytes:
    """The keyed tag that stands for a list id in tokens: 5 octets."""
    return _mac(key, b"list", list_id.encode())[:LIST_TAG_OCTETS]


def rule_tag(key: bytes, rule: str) -> bytes:
    """The keyed tag that stands for a receiver rule's id in tokens: 4 octets."""
    return _mac(key, b"rule", rule.encode())[:RULE_TAG_OCTETS]


def _mac(key: bytes, purpose: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the purpose and the parts, each behind its length, so that no two calls mean the same octets."""
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in (b"staysub", purpose, *parts))
    return hmac.digest(key, framed, sha256)


def _encode(octets: bytes) -> str:
    return base64.b32encode(octets).rstrip(b"=").decode("ascii").lower()


def _decode(text: str) -> bytes | None:
    """The octets behind base32 text of either case; None unless `_encode` gives the text back."""
    if not text.isascii() or len(text) > LOCAL_PART_MAX:
        return None
    try:
        octets = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    return octets if _encode(octets) == text.lower() else None
