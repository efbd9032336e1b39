"""Notices that are due: a try to deliver each, side by side, and the record of each try.

Endpoints are slow and many, and waiting for them costs nothing: so one task takes many notices and waits for all at once.
Each is recorded as soon as its own try has ended; whoever is killed in between tries the others again, under the same ids.
New mails to one owner become one, and no owner gets more than an allowance of them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import Settings
from monitor.metrics import NOTICE_ATTEMPTS, NOTICES, outcome_label
from monitor.model.incidents import DeliveryAttempt, Notice, NoticeState
from monitor.notify.channel_failures import failure_notices
from monitor.notify.delivery import deliver as deliver_notice
from monitor.notify.delivery import endpoint_of
from monitor.notify.digest import gather, member_ids, told_with
from monitor.notify.links import Links, link_to, nowhere
from monitor.notify.notice import DIGEST, MAIL, WEBHOOK, WEEKLY
from monitor.notify.retry import after
from monitor.operations.concurrently import concurrently
from monitor.operations.services import Services
from monitor.operations.timing import CLAIMS_A_TICK, JITTER, LEASE

BATCH: Final = CLAIMS_A_TICK  # notices of one task: all of a tick, so that those to one owner are seen together
AT_ONCE: Final = BATCH  # threads of one task, each waiting for one server: it lasts as long as the slowest of them
GATHERED: Final = "list.risk."  # types that may be told together with others
GATHER_MOST: Final = timedelta(minutes=30)  # that a mail to an owner of many lists waits for more of its kind
EVERY_LIST: Final = "*"  # what is paused where a mail speaks of many lists


def deliver(services: Services, notice_ids: Sequence[str]) -> None:
    """Try these notices once. Safe to repeat: a repeated try goes out under the same webhook-id or Message-ID."""
    concurrently(
        lambda notice_id: deliver_one(services, notice_id), plan(services, notice_ids), at_once=AT_ONCE, name="notice"
    )


def plan(services: Services, notice_ids: Sequence[str]) -> list[str]:
    """The notices to try now: each owner's new mails as one, or none of them while they wait or the allowance is used up."""
    store, now = services.store, services.now()
    tried, called, alone = list[str](), list[str](), list[Notice]()
    new = defaultdict[str, list[Notice]](list)
    for notice_id in notice_ids:
        notice = store.notices.get(notice_id)
        if notice is None or notice.state is not NoticeState.PENDING:
            store.notices.drop(notice_id)
        elif notice.channel != MAIL:
            called.append(notice_id)  # after the mails: endpoints may be slow
        elif notice.type == DIGEST or notice.attempts:
            tried.append(notice_id)
        elif (until := paused_until(services, notice)) is not None:
            kept = withheld(notice, until, now=now)
            store.notices.save_all([kept], counts_of(kept))
        elif not notice.type.startswith(GATHERED):
            alone.append(notice)
        elif not taken_elsewhere(services, notice):
            new[notice.target].append(notice)
    settings = services.full_settings()
    lists_of = owned(settings) if new else {}
    for owner, notices in new.items():
        waits_until = gathered_at(notices, settings) if lists_of.get(owner, 0) > 1 else now
        again_at = waits_until if waits_until > now else store.mail_limits.take(owner, now)
        if again_at is not None:
            store.notices.hold(owner, [replace(one, next_attempt_at=again_at) for one in notices])
            continue
        waiting = (one for one in store.notices.release_all(owner) if is_new(one))
        together = list({one.id: one for one in (*notices, *waiting)}.values())
        if len(together) == 1:
            tried.append(together[0].id)
        else:
            digest, members = gather(together, now=now, due_at=now + LEASE)
            store.notices.gather(digest, members)
            tried.append(digest.id)
    for notice in alone:
        again_at = store.mail_limits.take(notice.target, now)
        if again_at is None:
            tried.append(notice.id)
        else:
            store.notices.save(replace(notice, next_attempt_at=again_at))
    return [*tried, *called]


def is_new(notice: Notice) -> bool:
    """Whether nobody has tried to tell it yet, alone or with others."""
    return notice.state is NoticeState.PENDING and not notice.attempts and notice.digest_id is None


