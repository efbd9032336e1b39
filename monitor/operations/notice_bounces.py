"""Notices that were taken by the relay and came back: found by their Message-ID, told by another channel."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.config.settings import Settings
from monitor.model.incidents import DeliveryAttempt, Notice, NoticeState
from monitor.model.lists import Lists
from monitor.notify.channel_failures import failure_notices
from monitor.notify.reverse_path import BOUNCED
from monitor.receiver.token_addresses import notice_mark
from monitor.store import Store
from monitor.store.configured import watched_lists
from monitor.trace.bounce import read_bounce
from monitor.trace.delivery_status import DeliveryStatus

_OURS: Final = re.compile(rb"<(msg_[a-z2-7]{26})@")  # the Message-ID of a notice, in the mail that is returned
_OF_US: Final = re.compile(r"[45]\.(?:7\.\d+|1\.[78])$")
IDS_READ: Final = 20  # of one bounce: a returned mail names its own, and perhaps others


def note_notice_bounce(store: Store, settings: Settings, octets: bytes, *, now: datetime) -> tuple[Notice, ...]:
    """The notices that this message says were refused for good, given up now.

    May be repeated: the second time finds none.

    Anybody may send us a bounce; what it can do is to name a notice by an id that only its reader knows.
    """
    failed = next((status for status in read_bounce(octets).statuses if status.action == "failed"), None)
    if failed is None:
        return ()
    lists = watched_lists(settings, store)
    detail = _detail(failed)
    return tuple(
        _give_up(store, lists, settings, notice, detail, now=now)
        for notice in map(store.notices.get, _ids(octets))
        if notice is not None and notice.state is NoticeState.DELIVERED
    )


def note_returned(
    store: Store, settings: Settings, octets: bytes, *, list_id: str, mark: str, now: datetime
) -> str | None:
    """The id of the notice that came back to a reverse-path of ours which names it by `mark`; None where it names none.

    It is given up and told by other ways. Where the bounce is about policy or sender (RFC 3463: X.7.Z, X.1.7, X.1.8)
    and not about its reader, it leaves once more, with `notices.from` as its reverse-path: that may be what the other
    side did not like. May be repeated.
    """
    failed = next((status for status in read_bounce(octets).statuses if status.action == "failed"), None)
    if failed is None:
        return None
    named = [each for each in _ids(octets) if notice_mark(each) == mark]
    notice = store.notices.get(named[0]) if named else _newest(store, list_id, mark)
    if notice is None or notice.state is not NoticeState.DELIVERED:
        return None
    lists = watched_lists(settings, store)
    dead = _give_up(store, lists, settings, notice, _detail(failed), now=now)
    if _OF_US.match(failed.status) and not any(each.outcome == BOUNCED for each in notice.attempts):
        store.notices.save(replace(dead, state=NoticeState.PENDING, next_attempt_at=now, finished_at=None))
    return notice.id


def _newest(store: Store, list_id: str, mark: str) -> Notice | None:
    """By the mark alone, where the bounce returns nothing of the mail (RFC 3464 section 2: it need not)."""
    return next((each for each in store.notices.of_list(list_id) if notice_mark(each.id) == mark), None)


def _detail(failed: DeliveryStatus) -> str:
    return " ".join(f"{failed.status} {failed.diagnostic_code} ({failed.remote_mta or failed.reporting_mta})".split())


def _ids(octets: bytes) -> Iterator[str]:
    found = dict.fromkeys(match[1].decode() for match in _OURS.finditer(octets))
    yield from list(found)[:IDS_READ]


def _give_up(store: Store, lists: Lists, settings: Settings, notice: Notice, detail: str, *, now: datetime) -> Notice:
    attempt = DeliveryAttempt(at=now, outcome=BOUNCED, detail=detail[:600])
    dead = replace(notice, state=NoticeState.DEAD, attempts=(*notice.attempts, attempt), finished_at=now)
    store.notices.add(failure_notices(dead, lists, settings, now=now))
    store.notices.save(dead)
    return dead
