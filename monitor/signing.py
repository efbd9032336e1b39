"""What we sign so that nobody else can make it: links, keys of badges and feeds, forms, sessions. Pure."""

import base64
import hmac
from hashlib import sha256


def sign(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA256 (RFC 2104) over the parts, a NUL between them: 32 octets. No part may hold a NUL."""
    return hmac.digest(key, "\0".join(parts).encode("utf-8", "surrogateescape"), sha256)


def as_text(signature: bytes, *, chars: int) -> str:
    """So many characters of a signature, five bits each, in lower case (base32, RFC 4648 section 6)."""
    return base64.b32encode(signature).decode().lower()[:chars]


def matches(known: str, offered: str) -> bool:
    """Whether the two are equal, in time that does not tell how much of them is; `offered` may be any text."""
    return hmac.compare_digest(known.encode("utf-8", "surrogateescape"), offered.encode("utf-8", "surrogatepass"))
