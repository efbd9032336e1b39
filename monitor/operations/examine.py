"""What DNS says of a list or a domain now, and what each receiver would answer. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.dns.authority import Authorities
from monitor.dns.deadline import DeadlineResolver
from monitor.dns.resolver import Anew, Resolver, SystemResolver
from monitor.evidence.checks.admission import admission_of_check
from monitor.evidence.checks.outage import with_outages
from monitor.evidence.mail_facts import with_keys
from monitor.model.dns import IpAddress
from monitor.model.evidence import CheckOutcome
from monitor.model.mail_facts import NOTHING_KNOWN, MailFacts
from monitor.model.signing import DkimKey, SignedAs
from monitor.mtas.kind import MtaKind
from monitor.operations.dns_facts import with_dns_facts
from monitor.operations.own_sight import blind_finding, fault_of_ours
from monitor.spf.changes import change_findings
from monitor.spf.check import Subject, check, with_findings
from monitor.spf.comparison import Comparison, compare
from monitor.spf.name_servers import with_servers

# For all questions of one check together. A hundred names, each a look-up of tens of milliseconds, need a tenth of it;
# with a resolver that never answers, each name would take five seconds.
WITHIN: Final = timedelta(seconds=30)
# A check that comes early is to confirm the one before: it takes no answer from memory that may be that one's. Half of
# the shortest pause between two, so that it was asked for since then, be it by another list.
NEWEST: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is recorded of a list and bears on a check of it; nothing of a bare domain, or where the store is away."""

    mail: MailFacts = NOTHING_KNOWN  # how the list's mail is signed and sent
    signed: tuple[SignedAs, ...] = ()  # how the list's mail is signed, by the newest that shows it
    stated: SignedAs | None = None  # the same as the configuration states it
    keys: tuple[DkimKey, ...] = ()  # all that are known of the list's
    observed: tuple[IpAddress, ...] = ()  # where the list's mail was seen to come from lately
    previous: CheckOutcome | None = None  # the newest check, to tell what changed since
    subscribers: Mapping[str, int] = field(default_factory=dict)  # by domain; empty: not known
    mta: MtaKind | None = None  # the list's, which keeps what is put off
    every: timedelta = timedelta()  # from one check of the list to the next


def examine(
    subject: Subject,
    known: Known,
    resolver: Resolver,
    authorities: Authorities | None,
    rules: RuleSet,
    *,
    now: datetime,
    slot: int = 0,
) -> tuple[CheckOutcome, Comparison]:
    """One check of the subject, and what a second verifier made of it: its findings are among the outcome's.

    Without `authorities` the zones' name servers are not asked one by one. DNS trouble is in the outcome as unknown;
    nothing is raised for it, and what was not answered within WITHIN is unknown as well.
    """
    previous = known.previous
    in_time, began = DeadlineResolver(_asked(resolver, known, now), WITHIN), monotonic()
    outcome = check(subject, in_time, now=now, slot=slot)
    ours = fault_of_ours(outcome, resolver, known.subscribers, now=now, since=began)
    outcome = with_outages(replace(outcome, ours=ours), previous, every=known.every, mta=known.mta)
    if ours is not None:
        outcome = replace(outcome, findings=(blind_finding(ours), *outcome.findings))
    elif authorities is not None:
        outcome = with_servers(outcome, authorities)
    changes = () if previous is None else change_findings(previous, outcome)
    comparison = compare(previous, outcome)
    outcome = with_findings(outcome, (*changes, *comparison.findings))
    if subject.list_id is not None:
        outcome = with_dns_facts(
            outcome, in_time, subject, previous, signed=known.signed, stated=known.stated, keys=known.keys
        )
    outcome = replace(
        outcome,
        admission=admission_of_check(outcome, rules, mail=with_keys(known.mail, outcome), on=now.date()),
    )
    return outcome, comparison


def _asked(resolver: Resolver, known: Known, now: datetime) -> Resolver:
    """Whom to ask: anew where the check before was much less than an interval ago."""
    if known.previous is None or now - known.previous.evaluated_at > known.every / 2:
        return resolver
    return Anew(resolver, NEWEST) if isinstance(resolver, SystemResolver) else resolver
