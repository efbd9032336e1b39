"""Notices that are due: a try to deliver each, side by side, and the record of each try.

Endpoints are slow and many, and waiting for them costs nothing: so one task takes many notices and waits for all at once.
Each is recorded as soon as its own try has ended; whoever is killed in between tries the others again, under the same ids.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Final

from monitor.errors import StaysubError
from monitor.model import NoticeState
from monitor.notify import deliver as deliver_notice
from monitor.operations.services import Services

log = logging.getLogger(__name__)

AT_ONCE: Final = 50  # notices of one task: as many threads, each waiting for one server


def deliver(services: Services, notice_ids: Sequence[str]) -> None:
    """Try these notices once. Safe to repeat: a repeated try goes out under the same webhook-id or Message-ID."""
    side_by_side(lambda notice_id: deliver_one(services, notice_id), notice_ids)


def side_by_side(do: Callable[[str], None], notice_ids: Sequence[str]) -> None:
    """Do that with each notice, AT_ONCE at a time; what keeps it from one is logged and keeps it from no other."""
    pool = ThreadPoolExecutor(max_workers=min(AT_ONCE, max(1, len(notice_ids))), thread_name_prefix="notice")
    try:
        tries = {pool.submit(do, notice_id): notice_id for notice_id in notice_ids}
        for ended in as_completed(tries):
            _said(ended, tries[ended])
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def batches(notice_ids: Sequence[str]) -> Iterator[list[str]]:
    """The notices in parts that one task takes."""
    for start in range(0, len(notice_ids), AT_ONCE):
        yield list(notice_ids[start : start + AT_ONCE])


def deliver_one(services: Services, notice_id: str) -> None:
    """One due notice: tried and recorded."""
    notice = services.store.notices.get(notice_id)
    if notice is None:
        services.store.notices.drop(notice_id)
        return
    if notice.state is not NoticeState.PENDING:
        services.store.notices.save(notice)
        return
    services.store.notices.save(deliver_notice(notice, services.settings(), now=services.now()))


def _said(ended: "Future[None]", notice_id: str) -> None:
    """Log what kept us from trying or recording one notice; the others go on, and its lease brings it again."""
    error = ended.exception()
    if isinstance(error, StaysubError):
        log.warning("notice_postponed", extra={"notice": notice_id, "reason": str(error)})
    elif error is not None:
        log.error("notice_failed", extra={"notice": notice_id}, exc_info=error)
