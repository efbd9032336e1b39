"""What a story tells us: reports as an installation gets them, each at its time. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from monitor.admission.rules import load_rules
from monitor.evidence.bounces.read import member_digest, reports_of, sample
from monitor.evidence.entry import digest_of_post
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, BounceReport, CanaryKind, CanaryMail, CheckOutcome
from monitor.model.lists import MailingList
from monitor.risk.reach import reach
from monitor.trace.bounce import read_bounce
from monitor.trace.diagnosis import diagnoses_of
from tests.builders import V6, a_check, a_dmarc, a_list, a_ptr, a_signature, an_arrival, an_spf_outcome
from tests.histories.dsn import dsn
from tests.histories.story import START, Story
from tests.histories.world import Returned, World

EVERY: Final = timedelta(minutes=15)
RULES: Final = load_rules()
KEY: Final = b"a key of the installation's own"
DAY: Final = timedelta(days=1)
RECORDS: Final = {
    "sound": "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
    "no-ipv6": "v=spf1 ip4:192.0.2.25 -all",
    "nobody": "v=spf1 -all",
}
OURS: Final = "Our own resolver does not answer."


@dataclass(frozen=True, slots=True)
class Told:
    """Reports of one kind that come at one moment."""

    at: datetime
    kind: str  # name of its evidence source
    reports: tuple[Any, ...]


def moment(day: float) -> datetime:
    """The time of a day of the story, to the second."""
    return START + timedelta(seconds=round(day * 86400))


def listed_of(story: Story) -> MailingList:
    """The list as it is configured."""
    traffic = {} if story.per_day is None else {"messages_per_day": story.per_day}
    return a_list(
        owners=["owner@example.org"],
        subscribers=dict(story.there if story.configured is None else story.configured),
        manager=story.manager,
        bounce_policy=dict(story.policy),
        mta=story.mta,
        **traffic,
    )


def looks(state: str, at: datetime, number: int) -> CheckOutcome:
    """What a check finds in that state of DNS."""
    found = _look(state)
    return replace(found, evaluated_at=at, slot=number)


@cache
def _look(state: str) -> CheckOutcome:
    domain = "lists.example.org"
    match state:
        case "servfail":
            return a_check(RECORDS["sound"], at=START, errors={(domain, "TXT"): "servfail"})
        case "servfail-6":
            errors = {("mail6." + domain, "AAAA"): "servfail"}
            return a_check(f"v=spf1 ip4:192.0.2.25 a:mail6.{domain} -all", at=START, errors=errors)
        case "no-ptr-6":
            return a_check(RECORDS["sound"], at=START, no_ptr=(V6,))
        case "ours":
            found = a_check(RECORDS["sound"], at=START, errors={(domain, "TXT"): "timeout"})
            return replace(found, ours=OURS)
        case _:
            return a_check(RECORDS[state], at=START)


def state_at(story: Story, day: float, number: int) -> str:
    """What DNS says then."""
    for each in story.dns:
        if each.since <= day < each.until and each.of(number):
            return each.state
    return "sound"


def checks(story: Story) -> Iterator[tuple[datetime, int, str]]:
    """(time, number, state of DNS) of each check that is made."""
    draw = Random(story.seed + 2)
    number, at = 0, START - story.before * DAY + timedelta(minutes=draw.randrange(15))
    while at < moment(story.days):
        number += 1
        state = state_at(story, (at - START) / DAY, number)
        yield at, number, state
        at += EVERY


def arrivals(story: Story) -> Iterator[Told]:
    """A probe an hour, as our receiver saw it."""
    draw = Random(story.seed + 3)
    at, number = START - story.before * DAY + timedelta(minutes=draw.randrange(60)), 0
    while at < moment(story.days) and story.probed:
        number += 1
        state = state_at(story, (at - START) / DAY, number)
        results = {
            "sound": SpfResult.PASS,
            "no-ptr-6": SpfResult.PASS,
            "no-ipv6": SpfResult.FAIL,
            "nobody": SpfResult.FAIL,
        }
        result = results.get(state, SpfResult.TEMPERROR)
        falters = story.falters if (at - START) / DAY >= story.falters_from else 0.0
        if draw.random() < falters:
            result = SpfResult.FAIL
        if state != "ours":
            outcome = an_spf_outcome(result, client_ip=V6)
            ptr = a_ptr(V6, PtrResult.MISSING if state == "no-ptr-6" else PtrResult.PASS)
            signed = {"dkim": (a_signature(),), "dmarc": a_dmarc(), "tls_version": "TLSv1.3"} if story.signed else {}
            arrival = an_arrival(probe_id=f"p{number}", received_at=at, spf=(outcome,), ptr=ptr, **signed)
            yield Told(at, "arrival", (arrival,))
        at += timedelta(hours=1)


def canary(story: Story, world: World) -> Iterator[Told]:
    """Each post, as it came to our own subscription."""
    for each in world.posts if story.canary else ():
        at = moment(each.day) + timedelta(seconds=5)
        mail = CanaryMail(kind=CanaryKind.POST)
        outcome = an_spf_outcome(client_ip=V6)
        ident = f"<post{each.number}@lists.example.org>"
        arrival = an_arrival(
            probe_id=None, message_id=ident, received_at=at, spf=(outcome,), ptr=a_ptr(V6), canary=mail
        )
        if at < moment(story.days):
            yield Told(at, "canary", (arrival,))


def bounces(story: Story, world: World) -> list[Told]:
    """The bounces in the order in which they come to us."""
    if not story.bounces.copied:
        return []
    how, found = story.bounces, []
    for each in world.returned:
        day = how.late_from(each.back) if how.late_from is not None else each.back + how.late
        at = moment(day)
        found.append(Told(at, "bounce", _reports(story, each, now=at)))
    found.sort(key=lambda each: each.at)
    if how.shuffled:
        found = _shuffled(found, Random(story.seed + 4))
    return [one for each in found for one in ([each, each] if how.twice else [each])]


def _shuffled(found: Sequence[Told], draw: Random) -> list[Told]:
    """The reports in another order, at the same times."""
    reports = [each.reports for each in found]
    draw.shuffle(reports)
    return [Told(each.at, each.kind, one) for each, one in zip(found, reports, strict=True)]


def _reports(story: Story, returned: Returned, *, now: datetime) -> tuple[BounceReport, ...]:
    members = [member for each in returned.members for member in each]
    size = story.bounces.together
    groups = [members[at : at + size] for at in range(0, len(members), size)]
    made = _from_octets if story.bounces.real else _as_read
    return tuple(report for n, group in enumerate(groups) for report in made(story, returned, group, n, now=now))


def address(domain: str, member: int) -> str:
    """The address of a subscriber."""
    return f"member{member}@{domain}"


def _as_read(
    story: Story, returned: Returned, members: Sequence[int], n: int, *, now: datetime
) -> tuple[BounceReport, ...]:
    """What reading the DSN would give; a test holds it against the reading."""
    refusal, at = returned.refusal, min(moment(returned.post.day) + story.bounces.ahead * DAY, now)
    rule = None
    return (
        BounceReport(
            list_id="ops",
            id=f"{returned.post.number}-{refusal.domain}-{n}",
            at=at,
            kind=refusal.kind,
            receiver=_receiver(refusal.domain),
            rule=rule,
            about=None,
            action=AdmissionAction.DEFER if refusal.expires else AdmissionAction.REJECT,
            family=refusal.family,
            recipients=len(members),
            domains=(refusal.domain,),
            told_at=now,
            post=digest_of_post(f"<post{returned.post.number}@lists.example.org>", at=at),
            members=tuple(sorted(_digest(refusal.domain, each) for each in members)),
            text=sample(refusal.reply),
        ),
    )


def _from_octets(
    story: Story, returned: Returned, members: Sequence[int], n: int, *, now: datetime
) -> tuple[BounceReport, ...]:
    """What is read from the DSN's octets."""
    refusal, ahead = returned.refusal, story.bounces.ahead * DAY
    octets = dsn(
        [address(refusal.domain, each) for each in members],
        reply=refusal.reply,
        family=refusal.family,
        post_id=f"<post{returned.post.number}@lists.example.org>",
        posted=moment(returned.post.day) + ahead,
        bounced=moment(returned.back) + ahead,
        ident=f"{returned.post.number}-{n}",
    )
    bounce = read_bounce(octets)
    found = reports_of(bounce, diagnoses_of(bounce, RULES, now=now), list_id="ops", key=KEY, now=now)
    return tuple(each for each in found if each.kind == "policy")  # as operations keep them


@cache
def _digest(domain: str, member: int) -> int:
    return member_digest(KEY, address(domain, member))


@cache
def _receiver(domain: str) -> str | None:
    placed: Mapping[str, int] = {domain: 1}
    there = reach(placed, {})
    return next((each.id for each in RULES.receivers if there.at(each.id)), None)
