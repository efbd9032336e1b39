"""Direct probes: from each of the list's own addresses, around its MTA, straight to our receiver.

What the MTA loses and these deliver is the MTA's; what these lose too is the network's. They need a worker on the
list's host: an address that is not this machine's is passed over.
"""

import socket
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address
from time import monotonic
from typing import Final

from monitor.dns.answer import Resolver
from monitor.doors.files import none_left
from monitor.errors import DnsUnavailable, OutOfFiles, Refused, RelayUnavailable
from monitor.model.evidence import Probe
from monitor.model.lists import MailingList
from monitor.model.vantage import Vantage
from monitor.operations.make_probe import make_probe, message_of
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.operations.timing import LEASE
from monitor.phrase.phrase import say
from monitor.probe import life
from monitor.smtp.submission import submit

PORT: Final = 25  # MX hosts are asked there and nowhere else (RFC 5321 section 4.5.4.2)
TIMEOUT: Final = timedelta(seconds=20)  # for one of them as a whole; our receiver asks DNS before its last reply
BUDGET: Final = timedelta(seconds=35)  # for all of a list together: with the one through the MTA, 80 of a task's 90 s
TRIED_MOST: Final = 8  # addresses of one list

# What says that packets do not get through. All else is an answer, or our own trouble: a receiver that speaks, but not
# in time, is reached.
OF_THE_NETWORK: Final = frozenset({"connect", "timeout"})


def sources(listed: MailingList) -> tuple[IPv6Address, ...]:
    """The list's declared IPv6 addresses that are this machine's own."""
    own = [each for each in listed.outbound if isinstance(each, IPv6Address) and is_here(each)]
    return tuple(own[:TRIED_MOST])


def is_here(address: IPv6Address) -> bool:
    """Whether this machine may send from the address. Raises OutOfFiles where that cannot be found out."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind((str(address), 0))
    except OSError as error:
        if none_left((error,)):
            raise OutOfFiles from error
        return False
    return True


def probe_directly(
    services: Services, listed: MailingList, vantage: Vantage, *, slot: int, only: Sequence[IPv6Address]
) -> tuple[Probe, ...]:
    """One probe from each of those addresses, one after the other; those that were sent, as they ended.

    Safe to repeat: the probe of (list, slot, address) is made once. Never beside another open probe of the list.
    """
    store, ends = services.store, monotonic() + BUDGET.total_seconds()
    key = store.signing_key()
    ended: list[Probe] = []
    for source in only:
        if monotonic() > ends - TIMEOUT.total_seconds():
            break  # less patience than usual would make a loss of what is only slow
        now = services.now()
        # It ends at once, so that its deadline only matters if we are killed.
        made = make_probe(key, listed, vantage, slot=slot, now=now, deadline_at=now + LEASE, source=source)
        if store.probes.open(made, now=now):
            ended.append(_send(services, listed, vantage, made))
    return tuple(ended)


def receiver_address(resolver: Resolver, vantage: Vantage) -> IPv6Address:
    """Where our receiver is. Its own name is asked for, so that a probe goes nowhere else whatever the MX record says.

    Raises RelayUnavailable with reason `resolve`.
    """
    try:
        found = resolver.lookup(vantage.hostname, "AAAA").records
    except DnsUnavailable as error:
        silent = say("DNS did not say where {host} is: {problem}", host=vantage.hostname, problem=error.sentence)
        raise RelayUnavailable(silent, reason="resolve") from error
    if not found:
        raise RelayUnavailable(say("{host} has no AAAA record.", host=vantage.hostname), reason="resolve")
    return IPv6Address(str(found[0]))


def _send(services: Services, listed: MailingList, vantage: Vantage, current: Probe) -> Probe:
    try:
        address = receiver_address(services.resolver(), vantage)
        reply = submit(
            f"smtp://[{address}]:{PORT}",
            reverse_path=current.reverse_path,
            forward_path=current.forward_path,
            message=message_of(current, listed, services.settings()),
            timeout=TIMEOUT,
            helo=listed.helo,
            source=current.source,
        )
    except (RelayUnavailable, Refused, OutOfFiles) as error:
        said, ours = error.sentence, not (isinstance(error, RelayUnavailable) and error.reason in OF_THE_NETWORK)
        changed = services.store.probes.change(
            current.id, lambda one: life.cut_off(one, reply=said, ours=ours, now=services.now())
        )
        reassess(services, listed, cause=f"direct:{current.id}")
    else:  # the receiver says 250 only for what is recorded
        changed = services.store.probes.change(current.id, lambda one: life.taken(one, reply=reply, now=services.now()))
    return current if changed is None else changed[1]
