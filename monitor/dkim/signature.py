"""A DKIM-Signature field read (RFC 6376 section 3.5), its size bounded before anything looks into it."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.dkim.canonical import CRLF, RELAXED, SIMPLE, canonical_field
from monitor.dkim.tags import read_tags
from monitor.errors import Unparsable

FIELD_OCTETS_MAX: Final = 64 << 10  # real ones have less than 2 KiB; z= may repeat the header (section 3.5)
SIGNATURE_OCTETS_MAX: Final = 1 << 10  # b= of an 8192-bit key; longer numbers cost the square of their length
LEEWAY: Final = timedelta(hours=10)  # clocks that are wrong, or in another time zone, as dkimpy allows
ALGORITHMS: Final = (b"rsa-sha256", b"ed25519-sha256")  # RFC 8301 section 3, RFC 8463 section 3
_MANDATORY: Final = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
_NO_DOMAIN: Final = re.compile(rb"[()<>\[\]:;@\\,\s]")
_DIGITS: Final = re.compile(rb"[0-9]{1,12}")  # of seconds; what has more is a date beyond all
_LENGTH: Final = re.compile(rb"[0-9]{1,76}")  # section 3.5, l=
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64_GROUP: Final = 4  # octets; RFC 4648 section 4


class NotYet(Exception):
    """The signature was made in a time to come: the signer's clock is wrong, or ours; later it may be verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a signature says of itself, and what of its own field is hashed."""

    algorithm: bytes
    domain: bytes
    selector: bytes
    value: bytes  # b=, decoded
    body_hash: bytes  # bh=, decoded
    body_length: int | None  # l=, in octets; None covers all
    names: tuple[bytes, ...]  # h=, in lower case
    header_form: bytes  # of c=
    body_form: bytes
    own_field: bytes  # canonical, without the value of b= and without CRLF (section 3.7)


def read_signature(field: bytes, *, now: datetime) -> Signature:
    """The signature.

    Raises Unparsable with the reason why it can never be verified (section 6.1.1), NotYet where it cannot be now.
    """
    if len(field) > FIELD_OCTETS_MAX:
        raise Unparsable(f"the signature has more than {FIELD_OCTETS_MAX} octets")
    tags = read_tags(field.partition(b":")[2])
    for name in _MANDATORY:
        if name not in tags:
            raise Unparsable(f"missing {name.decode()}=")
    if tags[b"v"] != b"1":
        raise Unparsable("v= value is not 1")
    if tags[b"a"] == b"rsa-sha1":
        raise Unparsable("rsa-sha1 must not be used (RFC 8301 section 3.1)")
    if tags[b"a"] not in ALGORITHMS:
        raise Unparsable("unknown signature algorithm")
    _check_names(tags)
    _check_times(tags, now)
    names = tuple(each.strip().lower() for each in tags[b"h"].split(b":"))
    if b"from" not in names:
        raise Unparsable("From is not signed (RFC 6376 section 6.1.1)")
    header_form, body_form = _forms(tags.get(b"c", SIMPLE))
    return Signature(
        algorithm=tags[b"a"],
        domain=tags[b"d"],
        selector=tags[b"s"],
        value=_decoded(tags, b"b"),
        body_hash=_decoded(tags, b"bh"),
        body_length=_body_length(tags.get(b"l")),
        names=names,
        header_form=header_form,
        body_form=body_form,
        own_field=canonical_field(_without_value(field), header_form).rstrip(),
    )


def _check_names(tags: Mapping[bytes, bytes]) -> None:
    domain, identity = tags[b"d"].lower(), tags.get(b"i", b"").lower()
    if not domain or (domain.isascii() and _NO_DOMAIN.search(domain)):
        raise Unparsable("d= value is not valid")
    if b"i" in tags and not identity.endswith((b"@" + domain, b"." + domain)):
        raise Unparsable("i= domain is not a subdomain of d=")
    if b"dns/txt" not in [each.strip() for each in tags.get(b"q", b"dns/txt").split(b":")]:
        raise Unparsable("q= value is not dns/txt")


def _check_times(tags: Mapping[bytes, bytes], now: datetime) -> None:
    signed, expires = _seconds(tags, b"t"), _seconds(tags, b"x")
    if signed is not None and signed > (now + LEEWAY).timestamp():
        raise NotYet("t= value is in the future")
    if expires is not None and expires < (now - LEEWAY).timestamp():
        raise Unparsable("x= value is past")
    if signed is not None and expires is not None and expires < signed:
        raise Unparsable("x= value is less than t= value")


def _seconds(tags: Mapping[bytes, bytes], name: bytes) -> int | None:
    if name not in tags:
        return None
    if not _DIGITS.fullmatch(tags[name]):
        raise Unparsable(f"{name.decode()}= value is no date")
    return int(tags[name])


def _body_length(said: bytes | None) -> int | None:
    if said is None:
        return None
    if not _LENGTH.fullmatch(said):
        raise Unparsable("l= value is no length")
    return min(int(said), 1 << 62)


def _forms(said: bytes) -> tuple[bytes, bytes]:
    """Of c=: for the header, and for the body, which is simple where only one is named (section 3.5)."""
    header_form, slash, body_form = said.partition(b"/")
    forms = (header_form, body_form if slash else SIMPLE)
    if any(each not in (SIMPLE, RELAXED) for each in forms):
        raise Unparsable("c= value is unknown")
    return forms


def _decoded(tags: Mapping[bytes, bytes], name: bytes) -> bytes:
    digits = b"".join(tags[name].split())
    if not _BASE64.fullmatch(digits) or len(digits) % _BASE64_GROUP:
        raise Unparsable(f"{name.decode()}= value is not valid base64")
    try:
        value = b64decode(digits)
    except binascii.Error as error:
        raise Unparsable(f"{name.decode()}= value is not valid base64") from error
    if len(value) > SIGNATURE_OCTETS_MAX:
        raise Unparsable(f"{name.decode()}= value is too long")
    return value


def _without_value(field: bytes) -> bytes:
    """The field with the value of b= deleted, the blanks around it too, and nothing else (section 3.7)."""
    name, _, value = field.removesuffix(CRLF).partition(b":")
    return name + b":" + b";".join(_blanked(value)) + CRLF


def _blanked(value: bytes) -> Iterator[bytes]:
    for spec in value.split(b";"):
        tag, equals, _ = spec.partition(b"=")
        yield tag + equals if tag.strip() == b"b" else spec
