"""Reverse DNS of an address, forward-confirmed: iprev (RFC 8601 section 3; RFC 1912 section 2.1)."""

from functools import lru_cache
from ipaddress import ip_address
from operator import attrgetter

from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.name import normal
from monitor.model.dns import IpAddress, PtrOutcome, PtrResult

MAX_NAMES = 10  # PTR names confirmed for one address; as RFC 7208 section 4.6.4 bounds them


def reverse(resolver: Resolver, address: IpAddress) -> PtrOutcome:
    """What the PTR records of `address` say and which of their names lead back to it.

    PASS where one does; MISSING without a PTR record; MISMATCH where none leads back; TEMPERROR where DNS kept us from
    knowing: no answer for the PTR, or none confirmed while some name could not be looked up.
    """
    try:
        found = resolver.lookup(_pointer(address), "PTR").strings
    except Unanswered as error:
        return PtrOutcome(client_ip=address, result=PtrResult.TEMPERROR, problem=error.sentence)
    names = tuple(dict.fromkeys(found))[:MAX_NAMES]
    if not names:
        return PtrOutcome(client_ip=address, result=PtrResult.MISSING)
    confirmed: list[str] = []
    silent: dict[str, str] = {}  # name -> why DNS gave no answer
    for name in names:
        try:
            if leads_to(resolver, name, address):
                confirmed.append(normal(name))
        except Unanswered as error:
            silent[normal(name)] = error.sentence
    result = PtrResult.PASS if confirmed else PtrResult.TEMPERROR if silent else PtrResult.MISMATCH
    return PtrOutcome(
        client_ip=address,
        result=result,
        names=tuple(map(normal, names)),
        confirmed=tuple(confirmed),
        problem=None if confirmed else next(iter(silent.values()), None),
        unanswered=tuple(silent),
    )


def leads_to(resolver: Resolver, host: str, address: IpAddress) -> bool:
    """Whether the host's A or AAAA records have the address. Raises Unanswered."""
    found = resolver.lookup(host, "AAAA" if address.version == 6 else "A").strings
    return any(_address(one) == address for one in found)


# The same few hosts come again and again.
_pointer = lru_cache(maxsize=4096)(attrgetter("reverse_pointer"))
_address = lru_cache(maxsize=4096)(ip_address)
