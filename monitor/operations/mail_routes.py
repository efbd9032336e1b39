"""Where subscribers' domains receive their mail: a few domains a beat, each once for all lists, spread evenly.

RFC 5321 section 5.1. What is asked depends on nobody's wish but the schedule's: a turn takes DOMAINS_A_TURN, and asks
for at most 1 + 2 × HOSTS_MOST records of each; what a mail server has is asked once for all domains behind it.
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.deadline import DeadlineResolver
from monitor.dns.mail_route import HOLDS_MOST, Exchanges, exchanges_of, host_of, route_of, unanswered_route
from monitor.model.mail_route import MailHost
from monitor.operations.concurrently import concurrently
from monitor.operations.own_sight import trouble_of_ours
from monitor.operations.services import Services
from monitor.operations.timing import LEASE

log: Final = logging.getLogger(__name__)

# 150 domains a minute: 60 of a new list within half a minute, 10,000 within 67 minutes; about three questions each,
# since most domains have mail servers of a provider's: some 8 questions a second, and 28 at the very most.
DOMAINS_A_TURN: Final = 5
TURN_EVERY: Final = timedelta(seconds=2)  # as often as the clock ticks
A_LITTLE: Final = timedelta(milliseconds=200)  # by which a tick may come early
EVERY: Final = TURN_EVERY / DOMAINS_A_TURN
AT_ONCE: Final = 5  # questions: they wait for DNS, not for the processor
WITHIN: Final = timedelta(seconds=10)  # for all questions of a turn: a name server that takes longer is silent
ASKED_FOR: Final = (
    1.0  # seconds: in less a mail server cannot be called silent, which all domains behind it would be told
)
TURN_MOST: Final = timedelta(seconds=30)  # then its worker is taken for dead; a question more may take 5 s


def claim_routes(services: Services) -> tuple[str, ...]:
    """The domains of the next turn; none while one goes on, so that silent name servers hold one worker at most."""
    return services.store.mail_routes.claim(services.now(), limit=DOMAINS_A_TURN, lease=LEASE, longest=TURN_MOST)


def look_up_routes(services: Services, domains: Sequence[str]) -> None:
    """Look these domains up. Safe to repeat; what a worker that dies has not recorded is due again after its lease.

    Where our own resolver does not see, what was not answered says nothing about domains and is not recorded.
    """
    store, now = services.store, services.now()
    resolver = DeadlineResolver(services.resolver(), WITHIN)
    found: dict[str, Exchanges] = {}
    silent: dict[str, str] = {}
    concurrently(lambda domain: _ask(domain, resolver, found, silent), domains, at_once=AT_ONCE, name="mail-exchanges")
    names = dict.fromkeys(host for each in found.values() for _, host in each.hosts)
    hosts = store.mail_routes.hosts(list(names), now)
    fresh: dict[str, MailHost] = {}
    unknown = [name for name in names if name not in hosts]
    concurrently(lambda name: _look(name, resolver, fresh, now), unknown, at_once=AT_ONCE, name="mail-hosts")
    if trouble_of_ours(services.resolver()) is not None:
        silent = {}
        fresh = {name: host for name, host in fresh.items() if not host.problem}
    store.mail_routes.keep_hosts(fresh, now)
    hosts |= fresh
    before = store.mail_routes.of([*found, *silent])
    whole = {domain: each for domain, each in found.items() if all(host in hosts for _, host in each.hosts)}
    routes = {
        domain: route_of(each, hosts, before.get(domain), now=now, chance=random.random())
        for domain, each in whole.items()
    }
    routes |= {domain: unanswered_route(before.get(domain), why, now=now) for domain, why in silent.items()}
    store.mail_routes.keep(routes)
    store.mail_routes.end_turn(now + TURN_EVERY - A_LITTLE)


def sweep_routes(services: Services) -> None:
    """Forget the domains that no list has any more. May be repeated."""
    gone = services.store.mail_routes.sweep(services.now(), latest=HOLDS_MOST + LEASE)
    if gone:
        log.info("mail_routes_forgotten", extra={"domains": gone})


def _ask(domain: str, resolver: Resolver, found: dict[str, Exchanges], silent: dict[str, str]) -> None:
    try:
        found[domain] = exchanges_of(domain, resolver)
    except Unanswered as error:
        silent[domain] = error.reason


def _look(name: str, resolver: DeadlineResolver, found: dict[str, MailHost], now: datetime) -> None:
    """Whom our own time did not suffice for is left out: nothing is known of them, and they are due again."""
    if resolver.left_s < ASKED_FOR:
        return
    found[name] = host_of(name, resolver, now=now, chance=random.random())
