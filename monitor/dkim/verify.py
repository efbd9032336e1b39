"""DKIM signatures of an arrived message, each with its own result (RFC 6376 section 6): dkimpy behind one adapter."""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import dkim

from monitor.dns.answer import Resolver
from monitor.errors import DnsUnavailable
from monitor.model.evidence import AuthResult, DkimSignature
from monitor.trace.header import Header, values

SIGNATURES_MAX: Final = 10  # RFC 6376 section 6.1 allows a limit: each costs a question and a hash of the body
KEY_BITS_MIN: Final = 1024  # RFC 8301 section 3.2: shorter ones are not valid
KEY_BITS_MAX: Final = 8192  # RFC 8301 asks for 4096; beyond this a hostile key would only burn our time
EXPONENT_BITS_MAX: Final = 64  # likewise; real ones have 17
NAME_CHARS_MAX: Final = 255  # RFC 1035 section 2.3.4; what is longer was no name
PROBLEM_CHARS_MAX: Final = 300
RECORD_OCTETS_MAX: Final = 4096  # an 8192-bit key has 1400 characters

_SILENT: Final = logging.getLogger("staysub.dkim")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False  # dkimpy logs each bad signature as an error; for us it is a value


def verify_all(message: bytes, header: Header, resolver: Resolver) -> tuple[DkimSignature, ...]:
    """Every DKIM-Signature, topmost first, with the words of RFC 8601 section 2.7.1. Without one, an empty tuple.

    `header` is that of the message, as read_header gives it.

    `permerror` is a signature or key that can never be verified, `temperror` DNS trouble of anybody: unknown.
    """
    fields = values(header, "dkim-signature")[:SIGNATURES_MAX]
    return tuple(_verify(message, index, _tags(value), resolver) for index, value in enumerate(fields))


@dataclass(slots=True)
class _KeyLookup:
    """dkimpy's `dnsfunc` over our resolver; remembers why a key could not be had, which dkimpy does not tell."""

    resolver: Resolver
    problem: str | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: bytes, timeout: float = 0) -> bytes | None:  # noqa: ARG002 - dkimpy passes it by name
        owner = name.decode("utf-8", "replace").removesuffix(".")
        self.asked.append(owner)
        keys = self.resolver.lookup(owner, "TXT").texts
        if not keys:
            self.problem = f"no key at {owner}"  # RFC 6376 section 6.1.2, item 3
            return None
        key = keys[0]  # several: undefined (section 3.6.2.2); the first is as good as any
        self.problem = _unusable(key)
        return None if self.problem else key


@lru_cache(maxsize=256)  # a list signs with the same key again and again; parsing it costs as much as verifying
def _unusable(record: bytes) -> str | None:
    """Why a key record cannot be used; None where it can."""
    if len(record) > RECORD_OCTETS_MAX:
        return "the key record is too long"
    try:
        key, bits, kind, _ = dkim.evaluate_pk("", record)
    except Exception as error:  # noqa: BLE001 - dkimpy lets ValueError, IndexError and others escape on hostile records
        return "the key is revoked" if _tags(record).get("p") == "" else f"the key record is unusable: {error}"
    if kind == b"rsa":
        if bits < KEY_BITS_MIN:
            return f"the key has {bits} bits; RFC 8301 demands {KEY_BITS_MIN}"
        if bits > KEY_BITS_MAX or int(key["publicExponent"]).bit_length() > EXPONENT_BITS_MAX:
            return "the key is too large"
    return None


def _verify(message: bytes, index: int, tags: dict[str, str], resolver: Resolver) -> DkimSignature:
    algorithm = tags.get("a", "")
    result, problem = _result(message, index, algorithm, _KeyLookup(resolver))
    return DkimSignature(
        domain=tags.get("d", "").lower()[:NAME_CHARS_MAX],
        selector=tags.get("s", "").lower()[:NAME_CHARS_MAX],
        algorithm=algorithm[:NAME_CHARS_MAX],
        result=result,
        problem=None if problem is None else problem[:PROBLEM_CHARS_MAX],
    )


def _result(message: bytes, index: int, algorithm: str, lookup: _KeyLookup) -> tuple[AuthResult, str | None]:
    if algorithm == "rsa-sha1":
        return AuthResult.PERMERROR, "rsa-sha1 must not be used (RFC 8301 section 3.1)"
    try:
        verifier: Any = dkim.DKIM(message, logger=_SILENT, minkey=KEY_BITS_MIN)
        valid = verifier.verify(idx=index, dnsfunc=lookup)
    except DnsUnavailable as error:
        return AuthResult.TEMPERROR, str(error)
    except dkim.ValidationError as error:
        # Raised for a wrong body hash and for bad syntax alike; only the former comes after a key was found.
        found = bool(lookup.asked) and lookup.problem is None
        return AuthResult.FAIL if found else AuthResult.PERMERROR, str(error)
    except Exception as error:  # noqa: BLE001 - dkimpy lets many kinds escape on hostile octets; the arrival must not be lost
        return AuthResult.PERMERROR, f"{type(error).__name__}: {error}"
    if lookup.problem:
        return AuthResult.PERMERROR, lookup.problem
    return (AuthResult.PASS, None) if valid else (AuthResult.FAIL, "the signature does not verify")


def _tags(value: bytes) -> dict[str, str]:
    """The tag list (RFC 6376 section 3.2) read leniently, for names only; whitespace inside values is dropped."""
    pairs = (part.partition("=") for part in value.decode("utf-8", "replace").split(";"))
    return {name.strip(): "".join(text.split()) for name, equals, text in pairs if equals}
