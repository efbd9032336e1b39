"""One probe of a list: at most one open at a time, sent at most once, its end recorded."""

import random
from datetime import timedelta

from monitor.errors import OutOfFiles, Refused, RelayUnavailable
from monitor.model.ahead import is_ahead
from monitor.model.evidence import Probe
from monitor.model.lists import MailingList
from monitor.model.vantage import Vantage, vantage_of
from monitor.operations.direct_probe import probe_directly, sources
from monitor.operations.make_probe import make_probe, message_of, vantage_in_turn
from monitor.operations.mta_turn import mta_of, noted, turn_at
from monitor.operations.reassess import reassess
from monitor.operations.receiver_health import in_order_since
from monitor.operations.services import Services
from monitor.operations.timing import LEASE, SUBMIT_AGAIN, next_due, pause_of_slow, probe_deadline
from monitor.phrase.phrase import joined
from monitor.probe import life
from monitor.receiver.replies import quotes_us
from monitor.smtp.submission import submit
from monitor.store.schedule import Claim


def probe(services: Services, list_id: str, *, slot: int) -> None:
    """One due probe. Safe to repeat: the probe of (list, slot) is made once and each try to submit it is made once."""
    listed, settings = services.watched(list_id), services.settings()
    if listed is None or not settings.receivers or (listed.submission is None and not listed.direct):
        return  # taken out of the configuration: the schedule forgets it at its next beat
    end_overdue(services, listed)
    vantage = vantage_in_turn(services, listed)
    if listed.direct and vantage is not None:  # they end at once, so that the list's one open probe is still to come
        probe_directly(services, listed, vantage, slot=slot, only=sources(listed))
    every = settings.schedule.probe_every
    if listed.submission is not None:
        every = probe_through_mta(services, listed, vantage, slot=slot)
    claim = Claim(kind="probe", list_id=list_id, slot=slot)
    services.store.schedule.finish(claim, next_due=next_due(services.now(), every, chance=random.random()))


def probe_through_mta(services: Services, listed: MailingList, vantage: Vantage | None, *, slot: int) -> timedelta:
    """The list's probe through its MTA: begun, and sent unless it was, if it is its turn; when it is due again."""
    every = services.settings().schedule.probe_every
    soon = min(every, SUBMIT_AGAIN)
    current = begin(services, listed, vantage, slot=slot)
    if current is None or current.source is not None:
        return soon  # a worker was killed over a direct probe: it stays open until its deadline, a few minutes
    if not life.is_unsent(current):
        return every
    mta = mta_of(listed)
    with turn_at(services, mta) as put_off:
        if put_off is None:
            current = send(services, listed, current)
    if put_off is None:
        slow = services.store.submissions.slow(mta)
        again = max(soon, pause_of_slow(every, slow.timeouts if slow else 0)) if life.is_unsent(current) else every
    else:
        again = put_off.again
        if put_off.reply:
            services.store.probes.change(current.id, lambda one: life.put_off(one, reply=put_off.reply))
    return min(every, again)  # nothing is due later than its interval: longer pauses end in looking once an interval


def end_overdue(services: Services, listed: MailingList) -> None:
    """Call the newest probe lost if its deadline has passed, or cannot be believed. May be repeated."""
    newest = next(iter(services.store.probes.of_list(listed.id, limit=1)), None)
    now = services.now()
    if newest is None or not life.is_open(newest):
        return
    if is_ahead(newest.scheduled_at, now):
        services.store.probes.change(newest.id, lambda open_one: life.undated(open_one, now=now))
        return
    if now < newest.deadline_at:
        return
    vantage, since = _vantage_of(services, newest), newest.submitted_at or newest.scheduled_at
    receiver_was_down = vantage is None or not in_order_since(services, vantage, since)
    services.store.probes.change(
        newest.id, lambda open_one: life.expired(open_one, receiver_was_down=receiver_was_down, now=now)
    )
    reassess(services, listed, cause=f"lost:{newest.id}")


def begin(services: Services, listed: MailingList, vantage: Vantage | None, *, slot: int) -> Probe | None:
    """The list's open probe: the one that is open already, else a new one to that receiver; None without one."""
    store, now = services.store, services.now()
    current = store.probes.current(listed.id)
    if current is not None:
        return current
    if vantage is None:
        return None
    deadline_at = probe_deadline(now, services.settings().schedule)
    store.probes.open(
        make_probe(store.signing_key(), listed, vantage, slot=slot, now=now, deadline_at=deadline_at), now=now
    )
    return store.probes.current(listed.id)


def send(services: Services, listed: MailingList, current: Probe) -> Probe:
    """Submit the probe to the list's MTA; the probe as it stands then.

    The try is marked before it is made: where a worker was killed in between, the message may have gone out, so it is
    not sent again. Once no worker can be at it any more it is given up; its arrival would mend it.
    """
    store, vantage = services.store, _vantage_of(services, current)
    if listed.submission is None or vantage is None:
        return current
    begun_at = store.probes.begin_attempt(current, services.now())
    if begun_at is not None:
        now = services.now()
        under_way = not is_ahead(begun_at, now) and now - begun_at < LEASE
        return current if under_way else give_up(services, current)
    try:
        reply = submit(
            listed.submission,
            reverse_path=current.reverse_path,
            forward_path=current.forward_path,
            message=message_of(current, listed, services.settings()),
            helo=vantage.hostname,
        )
    except OutOfFiles as error:  # the MTA was not even reached: nothing is noted of it
        ours = RelayUnavailable(error.sentence, reason="files")
        changed = store.probes.change(current.id, lambda one: life.not_submitted(one, ours))
    except RelayUnavailable as error:
        by_us = quotes_us(str(error))
        said = joined(" ", (error.sentence, noted(services, mta_of(listed), error)))
        failure = RelayUnavailable(said, reason=error.reason)
        changed = store.probes.change(current.id, lambda one: life.not_submitted(one, failure, quotes_us=by_us))
    except Refused as error:
        noted(services, mta_of(listed))
        refusal, by_us = error.reply or str(error), quotes_us(error.reply or str(error))
        changed = store.probes.change(
            current.id, lambda one: life.rejected(one, reply=refusal, now=services.now(), quotes_us=by_us)
        )
        reassess(services, listed, cause=f"rejected:{current.id}")
    else:
        noted(services, mta_of(listed))
        changed = store.probes.change(current.id, lambda one: life.submitted(one, reply=reply, now=services.now()))
    return current if changed is None else changed[1]


def give_up(services: Services, current: Probe) -> Probe:
    """End a probe whose submission was cut short. May be repeated."""
    changed = services.store.probes.change(current.id, lambda one: life.abandoned(one, now=services.now()))
    return current if changed is None else changed[1]


def _vantage_of(services: Services, current: Probe) -> Vantage | None:
    """The receiver that the probe goes to; None where it was taken out of the configuration."""
    return vantage_of(services.settings().receivers, current.receiver)
