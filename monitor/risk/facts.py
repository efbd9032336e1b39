"""What the risk of a list is judged from: its set-up, what receivers answer now, and its ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from monitor.admission.data import Rule
from monitor.admission.rules import RuleSet
from monitor.evidence import catalogue
from monitor.evidence.canary.source import CANARY
from monitor.evidence.checks.admission import admission_now
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.ledger import EMPTY, Ledger
from monitor.evidence.mail_facts import mail_facts_of
from monitor.evidence.post_dmarc import post_policies
from monitor.evidence.replies.counted import Waiting
from monitor.evidence.seen_mail import mail_of
from monitor.evidence.source import ListEvidence
from monitor.managers.policy import flat
from monitor.model.dns import IpAddress
from monitor.model.evidence import REFUSING, Admission, Roster
from monitor.model.lists import USUAL_TRAFFIC, MailingList
from monitor.model.post_policies import PostPolicies
from monitor.model.reach import Reach, ReachRecord
from monitor.model.risk import RiskLevel
from monitor.model.sending import Sending
from monitor.risk.bulk import bulk_of, sending_of
from monitor.risk.mta_seen import mta_as_seen
from monitor.risk.reach import reach
from monitor.risk.reckoned import Reckoned, reckon
from monitor.risk.replies import posts_a_day
from monitor.risk.stuck import taken_at_of
from monitor.risk.tried import tried_of

NO_POSTS = PostPolicies(seen=0)
TRAFFIC_DAYS = 28
ABOUT_THE_LIST = "list"
OF_CONTENT = "content"  # the topic of what stands in a post
FEWEST_POSTS = 3  # from which on their rate is worth more than the usual one


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """Everything that `assess` looks at."""

    manager: str
    bounce_policy: Mapping[str, Any] = field(default_factory=dict)
    mta: str
    mta_seen: Mapping[str, str] = field(
        default_factory=dict
    )  # how it behaves by its log, which `bounce_policy` has, too
    messages_per_day: float
    traffic_known: bool = True  # else that is the usual one, of a list of which nothing is known
    subscribers: Mapping[str, int] = field(default_factory=dict)  # by receiver id or domain; empty: not known
    outbound: tuple[IpAddress, ...] = ()
    admission: tuple[Admission, ...] = ()  # per receiver and client address, by what was last seen
    shown: tuple[Admission, ...] = ()  # likewise, but what the newest check could not see is unknown
    reckoned: Mapping[tuple[str, int], Reckoned] = field(default_factory=dict)  # by receiver and family
    ledger: Ledger = EMPTY  # of which what receivers were seen to refuse is read
    waiting: tuple[Waiting, ...] = ()  # what receivers put off and the mail server's queue still has
    taken_at: Mapping[tuple[str, int], datetime] = field(
        default_factory=dict
    )  # when a receiver last took any over a family, as the log told
    tried: Mapping[str, int] = field(default_factory=dict)  # recipients of a post at a receiver, as the log told
    members: Mapping[tuple[str, date], int] = field(
        default_factory=dict
    )  # refused at a receiver from a day on, exactly
    of_set_up: frozenset[str | None] = frozenset()  # rules that replies followed and that are about how mail is sent
    all_enabled_at: datetime | None = None  # when the list manager last said that it has disabled nobody
    previous_level: RiskLevel = RiskLevel.UNKNOWN
    posts: PostPolicies = NO_POSTS  # that arrived here, by what their authors' domains ask for
    policies_refused: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by receiver: DMARC policies
    spf_aligned: bool | None = None  # whether SPF, where it passes, makes DMARC pass
    bulk: frozenset[tuple[str, bool]] = frozenset()  # whether it sends bulk to a receiver; one not named: not known
    paused_days: int = 0  # for so many days from now bounce processing is off: the question of a what-if
    counted: Reach | None = None  # where the subscribers are, as DNS said; None: nobody asked, so that names alone tell

    @property
    def there(self) -> Reach:
        """Where the subscribers are, so far as is known."""
        return reach(self.subscribers) if self.counted is None else self.counted


def facts_of(evidence: ListEvidence) -> RiskFacts:
    """What the risk is judged from: the list's set-up, and what the evidence says of each receiver that counts."""
    listed, previous, roster = evidence.listed, evidence.previous, evidence.roster
    sending = sending_now(evidence)
    bulk = bulk_of(listed.id, sending, evidence.sendings, evidence.rules)
    mail = replace(mail_facts_of(evidence), bulk=bulk)
    shown, standing = admission_now(evidence.of(CHECKS), evidence.rules, mail=mail, now=evidence.now)
    subscribers = subscribers_of(listed, roster)
    counted = there_of(listed, roster, evidence.reach)
    relevant = relevant_receivers(evidence.rules, counted) | _that_refuse(evidence)
    imported = roster.settings if roster is not None and roster.manager == listed.manager else {}
    mta_seen = _mta_as_seen(evidence, counted)
    admission = tuple(each for each in standing if each.receiver in relevant)
    traffic = traffic_of(listed, evidence.ledger, now=evidence.now, roster=roster)
    return RiskFacts(
        manager=listed.manager,
        bulk=bulk,
        posts=post_policies(mail_of(evidence), listed, now=evidence.now),
        policies_refused={
            each.receiver: evidence.rules.policies_refused(each.receiver, evidence.now.date()) for each in admission
        },
        spf_aligned=mail.spf_aligned,
        bounce_policy={**imported, **mta_seen, **listed.bounce_policy},
        mta_seen=mta_seen,
        mta=listed.mta,
        messages_per_day=traffic or USUAL_TRAFFIC,
        traffic_known=traffic is not None,
        subscribers=subscribers,
        counted=counted,
        outbound=listed.outbound,
        admission=admission,
        shown=tuple(each for each in shown if each.receiver in relevant),
        reckoned=reckon(
            evidence.ledger,
            dict.fromkeys(each.receiver for each in admission),
            rules=evidence.rules,
            mail=mail,
            sources=catalogue.SOURCES,
            now=evidence.now,
        ),
        ledger=evidence.ledger,
        waiting=evidence.heard.waiting,
        tried=tried_of(evidence.heard.rows, evidence.ledger),
        taken_at=taken_at_of(evidence.heard.rows, now=evidence.now),
        members=evidence.heard.members,
        of_set_up=_of_set_up(evidence),
        all_enabled_at=roster.taken_at if roster is not None and not roster.disabled else None,
        previous_level=RiskLevel.UNKNOWN if previous is None else previous.level,
    )


