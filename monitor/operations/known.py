"""What is recorded of a list and bears on a check of it, and so whom the check asks about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from monitor.admission.rules import RuleSet
from monitor.evidence.canary.source import CANARY
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.genuine import genuine
from monitor.evidence.mail_facts import facts_of_mail
from monitor.evidence.replies.sent_from import sources_of
from monitor.evidence.seen_mail import observed_addresses, seen_mail
from monitor.evidence.signing import as_stated, known_keys, signed_as
from monitor.managers.catalogue import kind_named
from monitor.model.ahead import is_ahead
from monitor.model.dns import IpAddress
from monitor.model.lists import MailingList
from monitor.model.mail_facts import MailFacts
from monitor.mtas.parties import mta_of
from monitor.operations.examine import Known
from monitor.risk.bulk import bulk_of, sending_of
from monitor.risk.facts import subscribers_of
from monitor.spf.check import Subject
from monitor.store import Store
from monitor.store.list_record import Depth, ListRecord

SEEN: Final = 24  # probes: a day of probes shows every address that mail leaves from now
# Posts as many as an assessment reads: who sends them must be told alike.
READ: Final = Depth(
    evidence={CANARY: CANARY.read, CHECKS: 1}, seen=SEEN, roster=True, heard=True, learnt=True, sendings=True
)


def known_of(listed: MailingList, store: Store, rules: RuleSet, *, now: datetime, every: timedelta) -> Known:
    """As it stands now; the list is checked once in `every`. Raises StoreUnavailable."""
    record = store.list_record(listed.id, READ)
    every_seen = seen_mail(record.seen, record.of(CANARY), listed)
    seen = tuple(each for each in every_seen if not is_ahead(each.received_at, now))  # as an assessment leaves it out
    signed = signed_as(seen, record.learnt, listed, now=now)
    return Known(
        mail=replace(facts_of_mail(seen, listed, now=now), bulk=_bulk(listed, record, rules)),
        signed=signed,
        stated=as_stated(listed),
        keys=known_keys(signed, seen, record.learnt, listed),
        observed=tuple(dict.fromkeys((*observed_addresses(seen, now=now), *sources_of(record.heard, now=now)))),
        previous=next(iter(record.of(CHECKS)), None),
        subscribers=subscribers_of(listed, record.roster),
        mta=mta_of(listed.mta, listed.bounce_policy),
        every=every,
    )


def unrecorded(listed: MailingList, rules: RuleSet) -> Known:
    """What the configuration alone says of a list, where the store is away."""
    signed = signed_as((), None, listed, now=datetime.min.replace(tzinfo=UTC))
    return Known(
        mail=MailFacts(bulk=_bulk(listed, ListRecord(list_id=listed.id), rules)),
        signed=signed,
        stated=as_stated(listed),
        keys=known_keys(signed, (), None, listed),
    )


def _bulk(listed: MailingList, record: ListRecord, rules: RuleSet) -> frozenset[tuple[str, bool]]:
    """Where the list's mail is bulk, by what it sent when it was last judged; before that by what is stated."""
    own = record.sendings.by_list.get(listed.id) or sending_of(
        listed,
        genuine(record.of(CANARY), listed, record.seen),
        subscribers=subscribers_of(listed, record.roster),
        traffic=listed.messages_per_day,
        rules=rules,
    )
    return bulk_of(listed.id, own, record.sendings, rules)


def subject_of(listed: MailingList, known: Known, others: tuple[IpAddress, ...]) -> Subject:
    """The list as a check asks for it, with the addresses declared and those that its mail was seen to come from.

    `others` are all addresses that send in the same domain's name.
    """
    return Subject(
        list_id=listed.id,
        domain=listed.reverse_path.rpartition("@")[2],
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
        author_domains=listed.author_domains,
        posts_to=listed.address.rpartition("@")[2],
        names=() if listed.submission is None else (urlsplit(listed.submission.reveal()).hostname or "",),
        remedies=kind_named(listed.manager).remedies,
        observed=known.observed,
        others=others,
    )
