"""What is proposed for a list, from its posting address and from what DNS told. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.config.endpoints import parse_domain, parse_mail_address
from monitor.config.outbound import unseen
from monitor.managers.catalogue import DEFAULT_MANAGER, kind_named
from monitor.model.dns import IpAddress, PtrResult
from monitor.model.special_addresses import special_word
from monitor.proposal.found import Arrival, Found, Host, can_be_proposed

RELAY: Final = "smtp://localhost:25"
_ID_CHARS: Final = 63  # as the configuration takes it
_NO_ID: Final = re.compile(r"[^a-z0-9._-]+")
_INSIDE: Final = re.compile(r"<([^<>]*)>\s*\Z")
_MAILTO: Final = re.compile(r"mailto:", re.IGNORECASE)  # RFC 6068


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A configuration with one list. Where `outbound` or `helo` is empty somebody has to fill it in."""

    address: str
    outbound: tuple[IpAddress, ...]
    helo: str
    reverse_path: str
    owners: tuple[str, ...]
    sender: str
    manager: str = DEFAULT_MANAGER
    relay: str = RELAY
    nameservers: tuple[str, ...] = ()

    @property
    def list_id(self) -> str:
        """A short name, from the part before the @."""
        name = _NO_ID.sub("-", self.address.partition("@")[0].lower()).strip("._-")
        return name[:_ID_CHARS] or "list"

    @property
    def complete(self) -> bool:
        """Whether the configuration can be used as it is."""
        return not self.open_keys

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The keys that somebody has to fill in first."""
        return tuple(key for key, there in (("helo", self.helo), ("outbound", self.outbound)) if not there)


def read_address(text: str) -> str:
    """A mail address as people paste it: in angle brackets, with a name before, or as a mailto: link.

    Raises ValueError with a sentence.
    """
    inside = _INSIDE.search(text.strip())
    plain = (inside[1] if inside is not None else text).strip()
    link = _MAILTO.match(plain)
    return parse_mail_address(plain if link is None else plain[link.end() :].partition("?")[0])


def propose(address: str, found: Found, *, manager: str = DEFAULT_MANAGER) -> Proposal:
    """What the list's mail looks like if it leaves from where mail for it arrives, and has its manager's habits."""
    name, _, domain = address.partition("@")
    habits = kind_named(manager).habits
    return Proposal(
        address=address,
        outbound=found.public,
        helo=_helo(found) if found.public else "",
        reverse_path=f"{habits.bounces.format(name)}@{domain}",
        owners=(f"{habits.owner.format(name)}@{domain}",),
        sender=f"staysub@{domain}",
        manager=manager,
    )


def _helo(found: Found) -> str:
    """The name in reverse DNS of the addresses, the mail server's own before others; its own where there is none."""
    own = [host.name for host in found.own if set(host.addresses) & set(found.public)]
    named = [name for name in own if name in found.names]
    return next(filter(_is_domain, (*named, *found.names, *own)), "")


def _is_domain(name: str) -> bool:
    try:
        return parse_domain(name) == name
    except ValueError:
        return False


def why_unknown(found: Found) -> str:
    """Why no address is proposed, in a sentence; "" where some are."""
    if found.public:
        return ""
    domain = found.domain
    match found.arrival:
        case Arrival.SILENT:
            return f"DNS did not tell where mail for {domain} arrives: {found.problem}"
        case Arrival.NO_DOMAIN:
            return f"There is no domain {domain} in DNS."
        case Arrival.NULL_MX:
            return f"{domain} says in DNS that it takes no mail (a null MX, RFC 7505), so DNS does not tell who sends."
        case Arrival.NOWHERE:
            return f"{domain} has neither an MX record nor an address, so DNS does not tell who sends."
    away = next((host for host in found.hosts if host.provider is not None), None)
    if away is not None and not any(host.addresses for host in found.own):
        return f"Mail for {domain} arrives at {away.provider} ({away.name}), which sends from other addresses than it receives at."
    silent = next((host.problem for host in found.own if host.problem), "")
    if silent:
        return f"DNS did not tell the addresses of the mail servers of {domain}: {silent}"
    kinds = sorted({special_word(each) or "public" for host in found.own for each in host.addresses})
    if kinds:
        return f"The mail servers of {domain} have no public address in DNS ({', '.join(kinds)} only)."
    return f"The mail servers of {domain} have no address in DNS."


def remarks(found: Found, outbound: Sequence[IpAddress]) -> Iterator[str]:
    """What is odd about what was found and should be looked at again, a sentence each."""
    for host in found.hosts if found.public else ():
        if host.provider is not None:
            yield f"{host.name} belongs to {host.provider}, which sends from other addresses than it receives at."
        elif host.problem:
            yield f"DNS did not tell every address of {host.name}: {host.problem}"
    for host in found.own:
        yield from _left_out(host)
    for address in outbound:
        ptr = found.reverse.get(address)
        if ptr is not None and ptr.result is PtrResult.MISSING:
            yield f"{address} has no reverse name (PTR); large receivers refuse mail without."
    if outbound and not any(each.version == 6 for each in outbound):
        yield "No IPv6 address was found: if the list's mail ever leaves over IPv6, add the address."


def _left_out(host: Host) -> Iterator[str]:
    """Addresses that are not proposed since mail on the internet comes from none of them."""
    for address in host.addresses:
        if not can_be_proposed(address):
            what = unseen(address) or f"no public address ({special_word(address) or 'IPv4 in the form of IPv6'})"
            yield f"{address} of {host.name} is left out: it is {what}, which no receiver sees."
