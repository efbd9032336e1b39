"""Notices that are due: a try to deliver each, side by side, and the record of each try.

Endpoints are slow and many, and waiting for them costs nothing: so one task takes many notices and waits for all at once.
Each is recorded as soon as its own try has ended; whoever is killed in between tries the others again, under the same ids.
New mails to one owner become one, and no owner gets more than an allowance of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitor.model import Notice, NoticeState
from monitor.notify import deliver as deliver_notice
from monitor.notify.digest import DIGEST, gather, member_ids, told_with
from monitor.notify.outbox import MAIL
from monitor.operations.services import Services
from monitor.operations.side_by_side import side_by_side
from monitor.operations.timing import CLAIMS_A_TICK, LEASE

AT_ONCE: Final = 100  # threads of one task, each waiting for one server
BATCH: Final = CLAIMS_A_TICK  # notices of one task: all of a tick, so that those to one owner are seen together


def deliver(services: Services, notice_ids: Sequence[str]) -> None:
    """Try these notices once. Safe to repeat: a repeated try goes out under the same webhook-id or Message-ID."""
    side_by_side(
        lambda notice_id: deliver_one(services, notice_id), plan(services, notice_ids), at_once=AT_ONCE, name="notice"
    )


def plan(services: Services, notice_ids: Sequence[str]) -> list[str]:
    """The notices to try now: each owner's new mails as one, or none of them while the owner's allowance is used up."""
    store, now = services.store, services.now()
    tried, new = [], defaultdict[str, list[Notice]](list)
    for notice_id in notice_ids:
        notice = store.notices.get(notice_id)
        if notice is None:
            store.notices.drop(notice_id)
        elif notice.state is not NoticeState.PENDING:
            store.notices.save(notice)
        elif notice.channel == MAIL and notice.type != DIGEST and not notice.attempts:
            new[notice.target].append(notice)
        else:
            tried.append(notice_id)
    for owner, notices in new.items():
        again_at = store.allowances.take(owner, now)
        if again_at is not None:
            store.notices.save_all([replace(one, next_attempt_at=again_at) for one in notices])
        elif len(notices) == 1:
            tried.append(notices[0].id)
        else:
            digest, members = gather(notices, now=now, due_at=now + LEASE)
            store.notices.gather(digest, members)
            tried.append(digest.id)
    return tried


def deliver_one(services: Services, notice_id: str) -> None:
    """One due notice: tried and recorded; a digest together with the notices that it tells."""
    store = services.store
    notice = store.notices.get(notice_id)
    if notice is None or notice.state is not NoticeState.PENDING:
        return
    found = [store.notices.get(each) for each in member_ids(notice)] if notice.type == DIGEST else []
    members = [one for one in found if one is not None]
    settings = services.settings().model_copy(update={"lists": services.lists()})
    after = deliver_notice(notice, settings, now=services.now(), members=members)
    store.notices.save_all([after, *told_with(after, members)])
