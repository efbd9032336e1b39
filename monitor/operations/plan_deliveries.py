"""Which of the claimed notices are tried now: stage after stage, each one function, from what is due to what goes out.

load → drop what is over → sort → pauses → gather → mail limits → digest → order. A stage passes on what goes further
and writes what does not: when it is due again, or that nobody wants it. Whoever dies in between has lost nothing: what
was claimed is due again after its lease, and each stage may be repeated.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import Settings
from monitor.model.ahead import is_ahead
from monitor.model.incidents import Notice, NoticeState
from monitor.model.lists import Lists
from monitor.notify.digest import gather
from monitor.notify.notice import DIGEST, MAIL, OF_LIST, WEEKLY
from monitor.notify.retry import counts_of, withheld
from monitor.operations.services import Services
from monitor.operations.timing import JITTER, LEASE
from monitor.store import Store

GATHER_MOST: Final = timedelta(minutes=30)  # that a mail to an owner of many lists waits for more of its kind
# A list that is new here did not meet a cause just now that the others have yet to meet: its mail waits no longer than
# until each of them was looked at, and what was found could be confirmed.
SETTLED: Final = timedelta(minutes=2)  # from a first check to the one that confirms it, a minute later
LOOK_AGAIN: Final = timedelta(minutes=1)  # where some were not looked at yet
NEW_FOR: Final = timedelta(minutes=10)  # after its first check: those that confirm it, and a lease that ran out
EVERY_LIST: Final = "*"  # what is paused where a mail speaks of many lists

Mails = Sequence[Notice]  # to one reader, told together


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The notices that are due, by how they are told."""

    begun: tuple[Notice, ...]  # mails that were tried before, and digests under way: they go as they are
    of_lists: tuple[Notice, ...]  # new mails about lists: those to one owner become one
    alone: tuple[Notice, ...]  # new mails that are never told together with others
    calls: tuple[Notice, ...]  # of endpoints


def plan(services: Services, notice_ids: Sequence[str]) -> list[str]:
    """The notices to try now, in order: each owner's new mails as one, or none while they wait or are too many."""
    due = sort(load(services.store, notice_ids))
    wanted = unpaused(services, due.of_lists)
    together = gathered(services, not_taken_elsewhere(services, wanted))
    told = [as_one(services, mails) for mails in within_limits(services, together)]
    alone = within_limits(services, ([mail] for mail in unpaused(services, due.alone)))
    return order(due.begun, told, (mail for mails in alone for mail in mails), due.calls)


def load(store: Store, notice_ids: Iterable[str]) -> Iterator[Notice]:
    """The notices of these ids. What has ended, or is kept no longer, is taken out of what is due."""
    for notice_id in notice_ids:
        notice = store.notices.get(notice_id)
        if notice is None or notice.state is not NoticeState.PENDING:
            store.notices.drop(notice_id)
        else:
            yield notice


def sort(notices: Iterable[Notice]) -> Due:
    """The notices by how they are told. Pure."""
    kinds = defaultdict[str, list[Notice]](list)
    for one in notices:
        if one.channel != MAIL:
            kinds["calls"].append(one)
        elif one.type == DIGEST or one.attempts:
            kinds["begun"].append(one)
        else:
            kinds["of_lists" if one.type.startswith(OF_LIST) else "alone"].append(one)
    return Due(**{kind: tuple(kinds[kind]) for kind in ("begun", "of_lists", "alone", "calls")})


def unpaused(services: Services, mails: Iterable[Notice]) -> Iterator[Notice]:
    """The mails that their readers want now; the others end as withheld."""
    store, now = services.store, services.now()
    for one in mails:
        until = paused_until(store, one, now)
        if until is None:
            yield one
        else:
            kept = withheld(one, until, now=now)
            store.notices.save(kept, counts=counts_of(kept))


def not_taken_elsewhere(services: Services, mails: Iterable[Notice]) -> Iterator[Notice]:
    """The mails that no other worker is telling now together with others.

    One that died over it let go after its lease.
    """
    store, now = services.store, services.now()
    for one in mails:
        if (
            not one.held
            or store.notices.release(one.target, one.id)
            or one.next_attempt_at is None
            or now >= one.next_attempt_at + LEASE
        ):
            yield one


