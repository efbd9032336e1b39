"""What is the list's own, of mail that anybody can write to us. Pure.

Whoever learns the canary's address, or the one for copies of bounces, can write to it. So only mail counts that is the
list's own by what cannot be had from outside: its reverse-path is in the list's domain, and it came from a network that
the list's mail is known to leave from, or passed SPF or DKIM for that domain, or SPF for the name of the list's host.
"""

from collections.abc import Collection, Sequence

from monitor.model.dns import IpNetwork, SpfResult, network_of
from monitor.model.evidence import Arrival, AuthResult, Seen
from monitor.model.lists import MailingList


def networks(arrivals: Sequence[Seen], listed: MailingList) -> frozenset[IpNetwork]:
    """Those that the list's mail leaves from: of its declared addresses, and those that its probes arrived from."""
    seen = (network_of(each.client_ip) for each in arrivals if not each.direct)
    return frozenset((*map(network_of, listed.outbound), *seen))


def genuine(mail: Sequence[Arrival], listed: MailingList, arrivals: Sequence[Seen]) -> tuple[Arrival, ...]:
    """Those messages that no stranger could have sent; `arrivals` are the list's probes that arrived."""
    known = networks(arrivals, listed) if mail else frozenset()
    return tuple(each for each in mail if is_of(each, listed, known))


def is_of(arrival: Arrival, listed: MailingList, known: frozenset[IpNetwork]) -> bool:
    """Whether a message is the list's own; `known` are its `networks`.

    A signature counts for the very domain alone: a domain above it may sign for others as well.
    """
    domains = frozenset(address.rpartition("@")[2].lower() for address in (listed.reverse_path, listed.address))
    return is_from(arrival, domains, frozenset((listed.helo.lower(),)), known)


def is_from(
    arrival: Arrival, domains: frozenset[str], hosts: frozenset[str], known: Collection[IpNetwork | None]
) -> bool:
    """The same of whoever has these domains, names of hosts and networks; all names in lower case."""
    claimed = domain_of(arrival)
    if claimed and claimed not in domains:
        return False
    if arrival.client_network in known:
        return True
    vouched = domains | hosts  # the null reverse-path: the host's name (RFC 7208 section 2.4)
    spf = any(each.result is SpfResult.PASS and each.domain.lower() in vouched for each in arrival.spf)
    return spf or any(each.result is AuthResult.PASS and each.domain.lower() in domains for each in arrival.dkim)


def domain_of(arrival: Arrival) -> str:
    """That of its reverse-path, in lower case; "" for the null one."""
    return arrival.reverse_path.rpartition("@")[2].lower()
