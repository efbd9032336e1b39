"""Direct probes: from each of the list's own addresses, around its MTA, straight to our receiver.

What the MTA loses and these deliver is the MTA's; what these lose too is the network's. They need a worker on the list's host:
an address that is not this machine's is passed over.
"""

import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from typing import Final

from monitor.config.settings import ReceiverSettings, Settings
from monitor.dns.answer import Resolver
from monitor.errors import DnsUnavailable, Refused, RelayUnavailable
from monitor.incident.signs_of_life import silent
from monitor.model.evidence import Probe, ProbeState
from monitor.model.lists import MailingList
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.operations.timing import LEASE
from monitor.probe import life, token
from monitor.probe.message import compose, make_message_id
from monitor.smtp.submission import submit

PORT: Final = 25  # MX hosts are asked there and nowhere else (RFC 5321 section 4.5.4.2)
TIMEOUT: Final = timedelta(seconds=20)  # for one command; our receiver asks DNS before its last reply
BUDGET: Final = timedelta(seconds=30)  # then no further one is begun: a probe's task has 90 seconds in all
TRIED_MOST: Final = 8  # addresses of one list

# What says that packets do not get through. All else is an answer, or our own trouble.
OF_THE_NETWORK: Final = frozenset({"connect", "timeout"})


def sources(listed: MailingList) -> tuple[IPv6Address, ...]:
    """The list's declared IPv6 addresses that are this machine's own."""
    own = [each for each in listed.outbound if isinstance(each, IPv6Address) and is_here(each)]
    return tuple(own[:TRIED_MOST])


def is_here(address: IPv6Address) -> bool:
    """Whether this machine may send from the address."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind((str(address), 0))
    except OSError:
        return False
    return True


def probe_directly(
    services: Services, listed: MailingList, settings: Settings, *, slot: int, only: Sequence[IPv6Address]
) -> tuple[Probe, ...]:
    """One probe from each of those addresses, one after the other; those that were sent, as they ended.

    Safe to repeat: the probe of (list, slot, address) is made once. Never beside another open probe of the list, and not
    while our receiver is down.
    """
    store, begun_at = services.store, services.now()
    ended: list[Probe] = []
    if settings.receiver is None or silent(store.heartbeats.last_seen("receiver"), begun_at):
        return ()
    for source in only:
        now = services.now()
        if now - begun_at > BUDGET:
            break
        made = make_direct(store.signing_key(), listed, settings.receiver, slot=slot, source=source, now=now)
        if store.probes.open(made, now=now):
            ended.append(_send(services, listed, settings, settings.receiver, made))
    return tuple(ended)


def make_direct(
    key: bytes, listed: MailingList, receiver: ReceiverSettings, *, slot: int, source: IPv6Address, now: datetime
) -> Probe:
    """The direct probe of (list, slot, address): pure. It ends at once, so that its deadline only matters if we are killed."""
    ident = token.make_probe_id(key, f"{listed.id} directly from {source}", slot)
    deadline = now + LEASE
    local_part = token.issue(
        key, list_id=listed.id, probe_id=ident, expires_at=deadline + LEASE, kind=token.TokenKind.DIRECT
    )
    return Probe(
        id=ident,
        list_id=listed.id,
        slot=slot,
        state=ProbeState.SCHEDULED,
        scheduled_at=now,
        deadline_at=deadline,
        forward_path=f"{local_part}@{receiver.domain}",
        reverse_path=listed.reverse_path,
        message_id=make_message_id(ident, receiver.domain),
        source=source,
    )


def receiver_address(resolver: Resolver, receiver: ReceiverSettings) -> IPv6Address:
    """Where our receiver is. Its own name is asked for, so that a probe goes nowhere else whatever the MX record says.

    Raises RelayUnavailable with reason `resolve`.
    """
    try:
        found = resolver.lookup(receiver.hostname, "AAAA").records
    except DnsUnavailable as error:
        raise RelayUnavailable(f"DNS did not say where {receiver.hostname} is: {error}", reason="resolve") from error
    if not found:
        raise RelayUnavailable(f"{receiver.hostname} has no AAAA record.", reason="resolve")
    return IPv6Address(str(found[0]))


def _send(
    services: Services, listed: MailingList, settings: Settings, receiver: ReceiverSettings, current: Probe
) -> Probe:
    message = compose(
        list_address=listed.address,
        forward_path=current.forward_path,
        probe_id=current.id,
        message_id=current.message_id,
        contact=settings.notices.sender or next(iter(listed.owners), listed.reverse_path),
        at=current.scheduled_at,
    )
    try:
        address = receiver_address(services.resolver(), receiver)
        reply = submit(
            f"smtp://[{address}]:{PORT}",
            reverse_path=current.reverse_path,
            forward_path=current.forward_path,
            message=message,
            timeout=TIMEOUT,
            helo=listed.helo,
            source=current.source,
        )
    except (RelayUnavailable, Refused) as error:
        said, ours = str(error), not (isinstance(error, RelayUnavailable) and error.reason in OF_THE_NETWORK)
        changed = services.store.probes.change(
            current.id, lambda one: life.cut_off(one, reply=said, ours=ours, now=services.now())
        )
        reassess(services, listed, cause=f"direct:{current.id}")
    else:  # the receiver says 250 only for what is recorded
        changed = services.store.probes.change(current.id, lambda one: life.taken(one, reply=reply, now=services.now()))
    return current if changed is None else changed[1]