def gathered(services: Services, mails: Iterable[Notice]) -> Iterator[Mails]:
    """The mails by owner, once they have waited long enough for more of their kind; the others are held until then."""
    of_owner = defaultdict[str, list[Notice]](list)
    for one in mails:
        of_owner[one.target].append(one)
    if not of_owner:
        return
    lists, settings = services.lists(), services.settings()
    counts = lists_told(lists, settings)
    for owner, theirs in of_owner.items():
        until, now = gathered_at(theirs, settings), services.now()
        if counts.get(owner, 0) > 1 and until > now and not is_ahead(until, now + GATHER_MOST):
            first = services.store.outcomes.first_assessed(ids_told(owner, lists, settings))
            until = min(until, told_as_new_at(theirs, first, now=now) or until)
        else:
            until = now
        if until > now:
            put_off(services.store, theirs, until)
        else:
            yield theirs


def within_limits(services: Services, together: Iterable[Mails]) -> Iterator[Mails]:
    """What its reader may get now, as one mail; what is too much waits until there is an allowance again."""
    for mails in together:
        until = services.store.mail_limits.take(mails[0].target, services.now())
        if until is None:
            yield mails
        else:
            put_off(services.store, mails, until)


def as_one(services: Services, mails: Mails) -> Notice:
    """The one notice that tells these, and all that was held for the same owner."""
    store, now = services.store, services.now()
    held = (one for one in store.notices.release_all(mails[0].target) if is_new(one))
    together = list({one.id: one for one in (*mails, *held)}.values())
    if len(together) == 1:
        return together[0]
    digest, members = gather(together, now=now, due_at=now + LEASE)
    store.notices.gather(digest, members)
    return digest


def order(*stages: Iterable[Notice]) -> list[str]:
    """The ids in the order in which they are tried: calls come last, endpoints may be slow. Pure."""
    return [one.id for stage in stages for one in stage]


def put_off(store: Store, mails: Mails, until: datetime) -> None:
    """Let these be due again then; those that can be told together are held for others to find."""
    later = [replace(one, next_attempt_at=until) for one in mails]
    if later[0].type.startswith(OF_LIST):
        store.notices.hold(later[0].target, later)
    else:
        store.notices.save(*later)


def is_new(notice: Notice) -> bool:
    """Whether nobody has tried to tell it yet, alone or with others."""
    return notice.state is NoticeState.PENDING and not notice.attempts and notice.digest_id is None


def lists_told(lists: Lists, settings: Settings) -> Mapping[str, int]:
    """How many lists each reader may be told of: owners of theirs, administrators of all."""
    counts = Counter(owner for listed in lists for owner in set(listed.owners))
    counts.update({each: len(lists) for each in settings.notices.administrators})
    return counts


def ids_told(reader: str, lists: Lists, settings: Settings) -> Collection[str]:
    """Which they are."""
    of_all = reader in settings.notices.administrators
    return [listed.id for listed in lists if of_all or reader in listed.owners]


def gathered_at(mails: Mails, settings: Settings) -> datetime:
    """Until when mails to an owner of many lists wait, so that a cause under all of them is one mail.

    Within one interval of checks every list has met the cause; the first of them waits for the last.
    """
    interval = settings.schedule.check_every * (1 + 2 * JITTER)
    return min(one.created_at for one in mails) + min(interval, GATHER_MOST)


def told_as_new_at(mails: Mails, first: Mapping[str, datetime | None], *, now: datetime) -> datetime | None:
    """When these are told, or looked at again, that tell of a list which is new here; None where none is. Pure.

    `first` is when each list that their reader is told of was assessed for the first time, None where none was so far.
    """
    of_mails = (first.get(one.list_id) for one in mails)
    if not any(at is not None and at <= now < at + NEW_FOR for at in of_mails):
        return None
    known = [at for at in first.values() if at is not None]
    return max(known) + SETTLED if len(known) == len(first) else now + LOOK_AGAIN


def paused_by(notice: Notice) -> str:
    """What a pause asked for in this mail covers: its list, or all where it speaks of many."""
    return EVERY_LIST if notice.type in (DIGEST, WEEKLY) else notice.list_id


def paused_until(store: Store, notice: Notice, now: datetime) -> datetime | None:
    """Until when this mail's reader wants none of its kind; None where it may come."""
    pauses = store.suppressions
    return pauses.until(notice.target, notice.list_id, now) or pauses.until(notice.target, EVERY_LIST, now)
