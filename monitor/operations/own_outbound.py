"""Where notices leave from, checked as a list is: whether receivers would take mail from those addresses."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.dns.answer import Resolver
from monitor.dns.deadline import DeadlineResolver
from monitor.evidence.checks.admission import admission_of_check
from monitor.incident.condition import Condition, over
from monitor.model.ahead import is_ahead
from monitor.model.dns import IpAddress
from monitor.model.evidence import REFUSING, CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.model.incidents import IncidentSubject
from monitor.model.lists import MailingList
from monitor.model.mail_facts import NOTHING_KNOWN
from monitor.model.order import ALARMING
from monitor.model.risk import RiskLevel
from monitor.operations.installation import NOTICES, step_condition
from monitor.operations.own_returns import returns_of
from monitor.operations.senders import senders_of
from monitor.operations.services import Services
from monitor.phrase.phrase import joined, listed, say
from monitor.smtp.submission import parse_relay
from monitor.spf.check import Subject, check

log = logging.getLogger(__name__)

SUBJECT: Final = IncidentSubject.condition(NOTICES, "own-way")
PART: Final = "own-way"  # its heartbeat: when it was checked last
EVERY: Final = timedelta(minutes=15)
WITHIN: Final = timedelta(seconds=10)  # for its questions to DNS: half of what the watch may take


def examine_own_outbound(
    settings: Settings, lists: Iterable[MailingList], resolver: Resolver, *, now: datetime
) -> CheckOutcome | None:
    """What receivers see of a notice, over each address in `notices.relay_outbound`; None where none is named.

    `lists` are those here: a record for notices must not shut out theirs. Raises nothing for DNS trouble: it is in the
    outcome as unknown.
    """
    notices = settings.notices
    if notices.sender is None or notices.relay is None or not notices.relay_outbound:
        return None
    domain, relay = notices.sender.rpartition("@")[2], parse_relay(notices.relay).host
    subject = Subject(
        list_id=None,
        domain=domain,
        reverse_path=notices.sender,
        helo=relay,
        outbound=notices.relay_outbound,
        others=senders_of(domain, lists, settings),
        hosts=(relay,),
    )
    return check(subject, resolver, now=now)


def refused_from(outcome: CheckOutcome, rules: RuleSet) -> frozenset[IpAddress]:
    """The addresses from which some receiver would refuse our notices today.

    Whether they are signed is not known here.
    """
    admission = admission_of_check(outcome, rules, mail=NOTHING_KNOWN, on=outcome.evaluated_at.date())
    return frozenset(each.client_ip for each in admission if each.action in REFUSING)


def faults_of(outcome: CheckOutcome) -> tuple[Finding, ...]:
    """What is wrong with where notices leave from; the name that the relay greets with is its own affair."""
    return tuple(
        f for f in outcome.findings if f.severity in ALARMING and not f.code.startswith(("helo.", "outbound."))
    )


def watch_own_outbound(services: Services) -> None:
    """Check it now and then, keep from where notices would be refused, and tell the administrators. May be repeated."""
    store, now = services.store, services.now()
    last = store.heartbeats.last_seen(PART)
    if last is not None and not is_ahead(last, now) and now - last < EVERY:
        return
    in_time = DeadlineResolver(services.resolver(), WITHIN)
    outcome = examine_own_outbound(services.settings(), services.lists(), in_time, now=now)
    store.heartbeats.beat(PART, now)
    refused = frozenset[IpAddress]() if outcome is None else refused_from(outcome, services.rules)
    store.suppressions.keep_refused(refused)
    store.suppressions.keep_returns(returns_of(services.settings(), in_time, now=now).domain)
    if outcome is not None and any(f.severity is Severity.UNKNOWN for f in outcome.findings) and not refused:
        return  # DNS did not answer: that ends nothing and begins nothing
    step_condition(services, condition_of(outcome, refused))


def condition_of(outcome: CheckOutcome | None, refused: frozenset[IpAddress]) -> Condition:
    """The condition of it: that receivers would refuse our notices, or that it is over."""
    findings = () if outcome is None else faults_of(outcome)
    if not refused or not findings:
        return over(SUBJECT)
    addresses = listed(sorted(map(str, refused)), "comma")
    why = say(
        "Receivers would refuse Staysub's own notices from {addresses}, so that owners may not hear of anything.",
        addresses=addresses,
    )
    return Condition(
        subject=SUBJECT,
        level=RiskLevel.AT_RISK,
        reason=joined(" ", (why, findings[0].message)),
        findings=findings,
        title=say("Staysub's own notices would be refused from {addresses}", addresses=addresses),
    )
