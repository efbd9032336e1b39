"""One SPF record read into its terms (RFC 7208 section 12), each with its place, its errors and what was probably meant.

Pure and total: any text gives a record; what is not allowed in it is an error on its term, never an exception.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import AddressValueError, IPv4Network, IPv6Network, NetmaskValueError
from typing import Final

from monitor.spf import macro

VERSION: Final = "v=spf1"
MECHANISMS: Final = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")  # section 5
MODIFIERS: Final = ("redirect", "exp")  # section 6; unknown ones are allowed and ignored
QUALIFIERS: Final = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}  # section 4.6.2
COSTLY: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # section 4.6.4: each costs a lookup

_TERM: Final = re.compile(r"\S+")
_MODIFIER: Final = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=(.*)\Z", re.DOTALL)
_MECHANISM: Final = re.compile(r"([+\-~?]?)([A-Za-z0-9_\-]+)([:/].*)?\Z", re.DOTALL)
_DUAL_CIDR: Final = re.compile(r"(?:/(\d{1,3}))?(?://(\d{1,3}))?\Z")
_HOSTNAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9])?\.[A-Za-z]{2,}\.?\Z")
_GLUED: Final = re.compile(
    r"(?<=[0-9A-Za-z])(?=[+\-~?](?:all|include:|ip4:|ip6:|mx|a:)|(?:include|ip4|ip6):)", re.IGNORECASE
)
_QUOTES: Final = "\"'“”„‘’«»"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermError:
    """Why a term cannot be used."""

    sentence: str
    guess: str | None = None  # the term as it was probably meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One mechanism or modifier as the owner wrote it."""

    text: str
    position: int  # of its first character in the record, from 0
    name: str  # in lower case; "" where not even that can be told
    qualifier: str = "+"
    value: str = ""  # domain-spec, network, or a modifier's value; "" where none is given
    cidr4: int | None = None
    cidr6: int | None = None
    modifier: bool = False
    error: TermError | None = None

    @property
    def costs_lookup(self) -> bool:
        """Whether it counts against the limit of ten (section 4.6.4)."""
        return self.error is None and self.name in COSTLY

    @property
    def network(self) -> IPv4Network | IPv6Network | None:
        """The network of `ip4` or `ip6`; None for every other term."""
        if self.error is not None or self.name not in {"ip4", "ip6"}:
            return None
        return IPv4Network(self.value, strict=False) if self.name == "ip4" else IPv6Network(self.value, strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record and its terms in order."""

    text: str
    terms: tuple[Term, ...]

    @property
    def errors(self) -> tuple[Term, ...]:
        """The terms that make the whole record a permanent error (section 4.6)."""
        return tuple(term for term in self.terms if term.error is not None)

    def named(self, name: str) -> tuple[Term, ...]:
        """The usable terms of that name."""
        return tuple(term for term in self.terms if term.name == name and term.error is None)

    @property
    def all(self) -> Term | None:
        """The `all` that ends evaluation; what follows it is never looked at (section 5.1)."""
        return next(iter(self.named("all")), None)

    @property
    def redirect(self) -> Term | None:
        """The `redirect` that counts: none where there is an `all` (section 6.1)."""
        return None if self.all is not None else next(iter(self.named("redirect")), None)


def parse(text: str) -> Record:
    """The record behind `v=spf1`. A modifier that may stand once and stands twice is an error (section 6)."""
    body = text[len(VERSION) :] if text[: len(VERSION)].lower() == VERSION else text
    start = len(text) - len(body)
    terms = [_term(found.group(), start + found.start()) for found in _TERM.finditer(body)]
    seen: set[str] = set()
    for index, term in enumerate(terms):
        if term.modifier and term.name in MODIFIERS:
            if term.name in seen and term.error is None:
                terms[index] = _wrong(term.text, term.position, term.name, f"`{term.name}=` may stand only once.")
            seen.add(term.name)
    return Record(text=text, terms=tuple(terms))


def _term(text: str, position: int) -> Term:
    modifier = _MODIFIER.match(text)
    if modifier is not None:
        return _modifier(text, position, modifier[1].lower(), modifier[2])
    mechanism = _MECHANISM.match(text)
    if mechanism is None or mechanism[2].lower() not in MECHANISMS:
        return _unknown(text, position)
    qualifier, name, rest = mechanism[1] or "+", mechanism[2].lower(), mechanism[3] or ""
    if name == "all":
        if rest:
            return _wrong(text, position, name, "`all` takes no value.", f"{mechanism[1]}all")
        return Term(text=text, position=position, name=name, qualifier=qualifier)
    if name in {"ip4", "ip6"}:
        return _address(text, position, qualifier, name, rest)
    return _named(text, position, qualifier, name, rest)


def _modifier(text: str, position: int, name: str, value: str) -> Term:
    if name in MECHANISMS:
        return _wrong(text, position, name, f"`{name}` is written with a colon.", f"{name}:{value}" if value else name)
    if name in MODIFIERS:
        if not value:
            return _wrong(text, position, name, f"`{name}=` names no domain.")
        fault = _domain_fault(value)
        if fault is not None:
            return _wrong(text, position, name, fault)
    elif fault := _macro_fault(value):
        return _wrong(text, position, name, fault)
    return Term(text=text, position=position, name=name, value=value, modifier=True)


def _address(text: str, position: int, qualifier: str, name: str, rest: str) -> Term:
    """`ip4:` and `ip6:` (section 5.6)."""
    value = rest.removeprefix(":")
    if not rest.startswith(":") or not value:
        return _wrong(text, position, name, f"`{name}` needs an address after a colon.")
    family = _family(value)
    if family is None:
        return _wrong(text, position, name, f"`{value}` is no IPv{name[2]} address or network.", _glued(text))
    if family != int(name[2]):
        sign = "" if qualifier == "+" else qualifier
        return _wrong(text, position, name, f"`{value}` is an IPv{family} address.", f"{sign}ip{family}:{value}")
    return Term(text=text, position=position, name=name, qualifier=qualifier, value=value)


def _named(text: str, position: int, qualifier: str, name: str, rest: str) -> Term:
    """`a`, `mx`, `ptr`, `include` and `exists` (sections 5.2 to 5.5 and 5.7)."""
    domain, cidr = (rest[1:], "") if rest.startswith(":") else ("", rest)
    cidr4 = cidr6 = None
    if name in {"a", "mx"}:
        if not cidr and "/" in domain:
            cut = domain.index("/")
            domain, cidr = domain[:cut], domain[cut:]
        found = _DUAL_CIDR.match(cidr)
        if found is None:
            return _wrong(text, position, name, f"`{cidr}` is no prefix length; write `/24` or `/24//64`.")
        cidr4, cidr6 = (None if each is None else int(each) for each in found.groups())
        if (cidr4 or 0) > 32 or (cidr6 or 0) > 128:
            return _wrong(text, position, name, "A prefix length goes up to 32 for IPv4 and 128 for IPv6.")
    elif cidr:
        return _wrong(text, position, name, f"`{name}` takes no prefix length.")
    if rest.startswith(":") or name in {"include", "exists"}:
        if not domain:
            return _wrong(text, position, name, f"`{name}` names no domain.")
        fault = _domain_fault(domain)
        if fault is not None:
            return _wrong(text, position, name, fault, _glued(text))
    return Term(text=text, position=position, name=name, qualifier=qualifier, value=domain, cidr4=cidr4, cidr6=cidr6)


def _unknown(text: str, position: int) -> Term:
    """A term whose name is none: the guess is what owners have been seen to mean."""
    bare = text.strip(_QUOTES)
    if bare != text:
        return _wrong(text, position, "", "Quotation marks do not belong into the record.", bare or None)
    sign, rest = (text[0], text[1:]) if text[:1] in QUALIFIERS else ("", text)
    if (family := _family(rest)) is not None:
        return _wrong(text, position, "", "An address needs its mechanism in front.", f"{sign}ip{family}:{rest}")
    name, colon, value = rest.partition(":")
    if name.lower() in {"ip", "ipv4", "ipv6"} and (family := _family(value)) is not None:
        return _wrong(text, position, "", f"There is no mechanism `{name}`.", f"{sign}ip{family}:{value}")
    if name.lower() in MODIFIERS and colon:
        return _wrong(text, position, "", f"`{name}` is written with an equals sign.", f"{name}={value}")
    if _HOSTNAME.match(rest):
        return _wrong(text, position, "", "A host name needs its mechanism in front.", f"{sign}a:{rest}")
    near = get_close_matches(name.lower(), MECHANISMS, n=1, cutoff=0.6)
    guess = f"{sign}{near[0]}{colon}{value}" if near else _glued(text)
    return _wrong(text, position, "", f"There is no mechanism `{name}`.", guess)


def _wrong(text: str, position: int, name: str, sentence: str, guess: str | None = None) -> Term:
    return Term(text=text, position=position, name=name, error=TermError(sentence=sentence, guess=guess))


def _glued(text: str) -> str | None:
    """Two terms with the space between them forgotten."""
    parted = _GLUED.sub(" ", text, count=1)
    return parted if parted != text else None


def _family(value: str) -> int | None:
    """4 or 6 for an address or network as sections 5.6 and 12 write it; None for anything else."""
    for family, kind in ((4, IPv4Network), (6, IPv6Network)):
        address, slash, length = value.partition("/")
        if slash and not (length.isascii() and length.isdigit() and (length == "0" or length[0] != "0")):
            continue
        try:
            kind(value, strict=False)
        except (AddressValueError, NetmaskValueError, ValueError):
            continue
        if "%" not in address:
            return family
    return None


def _domain_fault(domain: str) -> str | None:
    """What is wrong with a domain-spec (section 7.1): it ends in a name with a dot, or in a macro."""
    fault = _macro_fault(domain)
    if fault is not None:
        return fault
    if domain.endswith("}"):
        return None
    labels = domain.removesuffix(".").split(".")
    if (
        len(labels) < 2
        or not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?", labels[-1])
        or labels[-1].isdigit()
    ):
        return f"`{domain}` is no domain name."
    return None


def _macro_fault(text: str) -> str | None:
    try:
        macro.check(text)
    except macro.InvalidMacro as error:
        return f"`{error}` is no macro."
    if any(not "!" <= character <= "~" for character in text):
        return "Only visible ASCII characters may stand here."
    return None