def sending_now(evidence: ListEvidence) -> Sending:
    """What the list sends a day, by the traffic that its forecast goes by."""
    listed, roster = evidence.listed, evidence.roster
    return sending_of(
        listed,
        evidence.of(CANARY),
        subscribers=subscribers_of(listed, roster),
        traffic=traffic_of(listed, evidence.ledger, now=evidence.now, roster=roster),
        rules=evidence.rules,
    )


def _that_refuse(evidence: ListEvidence) -> frozenset[str]:
    """Those that were seen to refuse or to put off, whoever is said to be there."""
    refusing = (key.receiver for day in evidence.ledger.days for key in day.replies if key.action in REFUSING)
    return frozenset((*refusing, *(each.receiver for each in evidence.heard.waiting)))


def _mta_as_seen(evidence: ListEvidence, there: Reach) -> dict[str, str]:
    """What the log shows of the list's MTA, where the configuration does not say it."""
    stated = flat(evidence.listed.bounce_policy)
    seen = mta_as_seen(evidence.heard.rows, evidence.ledger, there, over_ipv6=6 in evidence.families)
    return {key: value for key, value in seen.items() if key not in stated}


def _of_set_up(evidence: ListEvidence) -> frozenset[str | None]:
    """Of the rules that replies to the list's mail followed, those about how it is sent, and not what stands in it."""
    followed = {rule for _, _, rule in evidence.ledger.said} | {each.rule for each in evidence.heard.waiting}
    rules = (evidence.rules.rule(each) for each in followed)
    return frozenset(each.id for each in rules if each is not None and is_of_set_up(each))


def is_of_set_up(rule: Rule) -> bool:
    """Whether every post of the list meets it: it is about how the list's mail is sent."""
    return rule.about == ABOUT_THE_LIST and rule.topic.id != OF_CONTENT


def subscribers_of(listed: MailingList, roster: Roster | None) -> Mapping[str, int]:
    """Counts by domain: as configured, else as imported from the list manager."""
    return listed.subscribers or ({} if roster is None else roster.subscribers)


def there_of(listed: MailingList, roster: Roster | None, counted: ReachRecord | None) -> Reach:
    """Where the subscribers are: as last counted from what DNS said, before that by their domains' names alone.

    That nobody was there when it was last counted says nothing of those who were entered since.
    """
    subscribers = subscribers_of(listed, roster)
    return reach(subscribers) if counted is None or not counted.reach.total or not subscribers else counted.reach


def traffic_of(listed: MailingList, ledger: Ledger, *, now: datetime, roster: Roster | None = None) -> float | None:
    """Posts a day: as configured, else as seen to go out lately, else as imported; None where nothing is known."""
    if listed.messages_per_day is not None:
        return listed.messages_per_day
    posts, days = posts_a_day(ledger, days=TRAFFIC_DAYS, now=now)
    imported = None if roster is None else roster.messages_per_day
    return (posts / days if posts >= FEWEST_POSTS else None) or imported


def relevant_receivers(rules: RuleSet, placed: Reach) -> frozenset[str]:
    """Receivers that count for this list: where it has subscribers; where nearly every list has, unless it has none."""
    return frozenset(
        each.id for each in rules.receivers if (placed.at(each.id) or 0) > 0 or (each.common and placed.counts(each.id))
    )
