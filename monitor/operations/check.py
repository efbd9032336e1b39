"""One check of a list: ask DNS, record what was found, think anew."""

import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic

from monitor.dns.cache import USE
from monitor.dns.resolver import Resolver, SystemResolver
from monitor.evidence.canary.judge import genuine, posts
from monitor.evidence.checks.admission import admission_of_check
from monitor.evidence.observations import dkim_of, observed_addresses
from monitor.metrics import CACHE_REQUESTS
from monitor.model.evidence import CheckOutcome
from monitor.model.lists import MailingList
from monitor.model.order import worst_first
from monitor.operations.concurrently import concurrently
from monitor.operations.mail_hosts import mail_hosts
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.operations.timing import next_due
from monitor.risk.facts import subscribers_of
from monitor.spf.changes import change_findings
from monitor.spf.check import Subject
from monitor.spf.check import check as check_spf
from monitor.spf.name_servers import with_servers
from monitor.store.schedule import Claim

_log = logging.getLogger(__name__)

AT_ONCE = 8  # checks of one task: they wait for DNS, not for the processor
CHUNK = 32  # checks of one task at most: with a server that never answers still inside the task's time limit

# rcodes of a name server that did its work (RFC 2308 section 2): whoever gives one shows that our resolver can see.
ANSWERS = frozenset({"NOERROR", "NXDOMAIN"})


def check_all(services: Services, claims: Sequence[tuple[str, int]]) -> None:
    """Due checks as (list id, slot), side by side: what lists share is asked once. Safe to repeat, like each of them."""
    concurrently(lambda claim: check(services, claim[0], slot=claim[1]), claims, at_once=AT_ONCE, name="check")
    hits, misses = USE.take()
    services.store.metric_totals.add({CACHE_REQUESTS.field("hit"): hits, CACHE_REQUESTS.field("miss"): misses})
    trouble = trouble_of_ours(services.resolver())
    if trouble is not None:
        _log.warning("dns_trouble_is_ours", extra={"trouble": trouble})


def check(services: Services, list_id: str, *, slot: int) -> None:
    """One due check. Safe to repeat: (list, slot) is recorded once, and thinking again changes nothing."""
    listed = services.watched(list_id)
    if listed is None:
        return  # taken out of the configuration: the schedule forgets it at its next beat
    began = monotonic()
    outcome = examine(services, listed, slot=slot)
    services.store.outcomes.record_check(outcome, took=timedelta(seconds=monotonic() - began))
    services.store.heartbeats.beat("check", services.now())
    if saw(outcome) and not trouble_of_ours(services.resolver()):
        services.store.heartbeats.beat("resolver", services.now())
    reassess(services, listed, cause=f"check:{slot}")
    every = services.settings().schedule.check_every
    claim = Claim(kind="check", list_id=list_id, slot=slot)
    services.store.schedule.finish(claim, next_due=next_due(services.now(), every, chance=random.random()))


def examine(services: Services, listed: MailingList, *, slot: int = 0) -> CheckOutcome:
    """What DNS says about the list now, with what each receiver would answer. Writes nothing."""
    now = services.now()
    arrivals = posts(genuine(services.store.outcomes.arrivals(listed.id), listed))
    subject = Subject(
        list_id=listed.id,
        domain=listed.reverse_path.rpartition("@")[2],
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
        author_domains=listed.author_domains,
        observed=observed_addresses(arrivals, now=now),
    )
    outcome = check_spf(subject, services.resolver(), now=now, slot=slot)
    outcome = with_servers(outcome, services.authorities())
    outcome = with_changes(outcome, services.store.outcomes.checks(listed.id, 1))
    admission = admission_of_check(outcome, services.rules, dkim=dkim_of(arrivals, now=now), on=now.date())
    subscribers = subscribers_of(listed, services.store.rosters.of_list(listed.id))
    hosts = mail_hosts(services.resolver(), subscribers) if saw(outcome) else {}
    return replace(outcome, admission=admission, mail_hosts=hosts)


def with_changes(outcome: CheckOutcome, before: Sequence[CheckOutcome]) -> CheckOutcome:
    """The outcome with what changed in the records since the check before, if there was one."""
    changed = tuple(finding for previous in before for finding in change_findings(previous, outcome))
    return replace(outcome, findings=worst_first((*outcome.findings, *changed)))


def trouble_of_ours(resolver: Resolver) -> str | None:
    """Why we cannot see, where most of what was asked lately about unrelated domains failed: then no list is at fault."""
    return resolver.trouble() if isinstance(resolver, SystemResolver) else None


def saw(outcome: CheckOutcome) -> bool:
    """Whether any name server answered us: our own eyes are open."""
    return any(question.rcode in ANSWERS for result in outcome.results for question in result.trace)
