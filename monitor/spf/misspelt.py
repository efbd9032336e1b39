"""What the owner of a record probably meant by a term that cannot be used, as owners have been seen to write. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import ip_network
from typing import Final, NamedTuple

from monitor.phrase.phrase import listed, say, sentence
from monitor.spf.record import MECHANISMS, MODIFIERS, QUALIFIERS, VERSION, Record, Term, parse
from monitor.spf.typography import plain, unescaped

_HOSTNAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9])?\.[A-Za-z]{2,}\.?\Z")
_GLUED: Final = re.compile(  # where a term begins behind another without a space
    r"(?<=[0-9A-Za-z])(?=[+\-~?](?:all|include:|ip4:|ip6:|mx|a:|ptr)|(?:include|ip4|ip6|exists):|(?:redirect|exp)=)"
    r"|(?<=[0-9])(?=(?:all|ptr|mx|a)(?:[:/]|\Z))",
    re.IGNORECASE,
)
_WITHIN: Final = re.compile(  # the same where the grammar takes it for a part of a domain's name
    r"(?<=[0-9A-Za-z])(?=(?:include|exists|ip4|ip6):|(?:redirect|exp)=)|(?<=[A-Za-z])(?=-all\Z)", re.IGNORECASE
)
_SEPARATORS: Final = re.compile(r"[,;|\\]+")
_URL: Final = re.compile(r"(?<=[:=])https?://|/+\Z", re.IGNORECASE)
_VALUE: Final = re.compile(r"([+\-~?]?[A-Za-z0-9]+[:=])(.+)\Z")
_LOST_COLON: Final = re.compile(r"(include|redirect|exists)(?:[.=/\-]+|(?=_|spf))(.+)\Z", re.IGNORECASE)
_SINGLE_SLASH: Final = re.compile(r"(/[0-9]{1,2})(/[0-9]{1,3})\Z")
_PREFIX_LENGTH: Final = re.compile(r"/{1,2}[0-9]{1,3}(?://[0-9]{1,3})?\Z")
_TAKES_VALUE: Final = frozenset({"ip4", "ip6", "include", "exists"})  # mechanisms that are nothing without one
_OF_DOMAINS: Final = frozenset({"include", "exists", "a", "mx"})
_ENCLOSING: Final = "\"'“”„‘’«»<>()[]{}"  # quotation marks and brackets
_DEEP: Final = 3  # mistakes of one term that are undone one after another
_LISTED: Final = 16  # terms of one list with separators
_PIECES: Final = 3  # of one term with spaces inside: `include : a.example`
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
    wrong, guess = _diagnosis(term.text, term.name) if len(term.text) <= _LONGEST else ("", None)
    return wrong or ("" if term.error is None else sentence(term.error.sentence)), _readable(guess)


def _readable(guess: str | None, deep: int = _DEEP) -> str | None:
    """The guess with whatever is still wrong in it undone as well; None where that cannot be told."""
    words: list[str] = []
    for term in () if guess is None else parse(f"{VERSION} {guess}").terms:
        further = _readable(_diagnosis(term.text, term.name)[1], deep - 1) if term.error is not None and deep else None
        if term.error is not None and further is None:
            return None
        words.append(further or unmixed(term))
    return " ".join(filter(None, words)) or None


def meant(term: Term) -> str:
    """The term as it was probably meant; as it stands where it is right, or nobody knows."""
    return term.text if term.error is None else diagnosis(term)[1] or term.text


def _places(record: Record) -> Iterator[tuple[Term, Fault | None]]:
    """Each term with what is wrong with it; those that are one with spaces inside, as the first of them."""
    terms, place = record.terms, 0
    while place < len(terms):
        term = terms[place]
        size, guess = _together(terms, place)
        if guess is not None:
            last = terms[place + size - 1]
            text = record.text[term.position : last.position + len(last.text)]
            yield term, Fault(term.position, text, say("No space may stand inside a term."), guess)
        elif term.error is not None:
            yield term, Fault(term.position, term.text, *diagnosis(term))
        else:
            yield term, None
        place += size


def _together(terms: Sequence[Term], place: int) -> tuple[int, str | None]:
    """How many terms from here are one with spaces inside, `include : a.example`, `~ all`, `ip4:a, b`, and that one.

    One and None where the term stands alone.
    """
    listed = _list(terms, place)
    if listed is not None:
        return listed
    text = terms[place].text
    for size, following in enumerate(terms[place + 1 : place + _PIECES], 2):
        if len(text) + len(following.text) > _LONGEST:
            break
        between = _between(text, following)
        if between is None:
            break
        text = f"{text}{between}{following.text}"
        if (one := _one_term(text)) is not None:
            return size, one
    return 1, None


def _between(text: str, following: Term) -> str | None:
    """What belongs between two pieces of one term; None where they are two terms."""
    if text in QUALIFIERS:
        return ""
    if following.error is None:
        return None
    if text[-1] in ":=" or following.text[0] in ":=":
        return ""
    if "/" in {text[-1], following.text[0]}:
        return "" if _PREFIX_LENGTH.match(f"/{following.text.lstrip('/')}") is not None else None
    return ":" if text.lower().lstrip("".join(QUALIFIERS)) in _TAKES_VALUE else None


def _one_term(text: str) -> str | None:
    """The pieces as the mechanism or modifier that they are; None where they are none."""
    name, colon, value = text.partition(":")
    if colon and name.lower() in MODIFIERS:
        text = f"{name}={value}"
    read = parse(f"{VERSION} {text}").terms[0]
    one = parse(f"{VERSION} {for_mechanism(read) or text}").terms[0]
    return one.text if one.error is None and one.name in {*MECHANISMS, *MODIFIERS} else None


def _list(terms: Sequence[Term], place: int) -> tuple[int, str] | None:
    """The terms of a list with spaces behind its separators, `include:a.example, b.example`; None where it is none."""
    text, size = terms[place].text, 1
    for following in terms[place + 1 : place + _LISTED]:
        if text[-1] not in ",;|" or len(text) + len(following.text) > _LONGEST:
            break
        bare = following.text.rstrip(",;|")
        if _HOSTNAME.match(bare) is None and _family(bare) is None:
            break
        text, size = f"{text}{following.text}", size + 1
    guess = _readable(_separated(text)) if size > 1 else None
    return None if guess is None else (size, guess)


def unmixed(term: Term) -> str:
    """A term that is right by the grammar, but whose domain can be no name: what it and others were meant to be."""
    if term.name == "v=":  # the version a second time
        return ""
    if for_mechanism(term) is not None:
        return for_mechanism(term) or ""
    if not term.value or "%" in term.value or len(term.text) > _LONGEST:
        return term.text
    known = term.name in {*MECHANISMS, *MODIFIERS}
    text = _bare(term.text) if known else term.text
    parts = _WITHIN.sub(" ", (_separated(text) if _SEPARATORS.search(text) else None) or text).strip()
    return term.text if parse(f"{VERSION} {parts}").errors else parts


def _bare(text: str) -> str:
    """The term without what people put around a domain or an address: quotation marks, brackets, a URL, `user@`."""
    found = _VALUE.match(text)
    if found is None or "%" in text:
        return text
    value = _URL.sub("", text)[len(found[1]) :] if "//" in text else found[2]
    return found[1] + value.strip(_ENCLOSING).rpartition("@")[2]


def for_mechanism(term: Term) -> str | None:
    """The mechanism that `include=` and its like were meant for: unknown modifiers, which all ignore (section 6)."""
    name = term.name.removesuffix("=")
    return f"{name}:{term.value}" if term.modifier and name in MECHANISMS else None


@lru_cache(maxsize=4096)  # a hostile record holds the same thousands of times
def _diagnosis(text: str, written: str) -> tuple[str, str | None]:
    characters = plain(unescaped(text))
    if characters.faults:
        guess = " ".join(characters.text.strip(_ENCLOSING).split()) or None
        return say("It holds {characters}.", characters=listed(characters.faults[:_NAMED])), guess
    sign, rest = (text[0], text[1:]) if text[0] in QUALIFIERS else ("", text)
    name, colon, value = rest.partition(":")
    if len(parts := text.split()) > 1:
        return say("Nothing but spaces may stand between terms."), " ".join(parts)
    if _SEPARATORS.search(text) is not None:
        return say("Nothing but spaces may stand between terms."), _separated(text)
    if sign and rest[:1] in QUALIFIERS:
        return say("Only one sign may stand in front of a mechanism."), rest
    if written == "all":
        return "", f"{sign}all"
    if written and colon and (family := _family(value)) not in {None, written}:
        what = say("`{value}` is an IPv{version} address.", value=value, version=(family or "").removeprefix("ip"))
        return what, f"{sign}{family}:{value}"
    if written in {"ip4", "ip6"} and _HOSTNAME.match(value):
        return say("`{value}` is the name of a host.", value=value), _for_host(sign, value)
    if "://" in text and (bare := _URL.sub("", text)) != text:
        return say("The name of a domain belongs here, not a URL."), bare
    if (bare := text.strip(_ENCLOSING)) != text and "%" not in text:
        return say("Quotation marks and brackets do not belong into the record."), bare or None
    if (bare := _bare(text)) != text:
        return say("Quotation marks and brackets do not belong into the record."), bare
    if (bare := text.rstrip("/.")) != text and bare:
        return say("No `{sign}` may stand at the end.", sign=text[-1]), bare
    if (lost := _LOST_COLON.match(rest)) is not None and _HOSTNAME.match(lost[2]):
        between = "=" if lost[1].lower() in MODIFIERS else ":"
        what = say("`{name}` is written `{right}`.", name=lost[1], right=f"{lost[1]}{between}")
        return what, f"{sign}{lost[1]}{between}{lost[2]}"
    if written:
        return "", _parted(text) or _measured(sign, written, text)
    if (family := _family(rest)) is not None:
        return say("An address needs its mechanism in front."), f"{sign}{family}:{rest}"
    if name.lower() in {"ip", "ipv4", "ipv6"} and (family := _family(value)) is not None:
        return "", f"{sign}{family}:{value}"
    if name.lower() in MODIFIERS and colon:
        return say("`{name}` is written with an equals sign.", name=name), f"{name}={value}"
    if (parted := _parted(text)) is not None:
        return say("A space is missing between two terms."), parted
    if _HOSTNAME.match(rest):
        return say("A host name needs its mechanism in front."), _for_host(sign, rest)
    near = get_close_matches(name.lower(), MECHANISMS, n=1, cutoff=0.6)
    return "", f"{sign}{near[0]}{colon}{value}" if near else None


def _parted(text: str) -> str | None:
    """Two terms with the space between them forgotten."""
    parted = _GLUED.sub(" ", text)
    return parted if parted != text else None


def _measured(sign: str, written: str, text: str) -> str | None:
    """The term with its prefix length as it is written: none, `/24//64`, or `/24` for a netmask."""
    if written in {"include", "exists", "ptr"}:
        return _PREFIX_LENGTH.sub("", text)
    if written in {"a", "mx"}:
        return _SINGLE_SLASH.sub(r"\1/\2", text)
    address, _, mask = text.partition(":")[2].partition("/")
    if written == "ip4" and "." in mask and _family(f"{address}/{mask}") == written:
        return f"{sign}{written}:{address}/{ip_network(f'{address}/{mask}', strict=False).prefixlen}"
    return None


def _for_host(sign: str, host: str) -> str:
    """The mechanism for a host name that has none: an SPF record's by its first label, else a host's.

    Whether there is such a host only DNS knows: `monitor.spf.draft` marks the guess, which is dropped if there is none.
    """
    label = host.partition(".")[0].lower()
    return f"{sign}include:{host}" if label.startswith("_") or "spf" in label else f"{sign}a:{host}"


def _separated(text: str) -> str | None:
    """Terms with other signs than spaces between them, each as it was meant; None where there is none.

    A bare domain has the mechanism of the term before it: `include:a.example,b.example` are two includes.
    """
    words: list[str] = []
    name = ""
    for piece in filter(None, _SEPARATORS.split(text)):
        term = parse(f"{VERSION} {piece}").terms[0]
        bare = piece.lstrip("".join(QUALIFIERS)).lower()
        if bare in _TAKES_VALUE:
            name = f"{piece}:"
        elif name and _HOSTNAME.match(piece):
            words.append(f"{name}{piece}")
        else:
            words.append(meant(term) if "%" not in piece else piece)
            name = f"{piece.partition(':')[0]}:" if term.name in _OF_DOMAINS and ":" in piece else ""
    return " ".join(words) or None


def _family(value: str) -> str | None:
    """`ip4` or `ip6` for an address or network; None for anything else."""
    try:
        return f"ip{ip_network(value, strict=False).version}"
    except ValueError:
        return None
