"""One check of a list: ask DNS, record what was found, assess anew."""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from monitor.dns.cache import USE
from monitor.evidence.checks.source import CHECKS
from monitor.metrics import CACHE_REQUESTS, CHECK_DURATION, SECOND_OPINIONS
from monitor.model.lists import named
from monitor.operations.concurrently import concurrently
from monitor.operations.examine import examine
from monitor.operations.known import known_of, subject_of
from monitor.operations.own_sight import sees, trouble_of_ours
from monitor.operations.reach import count_reach
from monitor.operations.reassess import reassess
from monitor.operations.senders import senders_of
from monitor.operations.services import Services
from monitor.operations.timing import next_due
from monitor.store.schedule import Claim
from monitor.store.unreadable import MET

_log = logging.getLogger(__name__)

AT_ONCE = 8  # checks of one task: they wait for DNS, not for the processor
CHUNK = 32  # checks of one task at most
# Then no further check is begun: one takes up to 55 s where nobody answers (30 s of questions, 15 s of the zone's name
# servers, 6 s to find out whose fault it is), and a task has 90 s in all.
BEGIN_WITHIN = timedelta(seconds=25)


def check_all(services: Services, claims: Sequence[tuple[str, int]]) -> None:
    """Due checks as (list id, slot), side by side: what lists share is asked once.

    Safe to repeat, like each of them.
    """
    concurrently(
        lambda claim: check(services, claim[0], slot=claim[1]),
        claims,
        at_once=AT_ONCE,
        name="check",
        begin_within=BEGIN_WITHIN,
    )
    hits, misses = USE.take()
    cache = {CACHE_REQUESTS.field("hit"): hits, CACHE_REQUESTS.field("miss"): misses}
    services.store.metric_totals.add({**cache, **MET.take()})
    trouble = trouble_of_ours(services.resolver())
    if trouble is not None:
        _log.warning("dns_trouble_is_ours", extra={"trouble": trouble})


def check(services: Services, list_id: str, *, slot: int) -> None:
    """One due check. Safe to repeat: (list, slot) is recorded once, and assessing again changes nothing."""
    lists = services.lists()
    listed = named(lists, list_id)
    if listed is None:
        return  # taken out of the configuration: the schedule forgets it at its next beat
    began = monotonic()
    now = services.now()
    every = services.settings().schedule.check_every
    known = known_of(listed, services.store, services.rules, now=now, every=every)
    others = senders_of(listed.reverse_path.rpartition("@")[2], lists, services.settings())
    subject = subject_of(listed, known, others)
    outcome, comparison = examine(
        subject, known, services.resolver(), services.authorities(), services.rules, now=now, slot=slot
    )
    opinions = {SECOND_OPINIONS.field(said): number for said, number in comparison.said.items()}
    counts = {**CHECK_DURATION.one(monotonic() - began), **opinions}
    if services.store.evidence.record(CHECKS, outcome, counts=counts):
        for ours, theirs in comparison.unexplained:  # one of us is wrong: that is for us, not for the list
            results = {"result": ours.result.value, "pyspf_result": theirs.result.value}
            _log.warning("verifiers_differ", extra={"domain": ours.domain, "family": ours.family, **results})
    count_reach(services, listed, known.subscribers)
    seeing = ("resolver",) if sees(outcome, services.resolver()) else ()
    services.store.heartbeats.beat("check", services.now(), *seeing)
    sooner = reassess(services, listed, cause=f"check:{slot}")
    usual = next_due(services.now(), every, chance=random.random())
    claim = Claim(kind="check", list_id=list_id, slot=slot)
    services.store.schedule.finish(claim, next_due=usual if sooner is None else min(sooner, usual))
