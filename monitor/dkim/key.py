"""A key record (RFC 6376 section 3.6.1) made a key; its parsing and its arithmetic are dkimpy's.

That is imported where it is used: it takes a tenth of a second, and a check of a list without a known key needs none.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from monitor.dkim.tags import read_tags
from monitor.errors import Unparsable

KEY_BITS_MIN: Final = 1024  # RFC 8301 section 3.2: shorter ones are not valid
KEY_BITS_MAX: Final = 8192  # RFC 8301 asks for 4096; beyond this a hostile key would only burn our time
EXPONENT_BITS_MAX: Final = 64  # likewise; real ones have 17
RECORD_OCTETS_MAX: Final = 4096  # an 8192-bit key has 1400 characters

# Whether a signature is that of a hash object's digest.
Verify = Callable[[Any, bytes], bool]


class TooLarge(Unparsable):
    """A key whose arithmetic would take too long."""


@lru_cache(maxsize=256)  # a list signs with the same key again and again; parsing it costs as much as verifying
def read_key(record: bytes) -> Verify:
    """How to verify with the key. Raises Unparsable with the reason why it cannot be used."""
    key, bits, kind = _read(record)
    if kind != b"rsa":
        return lambda hashed, signature: _verify_ed25519(key, hashed, signature)
    if bits < KEY_BITS_MIN:
        raise Unparsable(f"the key has {bits} bits; RFC 8301 demands {KEY_BITS_MIN}")
    _check_size(key, bits)
    return lambda hashed, signature: _verify_rsa(key, hashed, signature)


def read_size(record: bytes) -> int:
    """The key's size in bits. Raises Unparsable where the record is no key, TooLarge where it cannot be used."""
    key, bits, kind = _read(record)
    if kind == b"rsa":
        _check_size(key, bits)
    return bits


def _check_size(key: Any, bits: int) -> None:
    """Nothing for an RSA key that may be used. Raises TooLarge."""
    if bits > KEY_BITS_MAX or int(key["publicExponent"]).bit_length() > EXPONENT_BITS_MAX:
        raise TooLarge("the key is too large")


def _read(record: bytes) -> tuple[Any, int, bytes]:
    """The key, its size in bits, its kind. Raises Unparsable."""
    if len(record) > RECORD_OCTETS_MAX:
        raise Unparsable("the key record is too long")
    import dkim

    try:
        key, bits, kind, _ = dkim.evaluate_pk("", _without_services(record))
    except Exception as error:  # dkimpy lets ValueError, IndexError and others escape on hostile records
        raise Unparsable(
            "the key is revoked" if _is_revoked(record) else f"the key record is unusable: {error}"
        ) from error
    return key, bits, kind


def _without_services(record: bytes) -> bytes:
    """The record without its s=, of which dkimpy knows no list, and then gives no key. Raises Unparsable.

    A key for mail says `*` or `email` among its services (RFC 6376 section 3.6.1).
    """
    tags = read_tags(record)
    services = {each.strip() for each in tags.get(b"s", b"*").split(b":")}
    if not {b"*", b"email"} & services:
        raise Unparsable("its s= says that the key is not for mail")
    return b"; ".join(name + b"=" + said for name, said in tags.items() if name != b"s") if b"s" in tags else record


def _is_revoked(record: bytes) -> bool:
    """Whether p= is there and empty."""
    specs = (spec.partition(b"=") for spec in record.split(b";"))
    return any(name.strip() == b"p" and equals and not value.strip() for name, equals, value in specs)


def _verify_rsa(key: Any, hashed: Any, signature: bytes) -> bool:
    """RFC 8017 section 8.2.2."""
    from dkim.crypto import RSASSA_PKCS1_v1_5_verify

    return bool(RSASSA_PKCS1_v1_5_verify(hashed, signature, key))


def _verify_ed25519(key: Any, hashed: Any, signature: bytes) -> bool:
    """RFC 8463 section 3: what is signed is the hash."""
    from nacl.exceptions import CryptoError
    from nacl.exceptions import ValueError as WrongLength

    try:
        key.verify(hashed.digest(), signature)
    except (CryptoError, WrongLength):
        return False
    return True
