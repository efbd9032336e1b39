"""One SPF record read into its terms, strictly by the grammar of RFC 7208 (sections 4.6.1, 5, 6, 7.1 and 12).

Pure and total: any text gives a record; what is not allowed in it is an error on its term, never an exception.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Final, NamedTuple

from monitor.spf import macro
from monitor.spf.networks import BITS, address
from monitor.spf.wrong import Wrong

LONGEST_READ_ANEW: Final = 4096  # characters; one check reads a record a dozen times, and longer ones take long
LONG_RECORDS_KEPT: Final = 4  # as many as one check compares, up to 10 MB each

VERSION: Final = "v=spf1"
MECHANISMS: Final = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")  # section 5
MODIFIERS: Final = ("redirect", "exp")  # section 6; unknown ones are allowed and ignored
QUALIFIERS: Final = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}  # section 4.6.2
COSTLY: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # section 4.6.4: each costs a lookup

_MODIFIER: Final = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=(.*)\Z", re.DOTALL)
_MECHANISM: Final = re.compile(r"([+\-~?]?)([A-Za-z0-9]+)([:/].*)?\Z", re.DOTALL)
_LENGTH: Final = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")  # ip4-cidr-length and ip6-cidr-length
_DUAL_CIDR: Final = re.compile(r"(?:/(0|[1-9][0-9]{0,2}))?(?://(0|[1-9][0-9]{0,2}))?\Z")
_SINGLE_SLASH: Final = re.compile(r"/[0-9]{1,3}/[0-9]{1,3}\Z")  # two lengths with a single slash between them
_VISIBLE: Final = re.compile(r"[!-~]*\Z")


class Term(NamedTuple):
    """One mechanism or modifier as the owner wrote it. An `error` makes the whole record one (section 4.6)."""

    text: str
    position: int  # of its first character in the record, from 0
    name: str  # in lower case, an unknown modifier's with its "="; "" where not even that can be told
    qualifier: str = "+"
    value: str = ""  # domain-spec, network, or a modifier's value; "" where none is given
    cidr4: int | None = None
    cidr6: int | None = None
    number: int = 0  # the address of `ip4` and `ip6`
    prefix: int = 0  # its prefix length
    modifier: bool = False
    error: Wrong | None = None

    @property
    def costs_lookup(self) -> bool:
        """Whether it counts against the limit of ten (section 4.6.4)."""
        return self.error is None and self.name in COSTLY

    @property
    def network(self) -> IPv4Network | IPv6Network | None:
        """The network of `ip4` or `ip6`; None for every other term."""
        if self.error is not None or self.name not in {"ip4", "ip6"}:
            return None
        kind = IPv4Network if self.name == "ip4" else IPv6Network
        return kind((self.number, self.prefix), strict=False)


@dataclass(frozen=True, slots=True)
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


def is_spf(text: bytes) -> bool:
    """Whether a TXT record is an SPF record: the version, then a space or the end (section 4.5)."""
    return text[:6].lower() == b"v=spf1" and text[6:7] in (b"", b" ")


def spf_texts(texts: Iterable[bytes]) -> tuple[str, ...]:
    """The SPF records among TXT records; octets that are not ASCII escaped, which no grammar allows."""
    return tuple(text.decode("ascii", "backslashreplace") for text in texts if is_spf(text))


def parse(text: str) -> Record:
    """The record behind `v=spf1`: terms with spaces between them (section 4.6.1)."""
    return _read(text) if len(text) <= LONGEST_READ_ANEW else _read_once(text)


def _read(text: str) -> Record:
    terms: list[Term] = []
    once: set[str] = set()
    position = 0
    for part in text.split(" "):
        if part and (position or part.lower() != VERSION):
            term = _term(part, position)
            if term.modifier and term.name in MODIFIERS:
                if term.name in once:  # section 6
                    term = _wrong(part, position, term.name, Wrong("twice", term.name))
                once.add(term.name)
            terms.append(term)
        position += len(part) + 1
    return Record(text, tuple(terms))


_read_once = lru_cache(maxsize=LONG_RECORDS_KEPT)(_read)


def _term(text: str, position: int) -> Term:
    if "=" in text and (modifier := _MODIFIER.match(text)) is not None:
        return _modifier(text, position, modifier[1].lower(), modifier[2])
    mechanism = _MECHANISM.match(text)
    if mechanism is None:
        return _wrong(text, position, "", Wrong("no mechanism", text))
    sign, written, rest = mechanism.groups("")
    name, qualifier = written.lower(), sign or "+"
    if name in {"ip4", "ip6"}:
        return _network(text, position, qualifier, name, rest)
    if name == "all":  # section 5.1
        if rest:
            return _wrong(text, position, name, Wrong("a value", name))
        return Term(text, position, name, qualifier)
    if name in MECHANISMS:
        return _named(text, position, qualifier, name, rest)
    return _wrong(text, position, "", Wrong("unknown mechanism", written))


def _modifier(text: str, position: int, name: str, value: str) -> Term:
    """`redirect=` and `exp=` take a domain-spec, all others a macro-string, and are ignored (section 6)."""
    if name not in MODIFIERS:
        name, fault = f"{name}=", _macro_fault(value)  # `ip4=` is no `ip4`
    else:
        fault = _domain_fault(value) if value else Wrong("no domain", f"{name}=")
    if fault is not None:
        return _wrong(text, position, name, fault)
    return Term(text, position, name, value=value, modifier=True)


def _network(text: str, position: int, qualifier: str, name: str, rest: str) -> Term:
    """`ip4:` and `ip6:` (section 5.6)."""
    value = rest[1:]
    if not value or rest[0] != ":":
        return _wrong(text, position, name, Wrong("no address", name))
    version = 4 if name == "ip4" else 6
    alone, slash, length = value.partition("/")
    try:
        found, number = address(alone)
    except ValueError:
        found = number = 0
    if found != version or (slash and _LENGTH.match(length) is None):
        return _wrong(text, position, name, Wrong("no IPv4" if version == 4 else "no IPv6", value))
    prefix = int(length) if slash else BITS[version]
    if prefix > BITS[version]:
        return _wrong(text, position, name, _TOO_LONG)
    return Term(text, position, name, qualifier, value, None, None, number, prefix)


def _named(text: str, position: int, qualifier: str, name: str, rest: str) -> Term:
    """`a`, `mx`, `ptr`, `include` and `exists` (sections 5.2 to 5.5 and 5.7)."""
    cidr4 = cidr6 = None
    if name in {"a", "mx"} and "/" in rest and _SINGLE_SLASH.search(rest) is None:
        cidr = _DUAL_CIDR.search(rest)  # a macro-string may hold slashes too: the last ones count
        if cidr is not None and cidr[0]:
            rest = rest[: cidr.start()]
            cidr4, cidr6 = (None if each is None else int(each) for each in cidr.groups())
            if (cidr4 or 0) > BITS[4] or (cidr6 or 0) > BITS[6]:
                return _wrong(text, position, name, _TOO_LONG)
    if rest[:1] == "/" or "/" in rest[len(rest.rstrip("/0123456789")) :]:  # no colon, or what no domain-spec ends in
        return _wrong(text, position, name, Wrong("lengths" if name in {"a", "mx"} else "a length", name))
    domain = rest[1:]
    if not domain and (rest or name in {"include", "exists"}):
        return _wrong(text, position, name, Wrong("no domain", name))
    fault = _domain_fault(domain) if domain else None
    if fault is not None:
        return _wrong(text, position, name, fault)
    return Term(text, position, name, qualifier, domain, cidr4, cidr6)


_TOO_LONG: Final = Wrong("long prefix")


def _wrong(text: str, position: int, name: str, wrong: Wrong) -> Term:
    return Term(text, position, name, error=wrong)


def _domain_fault(spec: str) -> Wrong | None:
    """What is wrong with a domain-spec (section 7.1): a macro-string that ends in a top-level label or a macro."""
    fault = _macro_fault(spec)
    if fault is not None:
        return fault
    _, dot, top = spec.removesuffix(".").rpartition(".")
    if dot and top[:1].isalnum() and top[-1].isalnum() and top.replace("-", "").isalnum() and not top.isdigit():
        return None
    return None if macro.ends_in_macro(spec) else Wrong("no domain name", spec)


def _macro_fault(text: str) -> Wrong | None:
    """What is wrong with a macro-string (section 7.1)."""
    if _VISIBLE.match(text) is None:
        return Wrong("invisible")
    try:
        macro.check(text)
    except macro.InvalidMacro as error:
        return Wrong("no macro", str(error))
    return None
