"""What the owner of a record probably meant by a term that cannot be used, as owners have been seen to write. Pure."""

import re
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import ip_network
from typing import Final

from monitor.spf.record import MECHANISMS, MODIFIERS, QUALIFIERS, VERSION, Term, parse
from monitor.spf.typography import plain, unescaped

_HOSTNAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9])?\.[A-Za-z]{2,}\.?\Z")
_GLUED: Final = re.compile(
    r"(?<=[0-9A-Za-z])(?=[+\-~?](?:all|include:|ip4:|ip6:|mx|a:)|(?:include|ip4|ip6):)", re.IGNORECASE
)
_QUOTES: Final = "\"'“”„‘’«»"
_NAMED: Final = 3  # characters of a term that are told of
_LONGEST: Final = 512  # characters; nobody meant anything by a longer term


def diagnosis(term: Term) -> tuple[str, str | None]:
    """What is wrong with a term, in a sentence, and what was probably meant, None where that cannot be told."""
    sentence, guess = _diagnosis(term.text, term.name) if len(term.text) <= _LONGEST else ("", None)
    if guess is not None and parse(f"{VERSION} {guess}").errors:
        guess = None
    return sentence or term.error or "", guess


def meant(term: Term) -> str:
    """The term as it was probably meant; as it stands where it is right, or nobody knows."""
    return term.text if term.error is None else diagnosis(term)[1] or term.text


def for_mechanism(term: Term) -> str | None:
    """The mechanism that `include=` and its like were meant for: unknown modifiers, which all ignore (section 6)."""
    name = term.name.removesuffix("=")
    return f"{name}:{term.value}" if term.modifier and name in MECHANISMS else None


@lru_cache(maxsize=4096)  # a hostile record holds the same thousands of times
def _diagnosis(text: str, written: str) -> tuple[str, str | None]:
    characters = plain(unescaped(text))
    if characters.faults:
        return f"It holds {' and '.join(characters.faults[:_NAMED])}.", " ".join(
            characters.text.strip(_QUOTES).split()
        ) or None
    sign, rest = (text[0], text[1:]) if text[0] in QUALIFIERS else ("", text)
    name, colon, value = rest.partition(":")
    if len(parts := text.split()) > 1:
        return "Nothing but spaces may stand between terms.", " ".join(parts)
    if written == "all":
        return "", f"{sign}all"
    if written in {"ip4", "ip6"} and (family := _family(value)) not in {None, written}:
        return f"`{value}` is an {(family or '').replace('ip', 'IPv')} address.", f"{sign}{family}:{value}"
    if written:
        return "", _parted(text)
    if (bare := text.strip(_QUOTES)) != text:
        return "Quotation marks do not belong into the record.", bare or None
    if (family := _family(rest)) is not None:
        return "An address needs its mechanism in front.", f"{sign}{family}:{rest}"
    if name.lower() in {"ip", "ipv4", "ipv6"} and (family := _family(value)) is not None:
        return "", f"{sign}{family}:{value}"
    if name.lower() in MODIFIERS and colon:
        return f"`{name}` is written with an equals sign.", f"{name}={value}"
    if _HOSTNAME.match(rest):
        return "A host name needs its mechanism in front.", f"{sign}a:{rest}"
    near = get_close_matches(name.lower(), MECHANISMS, n=1, cutoff=0.6)
    return "", f"{sign}{near[0]}{colon}{value}" if near else _parted(text)


def _parted(text: str) -> str | None:
    """Two terms with the space between them forgotten."""
    parted = _GLUED.sub(" ", text, count=1)
    return parted if parted != text else None


def _family(value: str) -> str | None:
    """`ip4` or `ip6` for an address or network; None for anything else."""
    try:
        return f"ip{ip_network(value, strict=False).version}"
    except ValueError:
        return None
