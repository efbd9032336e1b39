"""A probe before it is sent: to which receiver, under which token, as which message."""

from datetime import datetime
from ipaddress import IPv6Address
from typing import Final

from monitor.config.settings import Settings
from monitor.incident.signs_of_life import living
from monitor.model.evidence import Probe, ProbeState
from monitor.model.lists import MailingList
from monitor.model.vantage import Vantage, next_in_turn
from monitor.operations.services import Services
from monitor.probe import token
from monitor.probe.message import compose, make_message_id

PROBES_READ: Final = 20  # of one slot there are at most eight direct ones, before the one through the MTA


def vantage_in_turn(services: Services, listed: MailingList) -> Vantage | None:
    """The living receiver behind the one that the list's last probe through its MTA went to; None while none lives.

    Direct probes go where the list's own next one will, so that the two can be compared.
    """
    store = services.store
    there = living(services.settings().receivers, store.heartbeats.all(), services.now())
    if len(there) < 2:
        return next(iter(there), None)
    probes = store.probes.of_list(listed.id, limit=PROBES_READ)
    return next_in_turn(there, next((each.receiver for each in probes if each.source is None), None))


def make_probe(
    key: bytes,
    listed: MailingList,
    vantage: Vantage,
    *,
    slot: int,
    now: datetime,
    deadline_at: datetime,
    source: IPv6Address | None = None,
) -> Probe:
    """The probe of (list, slot), or of (list, slot, source) where it is direct. Pure: always the same id."""
    named = listed.id if source is None else f"{listed.id} directly from {source}"
    kind = token.TokenKind.PROBE if source is None else token.TokenKind.DIRECT
    ident = token.make_probe_id(key, named, slot)
    # The token outlives the deadline by as much again, so that late arrivals can still be told.
    expires_at = deadline_at + (deadline_at - now)
    local_part = token.issue(key, list_id=listed.id, probe_id=ident, expires_at=expires_at, kind=kind)
    return Probe(
        id=ident,
        list_id=listed.id,
        slot=slot,
        forward_path=f"{local_part}@{vantage.domain}",
        reverse_path=listed.reverse_path,
        message_id=make_message_id(ident, vantage.domain),
        state=ProbeState.SCHEDULED,
        scheduled_at=now,
        deadline_at=deadline_at,
        source=source,
        receiver=vantage.id,
    )


def message_of(probe: Probe, listed: MailingList, settings: Settings) -> bytes:
    """The message of the probe: the same for every try."""
    return compose(
        list_address=listed.address,
        forward_path=probe.forward_path,
        probe_id=probe.id,
        message_id=probe.message_id,
        contact=settings.notices.sender or next(iter(listed.owners), listed.reverse_path),
        at=probe.scheduled_at,
    )
