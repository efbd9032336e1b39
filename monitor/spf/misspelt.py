"""What the owner of a record probably meant by a term that cannot be used, as owners have been seen to write. Pure."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import ip_network
from typing import Final, NamedTuple

from monitor.spf.record import MECHANISMS, MODIFIERS, QUALIFIERS, VERSION, Record, Term, parse
from monitor.spf.typography import plain, unescaped

_HOSTNAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9])?\.[A-Za-z]{2,}\.?\Z")
_GLUED: Final = re.compile(
    r"(?<=[0-9A-Za-z])(?=[+\-~?](?:all|include:|ip4:|ip6:|mx|a:)|(?:include|ip4|ip6):)", re.IGNORECASE
)
_WITHIN: Final = re.compile(  # the same where the grammar takes it for a part of a domain's name
    r"(?<=[0-9A-Za-z])(?=(?:include|exists|ip4|ip6):)|(?<=[A-Za-z])(?=-all\Z)", re.IGNORECASE
)
_SEPARATORS: Final = re.compile(r"[,;]+")
_URL: Final = re.compile(r"(?<=[:=])https?://|/+\Z", re.IGNORECASE)
_TAKES_VALUE: Final = frozenset({"ip4", "ip6", "include", "exists"})  # mechanisms that are nothing without one
_QUOTES: Final = "\"'“”„‘’«»"
_NAMED: Final = 3  # characters of a term that are told of
_LONGEST: Final = 512  # characters; nobody meant anything by a longer term


class Fault(NamedTuple):
    """One place in a record that cannot be used."""

    position: int  # of its first character in the record, from 0
    text: str  # one term, or two that are one with a space inside
    sentence: str  # what is wrong
    guess: str | None  # what was probably meant; None where that cannot be told


def faults(record: Record) -> Iterator[Fault]:
    """Each place that makes the record a permanent error (RFC 7208 section 4.6), in order."""
    return (fault for _, fault in _places(record) if fault is not None)


def as_meant(record: Record) -> str:
    """The record as it was probably meant; places of which that cannot be told are left out."""
    words = [(fault.guess or "") if fault is not None else unmixed(term) for term, fault in _places(record)]
    return " ".join([VERSION, *filter(None, words)])


def diagnosis(term: Term) -> tuple[str, str | None]:
    """What is wrong with a term, in a sentence, and what was probably meant, None where that cannot be told."""
    sentence, guess = _diagnosis(term.text, term.name) if len(term.text) <= _LONGEST else ("", None)
    if guess is not None and parse(f"{VERSION} {guess}").errors:
        guess = None
    return sentence or term.error or "", guess


def meant(term: Term) -> str:
    """The term as it was probably meant; as it stands where it is right, or nobody knows."""
    return term.text if term.error is None else diagnosis(term)[1] or term.text


def _places(record: Record) -> Iterator[tuple[Term, Fault | None]]:
    """Each term with what is wrong with it; two that are one with a space inside, as the first of them."""
    terms = iter((*record.terms, None))
    term = next(terms)
    while term is not None:
        following = next(terms)
        together = None if following is None else _together(term, following)
        if together is not None and following is not None:
            text = record.text[term.position : following.position + len(following.text)]
            yield term, Fault(term.position, text, "No space may stand inside a term.", together)
            following = next(terms)
        elif term.error is not None:
            yield term, Fault(term.position, term.text, *diagnosis(term))
        else:
            yield term, None
        term = following


def _together(term: Term, following: Term) -> str | None:
    """The one term that two are with a space inside, `include: a.example` or `~ all`; None where they are two."""
    if term.error is None or len(term.text) + len(following.text) > _LONGEST:
        return None
    between = ":" if term.text.lower().lstrip("".join(QUALIFIERS)) in _TAKES_VALUE else ""
    opened = between or term.text in QUALIFIERS or term.text.endswith((":", "="))
    joined = f"{term.text}{between}{following.text}"
    return joined if opened and not parse(f"{VERSION} {joined}").errors else None


def unmixed(term: Term) -> str:
    """A term that is right by the grammar, but whose domain can be no name: what it and others were meant to be."""
    if term.name == "v=":  # the version a second time
        return ""
    if for_mechanism(term) is not None:
        return for_mechanism(term) or ""
    if not term.value or "%" in term.value or len(term.text) > _LONGEST:
        return term.text
    parts = _WITHIN.sub(" ", _SEPARATORS.sub(" ", term.text)).strip()
    return term.text if parse(f"{VERSION} {parts}").errors else parts


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
    if _SEPARATORS.search(text) is not None:
        return "Nothing but spaces may stand between terms.", _separated(text)
    if sign and rest[:1] in QUALIFIERS:
        return "Only one sign may stand in front of a mechanism.", rest
    if written == "all":
        return "", f"{sign}all"
    if written and colon and (family := _family(value)) not in {None, written}:
        return f"`{value}` is an {(family or '').replace('ip', 'IPv')} address.", f"{sign}{family}:{value}"
    if written in {"ip4", "ip6"} and _HOSTNAME.match(value):
        return f"`{value}` is the name of a host.", f"{sign}a:{value}"
    if (bare := _URL.sub("", text)) != text and "//" in text:
        return "The name of a domain belongs here, not a URL.", bare
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
    if (parted := _parted(text)) is not None:
        return "A space is missing between two terms.", parted
    if _HOSTNAME.match(rest):
        return "A host name needs its mechanism in front.", f"{sign}a:{rest}"
    near = get_close_matches(name.lower(), MECHANISMS, n=1, cutoff=0.6)
    return "", f"{sign}{near[0]}{colon}{value}" if near else None


def _parted(text: str) -> str | None:
    """Two terms with the space between them forgotten."""
    parted = _GLUED.sub(" ", text)
    return parted if parted != text else None


def _separated(text: str) -> str | None:
    """Terms with other signs than spaces between them, each as it was meant; None where nobody can tell of one."""
    terms = parse(" ".join([VERSION, *filter(None, _SEPARATORS.split(text))])).terms
    return " ".join(map(meant, terms)) or None


def _family(value: str) -> str | None:
    """`ip4` or `ip6` for an address or network; None for anything else."""
    try:
        return f"ip{ip_network(value, strict=False).version}"
    except ValueError:
        return None
