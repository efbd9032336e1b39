"""What a domain publishes so that receivers report to an address: DMARC and SMTP TLS reports, never a second record.

A record that is there is kept as it is, with the address added to its `rua` (RFC 9989 section 4.7, RFC 8460 section 3).
Where DNS gives no answer, nothing is proposed: a second record would undo the first.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from monitor.dmarc.policy import is_dmarc, organizational_domain, policy_of, walk
from monitor.dns.answer import Resolver
from monitor.dns.name import a_label, normal

ALIASES_MAX: Final = 16  # CNAME records followed from one name; as far as the resolver follows them
STRING_OCTETS_MAX: Final = 255  # RFC 1035 section 3.3: of one string of a TXT record


Takes = Callable[[str], bool]  # whether reports that are sent to an address come to the same receiver
_MAILTO: Final = re.compile(
    r"mailto:([^\s,;!]{1,320})", re.IGNORECASE
)  # RFC 7489 section 6.2: "!" and a size may follow


def _none(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPublish:
    """One TXT record as it should be."""

    name: str
    text: str
    before: str | None = None  # what is there now; None: nothing
    several: bool = False  # there are several now, of which receivers take none: nothing can be added
    alias: str = ""  # the name whose CNAME leads there: beside it no record can stand (RFC 1034 section 3.6.2)

    @property
    def done(self) -> bool:
        """Whether it is published already."""
        return self.text == self.before

    @property
    def line(self) -> str:
        """As in a zone file."""
        parts = [self.text[at : at + STRING_OCTETS_MAX] for at in range(0, len(self.text), STRING_OCTETS_MAX)]
        return f"{self.name}. IN TXT {' '.join(map(_quoted, parts))}"


def dmarc_record(resolver: Resolver, domain: str, address: str, *, takes: Takes = _none) -> ToPublish:
    """The record that holds for mail whose author is of that domain, with the address; a new one where there is none.

    A record of a public suffix (RFC 9989 section 4.10.2) is not its to change: a new one asks for what that asks for.
    One that names an address already that `takes` such reports stays as it is. Raises Unanswered, InvalidName.
    """
    domain = a_label(domain)
    own = _texts(resolver, f"_dmarc.{domain}", is_dmarc)
    if len(own) > 1:
        return _placed(resolver, ToPublish(name=f"_dmarc.{domain}", text="", several=True))
    found = walk(resolver, domain)
    organization = organizational_domain(domain, found)
    holds = next((each for at in (domain, organization) for each in found if each.domain == at), None)
    if holds is None:
        asked = policy_of(domain, found)
        policy = "none" if asked is None else asked.policy
        return _placed(resolver, ToPublish(name=f"_dmarc.{domain}", text=f"v=DMARC1; p={policy}; rua=mailto:{address}"))
    text = with_rua(holds.text, address, takes=takes)
    return _placed(resolver, ToPublish(name=f"_dmarc.{holds.domain}", text=text, before=holds.text))


def tls_record(resolver: Resolver, domain: str, address: str, *, takes: Takes = _none) -> ToPublish:
    """The same of RFC 8460 section 3, for those who have mail for that domain. Raises Unanswered, InvalidName."""
    name = f"_smtp._tls.{a_label(domain)}"
    there = _texts(resolver, name, _is_tls)
    if len(there) > 1:
        return _placed(resolver, ToPublish(name=name, text="", several=True))
    if not there:
        return _placed(resolver, ToPublish(name=name, text=f"v=TLSRPTv1; rua=mailto:{address}"))
    return _placed(resolver, ToPublish(name=name, text=with_rua(there[0], address, takes=takes), before=there[0]))


def _placed(resolver: Resolver, record: ToPublish) -> ToPublish:
    """At the name where it can stand: that which a CNAME leads to in the end. Raises Unanswered."""
    at = normal(record.name)
    for _ in range(ALIASES_MAX):
        target = next(iter(resolver.lookup(at, "CNAME").strings), None)
        if target is None:
            break
        at = normal(target)
    return record if at == normal(record.name) else replace(record, name=at, alias=record.name)


def authorisation(policy_domain: str, receiver_domain: str) -> ToPublish:
    """The record by which an address's domain agrees to take another domain's reports (RFC 9990 section 4)."""
    name = f"{a_label(policy_domain)}._report._dmarc.{a_label(receiver_domain)}"
    return ToPublish(name=name, text="v=DMARC1;")


def with_rua(record: str, address: str, *, takes: Takes = _none) -> str:
    """The record with the address added to its `rua`; as it is where that is there already, or one that is as good."""
    if any(each.lower() == address.lower() or takes(each) for each in _MAILTO.findall(record)):
        return record
    tags = record.split(";")
    for at, tag in enumerate(tags):
        name, equals, value = tag.partition("=")
        if equals and name.strip().lower() == "rua":
            there = value.rstrip()
            tags[at] = f"{name}={there}{',' if there.strip() else ''}mailto:{address}"
            return ";".join(tags)
    return f"{record.rstrip().rstrip(';').rstrip()}; rua=mailto:{address}"


def _texts(resolver: Resolver, name: str, wanted: Callable[[bytes], bool]) -> list[str]:
    found: Iterable[bytes] = resolver.lookup(name, "TXT").texts
    return [each.decode("utf-8", "replace") for each in found if wanted(each)]


def _is_tls(text: bytes) -> bool:
    return text.partition(b";")[0].replace(b" ", b"") == b"v=TLSRPTv1"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
