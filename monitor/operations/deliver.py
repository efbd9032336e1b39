"""Notices that are due: a try to deliver each, side by side, and the record of each try.

Endpoints are slow and many, and waiting for them costs little: so one task takes many notices and waits for all at
once, and all tasks of a process together make so many tries at a time. Each is recorded as soon as its own try has
ended; whoever is killed in between tries the others again, under the same ids.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import Settings
from monitor.model.incidents import DeliveryAttempt, Notice, NoticeState
from monitor.model.lists import Lists
from monitor.notify.channel_failures import failure_notices
from monitor.notify.delivery import deliver as deliver_notice
from monitor.notify.delivery import endpoint_of
from monitor.notify.digest import ended_with, member_ids
from monitor.notify.links import Links, link_to, nowhere
from monitor.notify.notice import DIGEST, MAIL, WEBHOOK
from monitor.notify.retry import after, counts_of
from monitor.operations.concurrently import by_hands
from monitor.operations.own_returns import reverse_paths
from monitor.operations.plan_deliveries import plan
from monitor.operations.services import Services
from monitor.operations.timing import CLAIMS_A_TICK
from monitor.phrase.phrase import say
from monitor.store import Store
from monitor.store.configured import watched_lists

BATCH: Final = CLAIMS_A_TICK  # notices of one task: all of a tick, so that those to one owner are seen together
# Tries at a time of one process, however many tasks: each holds two open files, a socket and what cuts it off, and up
# to three threads. Together 400 files beside some 250 of Redis, so that even a limit of 1024 is kept. Mails are fewer:
# Postfix takes 50 connections of one client at once (smtpd_client_connection_count_limit).
MAILERS: Final = ThreadPoolExecutor(50, thread_name_prefix="mail")
CALLERS: Final = ThreadPoolExecutor(150, thread_name_prefix="call")
# Then no further one is begun, and its lease brings it again: a try takes up to 60 s, a lease is 180 s.
BEGIN_WITHIN: Final = timedelta(seconds=60)
CALL_BACK: Final = "`staysub notices replay`"


def deliver(services: Services, notice_ids: Sequence[str], *, hands: Executor = MAILERS) -> None:
    """Try these notices once. Safe to repeat: a repeated try goes out under the same webhook-id or Message-ID.

    Mails and calls have `hands` of their own, so that no mail waits for a silent endpoint.
    """
    planned = plan(services, notice_ids)
    by_hands(hands, lambda each: deliver_one(services, each), planned, name="notice", begin_within=BEGIN_WITHIN)


def deliver_one(services: Services, notice_id: str) -> None:
    """One due notice, tried and recorded: a digest with the notices that it tells, a failure with what tells of it."""
    store, settings, now = services.store, services.settings(), services.now()
    notice = store.notices.get(notice_id)
    if notice is None or notice.state is not NoticeState.PENDING:
        return
    lists = services.lists()
    found = [store.notices.get(each) for each in member_ids(notice)] if notice.type == DIGEST else []
    members = [one for one in found if one is not None]
    if notice.channel == WEBHOOK and store.suppressions.gone(identity(notice, lists, settings)):
        gone = DeliveryAttempt(
            at=now, outcome="endpoint-gone", detail=say("It said 410; {command} ends that.", command=CALL_BACK)
        )
        ended = after(notice, gone, now=now)
    else:
        refused = store.suppressions.refused() if notice.channel == MAIL else frozenset()
        ended = deliver_notice(
            notice,
            lists,
            settings,
            now=now,
            members=members,
            links=links_of(services),
            refused=refused,
            reverse_path=reverse_paths(services)(notice) if notice.channel == MAIL else None,
        )
    if ended.attempts and ended.attempts[-1].outcome == "http-410":
        store.suppressions.disable(identity(notice, lists, settings), now)
    # What tells of the failure is written first: whoever dies in between does both again, under the same ids.
    store.notices.add(failure_notices(ended, lists, settings, now=now))
    store.notices.save(ended, *ended_with(ended, members), counts=counts_of(ended))


def identity(notice: Notice, lists: Lists, settings: Settings) -> str:
    """What an endpoint is known by while it is gone: URL and secrets, so that other ones are called again."""
    endpoint = endpoint_of(notice, lists, settings)
    secrets = () if endpoint is None else endpoint.secret
    return "\n".join((notice.target, *(secret.reveal() for secret in secrets)))


def links_of(services: Services) -> Links:
    """Where a mail's reader answers without a log-in; nowhere where the configuration names no address of pages."""
    base = services.settings().web.url
    if base is None:
        return nowhere
    key = services.store.signing_key()
    return lambda notice: link_to(notice, base=base, key=key)


def replay_notice(store: Store, settings: Settings, notice_id: str, *, now: datetime) -> Notice | None:
    """Make a notice due again under its old id, whatever became of it; None where it is unknown.

    An endpoint that had said it was gone is called again from now on.
    """
    notice = store.notices.replay(notice_id, now)
    if notice is not None and notice.channel == WEBHOOK:
        store.suppressions.enable(identity(notice, watched_lists(settings, store), settings))
    return notice
