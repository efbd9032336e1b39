"""Whether signatures by a key can be verified, by what stands at its name (RFC 6376 sections 3.6.1 and 6.1.2). Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from monitor.dkim.key import KEY_BITS_MIN, RECORD_OCTETS_MAX, TooLarge, read_size
from monitor.dkim.tags import read_tags
from monitor.errors import Unparsable
from monitor.inert import inert
from monitor.model.signing import DkimKey, KeyOutcome, KeyState
from monitor.phrase.phrase import say

KEY_BITS_RECOMMENDED: Final = 2048  # RFC 8301 section 3.2: signers should use this at least
ALGORITHMS: Final = ("rsa", "ed25519")  # RFC 6376 section 3.3, RFC 8463 section 3
_SAID_CHARS_MAX: Final = 40  # of a wrong value in a sentence


def judge_key(key: DkimKey, texts: Sequence[bytes]) -> KeyOutcome:
    """What the TXT records at the key's name mean for signatures by it; none for a name without."""
    if not texts:
        return KeyOutcome(key=key, state=KeyState.MISSING, problem=say("there is none"))
    if len(texts) > 1:
        return KeyOutcome(key=key, state=KeyState.SEVERAL, problem=say("{n} TXT records stand there", n=len(texts)))
    try:
        tags = _tags(texts[0])
        algorithm = tags.get("k", "rsa")
        testing = "y" in _several(tags.get("t", ""))
        if not tags["p"]:
            return KeyOutcome(key=key, state=KeyState.REVOKED, problem=say("its p= is empty"), algorithm=algorithm)
        bits = _size(texts[0], algorithm)
    except Unparsable as error:
        return KeyOutcome(key=key, state=KeyState.UNUSABLE, problem=error.sentence)
    rsa = algorithm == "rsa"
    short = rsa and bits < KEY_BITS_MIN
    return KeyOutcome(
        key=key,
        state=KeyState.SHORT if short else KeyState.IN_ORDER,
        problem=say(
            "it has {bits} bits, and receivers must not take one of fewer than {least}",
            bits=str(bits),
            least=str(KEY_BITS_MIN),
        )
        if short
        else None,
        algorithm=algorithm,
        bits=bits if rsa else None,
        testing=testing,
    )


def without_testing(record: bytes) -> str:
    """The record without the flag `y`: what to publish once signing works."""
    kept = []
    for spec in record.decode("ascii", "replace").split(";"):
        name, equals, said = spec.partition("=")
        flags = [each for each in _several(said) if each != "y"]
        if name.strip() == "t" and equals:
            if flags:
                kept.append(f"{name}={':'.join(flags)}")
        else:
            kept.append(spec)
    return ";".join(kept).strip()


def _tags(record: bytes) -> Mapping[str, str]:
    """The record's tags. Raises Unparsable with the reason why no verifier may use it."""
    if len(record) > RECORD_OCTETS_MAX:
        raise Unparsable(say("it has more than {n} octets", n=RECORD_OCTETS_MAX))
    try:
        tags = {name.decode("ascii"): said.decode("ascii", "replace") for name, said in read_tags(record).items()}
    except Unparsable as error:
        raise Unparsable(say("it is no list of tags ({why})", why=error.sentence)) from error
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        raise Unparsable(say("its v= is not DKIM1, or does not stand first"))
    if "p" not in tags:
        raise Unparsable(say("it has no p=, so it is no key"))
    if tags.get("k", "rsa") not in ALGORITHMS:
        raise Unparsable(say("k={value} is an algorithm that no verifier knows", value=_said(tags["k"])))
    if "h" in tags and "sha256" not in _several(tags["h"]):
        raise Unparsable(
            say(
                "h={value} leaves out sha256, the only hash that is valid (RFC 8301 section 3.1)",
                value=_said(tags["h"]),
            )
        )
    if "s" in tags and not {"*", "email"} & set(_several(tags["s"])):
        raise Unparsable(say("s={value} says that the key is not for mail", value=_said(tags["s"])))
    return tags


def _size(record: bytes, algorithm: str) -> int:
    """The key's size in bits. Raises Unparsable."""
    try:
        return read_size(record)
    except TooLarge:
        raise Unparsable(say("the key is too large for verifiers")) from None
    except Unparsable:
        raise Unparsable(say("what its p= holds is no {algorithm} key", algorithm=algorithm)) from None


def _several(said: str) -> list[str]:
    return [each.strip() for each in said.split(":")]


def _said(text: str) -> str:
    return inert(text[:_SAID_CHARS_MAX])
