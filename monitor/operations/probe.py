"""One probe of a list: at most one open at a time, sent at most once, its end recorded."""

import random
from datetime import datetime

from monitor.config.settings import Settings
from monitor.errors import Refused, RelayUnavailable
from monitor.incident.signs_of_life import silent
from monitor.model.evidence import Probe, ProbeState
from monitor.model.lists import MailingList
from monitor.operations.direct_probe import probe_directly, sources
from monitor.operations.reassess import reassess
from monitor.operations.receiver_health import in_order_since
from monitor.operations.services import Services
from monitor.operations.timing import LEASE, SUBMIT_AGAIN, next_due, probe_deadline
from monitor.probe import life, token
from monitor.probe.message import compose, make_message_id
from monitor.smtp.submission import submit
from monitor.store.schedule import Claim


def probe(services: Services, list_id: str, *, slot: int) -> None:
    """One due probe. Safe to repeat: the probe of (list, slot) is made once and each try to submit it is made once."""
    listed, settings = services.watched(list_id), services.settings()
    if listed is None or settings.receiver is None or (listed.submission is None and not listed.direct):
        return  # taken out of the configuration: the schedule forgets it at its next beat
    end_overdue(services, listed)
    if listed.direct:  # they end at once, so that the list's one open probe is still to come
        probe_directly(services, listed, settings, slot=slot, only=sources(listed))
    every = settings.schedule.probe_every
    if listed.submission is not None and not probe_through_mta(services, listed, settings, slot=slot):
        every = min(every, SUBMIT_AGAIN)
    claim = Claim(kind="probe", list_id=list_id, slot=slot)
    services.store.schedule.finish(claim, next_due=next_due(services.now(), every, chance=random.random()))


def probe_through_mta(services: Services, listed: MailingList, settings: Settings, *, slot: int) -> bool:
    """The list's probe through its MTA: begun, and sent unless it was; False where it is still to be sent."""
    current = begin(services, listed, settings, slot=slot)
    if current is not None and current.source is not None:
        return False  # a worker was killed over a direct probe: it stays open until its deadline, a few minutes
    if current is not None and life.is_unsent(current):
        current = send(services, listed, current)
    return current is not None and not life.is_unsent(current)


def end_overdue(services: Services, listed: MailingList) -> None:
    """Call the newest probe lost if its deadline has passed. May be repeated."""
    newest = next(iter(services.store.probes.of_list(listed.id, limit=1)), None)
    now = services.now()
    if newest is None or not life.is_open(newest) or now < newest.deadline_at:
        return
    receiver, since = services.settings().receiver, newest.submitted_at or newest.scheduled_at
    receiver_was_down = receiver is None or not in_order_since(services, receiver, since)
    services.store.probes.change(
        newest.id, lambda open_one: life.expired(open_one, receiver_was_down=receiver_was_down, now=now)
    )
    reassess(services, listed, cause=f"lost:{newest.id}")


def begin(services: Services, listed: MailingList, settings: Settings, *, slot: int) -> Probe | None:
    """The list's open probe: the one that is open already, else a new one; None while our receiver is down."""
    store, now = services.store, services.now()
    current = store.probes.current(listed.id)
    if current is not None:
        return current
    if silent(store.heartbeats.last_seen("receiver"), now):
        return None
    made = make(store.signing_key(), listed, settings, slot=slot, now=now)
    store.probes.open(made, now=now)
    return store.probes.current(listed.id)


def make(key: bytes, listed: MailingList, settings: Settings, *, slot: int, now: datetime) -> Probe:
    """The probe of (list, slot): pure, the same id whenever it is asked for."""
    if settings.receiver is None:
        raise ValueError("without a receiver there is nowhere to send a probe")
    domain = settings.receiver.domain
    deadline = probe_deadline(now, settings.schedule)
    ident = token.make_probe_id(key, listed.id, slot)
    # The token outlives the deadline by as much again, so that late arrivals can still be told.
    local_part = token.issue(key, list_id=listed.id, probe_id=ident, expires_at=deadline + (deadline - now))
    return Probe(
        id=ident,
        list_id=listed.id,
        slot=slot,
        forward_path=f"{local_part}@{domain}",
        reverse_path=listed.reverse_path,
        message_id=make_message_id(ident, domain),
        state=ProbeState.SCHEDULED,
        scheduled_at=now,
        deadline_at=deadline,
    )


def send(services: Services, listed: MailingList, current: Probe) -> Probe:
    """Submit the probe to the list's MTA; the probe as it stands then.

    The try is marked before it is made: where a worker was killed in between, the message may have gone out, so it is not
    sent again. Once no worker can be at it any more it is given up; its arrival would mend it.
    """
    store, settings = services.store, services.settings()
    if listed.submission is None or settings.receiver is None:
        return current
    begun_at = store.probes.begin_attempt(current, services.now())
    if begun_at is not None:
        return current if services.now() - begun_at < LEASE else give_up(services, current)
    message = compose(
        list_address=listed.address,
        forward_path=current.forward_path,
        probe_id=current.id,
        message_id=current.message_id,
        contact=settings.notices.sender or next(iter(listed.owners), listed.reverse_path),
        at=current.scheduled_at,
    )
    try:
        reply = submit(
            listed.submission,
            reverse_path=current.reverse_path,
            forward_path=current.forward_path,
            message=message,
            helo=settings.receiver.hostname,
        )
    except RelayUnavailable as error:
        failure = error
        changed = store.probes.change(current.id, lambda one: life.not_submitted(one, failure))
    except Refused as error:
        refusal = error.reply or str(error)
        changed = store.probes.change(current.id, lambda one: life.rejected(one, reply=refusal, now=services.now()))
        reassess(services, listed, cause=f"rejected:{current.id}")
    else:
        changed = store.probes.change(current.id, lambda one: life.submitted(one, reply=reply, now=services.now()))
    return current if changed is None else changed[1]


def give_up(services: Services, current: Probe) -> Probe:
    """End a probe whose submission was cut short. May be repeated."""
    changed = services.store.probes.change(current.id, lambda one: life.abandoned(one, now=services.now()))
    return current if changed is None else changed[1]