def taken_elsewhere(services: Services, notice: Notice) -> bool:
    """Whether another worker is telling it now together with others. One that died over it has let it go after its lease."""
    if not notice.held or services.store.notices.release(notice.target, notice.id):
        return False
    return notice.next_attempt_at is not None and services.now() < notice.next_attempt_at + LEASE


def owned(settings: Settings) -> Mapping[str, int]:
    """How many lists each reader may be told of: owners of theirs, administrators of all."""
    counts = Counter(owner for listed in settings.lists for owner in set(listed.owners))
    counts.update({each: len(settings.lists) for each in settings.notices.administrators})
    return counts


def gathered_at(notices: Sequence[Notice], settings: Settings) -> datetime:
    """Until when mails to an owner of many lists wait, so that a cause under all of them is one mail.

    Within one interval of checks every list has met the cause; the first of them waits for the last.
    """
    interval = settings.schedule.check_every * (1 + 2 * JITTER)
    return min(one.created_at for one in notices) + min(interval, GATHER_MOST)


def deliver_one(services: Services, notice_id: str) -> None:
    """One due notice: tried and recorded, a digest together with the notices that it tells, a failure with what tells of it."""
    store, settings, now = services.store, services.full_settings(), services.now()
    notice = store.notices.get(notice_id)
    if notice is None or notice.state is not NoticeState.PENDING:
        return
    found = [store.notices.get(each) for each in member_ids(notice)] if notice.type == DIGEST else []
    members = [one for one in found if one is not None]
    if notice.channel == WEBHOOK and store.suppressions.gone(identity(notice, settings)):
        gone = DeliveryAttempt(at=now, outcome="endpoint-gone", detail=f"It said 410; {CALL_BACK} ends that.")
        ended = after(notice, gone, now=now)
    else:
        refused = store.suppressions.refused() if notice.channel == MAIL else frozenset()
        ended = deliver_notice(notice, settings, now=now, members=members, links=links_of(services), refused=refused)
    if ended.attempts and ended.attempts[-1].outcome == "http-410":
        store.suppressions.disable(identity(notice, settings), now)
    # What tells of the failure is written first: whoever dies in between does both again, under the same ids.
    store.notices.add(failure_notices(ended, settings, now=now))
    store.notices.save_all([ended, *told_with(ended, members)], counts_of(ended))


def counts_of(notice: Notice) -> dict[str, float]:
    """What the last try of a notice adds to the counts."""
    counts: dict[str, float] = {}
    if notice.attempts:
        counts[NOTICE_ATTEMPTS.field(notice.channel, outcome_label(notice.attempts[-1].outcome))] = 1
    if notice.state is not NoticeState.PENDING:
        counts[NOTICES.field(notice.channel, notice.state)] = 1
    return counts


CALL_BACK: Final = "`staysub notices replay`"


def identity(notice: Notice, settings: Settings) -> str:
    """What an endpoint is known by while it is gone: its URL and secrets, so that another configuration calls it again."""
    endpoint = endpoint_of(notice, settings)
    secrets = () if endpoint is None else endpoint.secret
    return "\n".join((notice.target, *(secret.reveal() for secret in secrets)))


def links_of(services: Services) -> Links:
    """Where a mail's reader answers without a log-in; nowhere where the configuration does not say how the pages are reached."""
    base = services.settings().web.url
    if base is None:
        return nowhere
    key = services.store.signing_key()
    return lambda notice: link_to(notice, base=base, key=key)


def paused_by(notice: Notice) -> str:
    """What a pause asked for in this mail covers: its list, or all where it speaks of many."""
    return EVERY_LIST if notice.type in (DIGEST, WEEKLY) else notice.list_id


def paused_until(services: Services, notice: Notice) -> datetime | None:
    """Until when this mail's reader wants none of its kind; None where it may come."""
    pauses = services.store.suppressions
    return pauses.until(notice.target, notice.list_id) or pauses.until(notice.target, EVERY_LIST)


def withheld(notice: Notice, until: datetime, *, now: datetime) -> Notice:
    """The notice that its reader does not want now."""
    said = DeliveryAttempt(
        at=now, outcome="paused", detail=f"Its reader wants no mail until {until:%Y-%m-%d %H:%M} UTC."
    )
    return replace(
        notice,
        state=NoticeState.WITHHELD,
        attempts=(*notice.attempts, said),
        next_attempt_at=None,
        finished_at=now,
    )
