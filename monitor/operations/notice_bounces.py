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
from monitor.store import Store
from monitor.store.configured import watched_lists
from monitor.trace.bounce import read_bounce

_OURS: Final = re.compile(rb"<(msg_[a-z2-7]{26})@")  # the Message-ID of a notice, in the mail that is returned
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
    detail = " ".join(f"{failed.status} {failed.diagnostic_code} ({failed.remote_mta or failed.reporting_mta})".split())
    return tuple(
        _give_up(store, lists, settings, notice, detail, now=now)
        for notice in map(store.notices.get, _ids(octets))
        if notice is not None and notice.state is NoticeState.DELIVERED
    )


def _ids(octets: bytes) -> Iterator[str]:
    found = dict.fromkeys(match[1].decode() for match in _OURS.finditer(octets))
    yield from list(found)[:IDS_READ]


def _give_up(store: Store, lists: Lists, settings: Settings, notice: Notice, detail: str, *, now: datetime) -> Notice:
    attempt = DeliveryAttempt(at=now, outcome="bounced", detail=detail[:600])
    dead = replace(notice, state=NoticeState.DEAD, attempts=(*notice.attempts, attempt), finished_at=now)
    store.notices.add(failure_notices(dead, lists, settings, now=now))
    store.notices.save(dead)
    return dead
