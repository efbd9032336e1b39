"""One check of a list: ask DNS, record what was found, think anew."""

import random
from dataclasses import replace

from monitor.config.settings import MailingList
from monitor.model import CheckOutcome
from monitor.operations.assess import assess
from monitor.operations.services import Services
from monitor.operations.timing import next_due
from monitor.risk.judge import admission_of_check, dkim_of, observed_addresses
from monitor.spf.check import Subject
from monitor.spf.check import check as check_spf
from monitor.store.schedule import Claim

# rcodes of a name server that did its work (RFC 2308 section 2): whoever gives one shows that our resolver can see.
ANSWERS = frozenset({"NOERROR", "NXDOMAIN"})


def check(services: Services, list_id: str, *, slot: int) -> None:
    """One due check. Safe to repeat: (list, slot) is recorded once, and thinking again changes nothing."""
    listed = services.watched(list_id)
    if listed is None:
        return  # taken out of the configuration: the schedule forgets it at its next beat
    outcome = examine(services, listed, slot=slot)
    services.store.outcomes.record_check(outcome)
    if saw(outcome):
        services.store.heartbeats.beat("resolver", services.now())
    assess(services, listed, cause=f"check:{slot}")
    every = services.settings().schedule.check_every
    claim = Claim(kind="check", list_id=list_id, slot=slot)
    services.store.schedule.finish(claim, next_due=next_due(services.now(), every, chance=random.random()))


def examine(services: Services, listed: MailingList, *, slot: int = 0) -> CheckOutcome:
    """What DNS says about the list now, with what each receiver would answer. Writes nothing."""
    now = services.now()
    arrivals = services.store.outcomes.arrivals(listed.id)
    subject = Subject(
        list_id=listed.id,
        domain=listed.reverse_path.rpartition("@")[2],
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
        author_domains=listed.author_domains,
        observed=observed_addresses(arrivals),
    )
    outcome = check_spf(subject, services.resolver(), now=now, slot=slot)
    admission = admission_of_check(outcome, services.rules, dkim=dkim_of(arrivals, now=now), on=now.date())
    return replace(outcome, admission=admission)


def saw(outcome: CheckOutcome) -> bool:
    """Whether any name server answered us: our own eyes are open."""
    return any(question.rcode in ANSWERS for result in outcome.results for question in result.trace)
