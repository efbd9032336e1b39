"""Where a list's subscribers are, counted anew with each check from what DNS said of their domains."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from monitor.dns.mail_route import mail_domain
from monitor.model.lists import MailingList
from monitor.model.reach import DAYS_KEPT, Reach, ReachDay, ReachRecord
from monitor.operations.mail_routes import EVERY
from monitor.operations.services import Services
from monitor.risk.reach import reach
from monitor.store.list_record import Depth

WANTED_EVERY: Final = timedelta(hours=12)  # the schedule forgets after days what it is not told of


def count_reach(services: Services, listed: MailingList, subscribers: Mapping[str, int]) -> None:
    """Tell the schedule of the list's domains, and keep where its subscribers are. May be repeated.

    Ten thousand domains are read here, once a check, so that each assessment reads one document.
    """
    store, now = services.store, services.now()
    before = store.list_record(listed.id, Depth(reach=True)).reach
    if not subscribers and before is None:
        return
    domains = {given: name for given in subscribers if (name := mail_domain(given)) is not None}
    largest_first = sorted(domains, key=lambda given: (-subscribers[given], given))
    names = list(dict.fromkeys(domains[given] for given in largest_first))
    known = store.mail_routes.of(names)
    wanted_at = now if before is None or now - before.wanted_at >= WANTED_EVERY else before.wanted_at
    new = names if wanted_at == now else [each for each in names if each not in known]
    store.mail_routes.want(new, now, every=EVERY)
    routes = {given: known[name] for given, name in domains.items() if name in known}
    counted = reach(subscribers, routes, now=now)
    days = () if before is None else before.days
    store.reaches.keep(
        listed.id,
        ReachRecord(reach=counted, counted_at=now, wanted_at=wanted_at, days=with_today(days, counted, now=now)),
    )


def with_today(days: tuple[ReachDay, ...], counted: Reach, *, now: datetime) -> tuple[ReachDay, ...]:
    """The days with the count of today in the place of an earlier one, a quarter of a year of them. Pure.

    Of a day on which nobody is counted there is none.
    """
    if not counted.total:
        return days
    today = ReachDay(day=now.date(), over_ipv6=counted.over_ipv6, total=counted.total, looked_up=counted.looked_up)
    return (*(each for each in days if each.day < today.day), today)[-DAYS_KEPT:]
