"""Is our own side in order? The receiver is knocked at, and the probe domain's DNS is read as a list's MTA reads it.

Where it is not, a probe that does not arrive says nothing about its list: unknown, never worse.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Final

from monitor.config.endpoints import split_endpoint
from monitor.dns.answer import Resolver
from monitor.errors import Unavailable
from monitor.model.vantage import Vantage
from monitor.smtp.rehearsal import TIMEOUT, rehearse

_log: Final = logging.getLogger(__name__)


def knock(
    vantage: Vantage,
    *,
    forward_path: str,
    address: tuple[str, int] | None = None,
    timeout: timedelta = TIMEOUT,
) -> None:
    """Speak to the receiver from its own host as a list's MTA would, up to RCPT: a token of ours must be accepted.

    Nothing is delivered, so that it may be done all the time. `address` overrides where it listens.
    Raises Unavailable with reason `connect`, `timeout`, `tls` or `refused`.
    """
    host, port = address or _nearby(vantage.listen)
    rehearse(
        (host, port),
        helo=vantage.hostname,
        forward_path=forward_path,
        needs_tls=vantage.tls_certificate is not None,
        proxied=any(IPv6Address(host) in network for network in vantage.proxies),
        timeout=timeout,
    )


def when_well(
    vantage: Vantage,
    address: tuple[str, int],
    *,
    own_address: Callable[[str], str | None],
    note: Callable[[], None],
) -> Callable[[], None]:
    """`note`, the receiver's sign of life, but only given while a knock is answered as a list's MTA would want.

    `own_address(domain)` is a forward-path that must be accepted, or None where no list is watched: then living is
    enough. What keeps the receiver from answering is logged, once each time that it changes.
    """
    said = ""

    def knock_and_note() -> None:
        nonlocal said
        forward_path = own_address(vantage.domain)
        problem = ""
        if forward_path is not None:
            try:
                knock(vantage, forward_path=forward_path, address=address)
            except Unavailable as error:
                problem = str(error)
        if problem and problem != said:
            _log.error("receiver_unwell", extra={"problem": problem})
        said = problem
        if not problem:
            note()

    return knock_and_note


def domain_faults(vantage: Vantage, resolver: Resolver) -> tuple[str, ...]:
    """Why mail for the probe domain would not come to us over IPv6: sentences, none where all is well.

    Raises DnsUnavailable where that cannot be found out.
    """
    domain, hostname = vantage.domain, vantage.hostname
    exchanges = [exchange.removesuffix(".").lower() for _, exchange in resolver.lookup(domain, "MX").exchanges]
    faults = []
    if not exchanges:
        faults.append(f"{domain} has no MX record; publish `{domain}. IN MX 10 {hostname}.`.")
    elif hostname not in exchanges:
        faults.append(f"The MX records of {domain} lead to {', '.join(exchanges)}, not to {hostname}.")
    elif len(exchanges) > 1:
        faults.append(f"{domain} has other MX records beside {hostname}: probes may go there.")
    if not resolver.lookup(hostname, "AAAA").records:
        faults.append(f"{hostname} has no AAAA record: nobody can reach the receiver.")
    if resolver.lookup(hostname, "A").records:
        faults.append(f"{hostname} has an A record: remove it, or a list's MTA tries IPv4, where nobody listens.")
    return tuple(faults)


def _nearby(listen: str) -> tuple[str, int]:
    """Where this host reaches what listens there: the unspecified address is reached over loopback."""
    host, port = split_endpoint(listen)
    address = host.partition("%")[0]
    return ("::1" if IPv6Address(address).is_unspecified else host), port
