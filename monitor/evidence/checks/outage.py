"""Name servers that fail at every check: carried on from check to check, told once it has lasted. Pure.

What they keep from being evaluated is put off by receivers (RFC 7208 sections 2.6.6 and 8.6), and bounces when it has
waited for as long as the list's MTA keeps it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.evidence.checks.sporadic import ANSWERING, troubled, unanswered_name
from monitor.model.dns import Identity, SpfOutcome
from monitor.model.evidence import CheckOutcome, Outage
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind
from monitor.phrase.phrase import Phrase, When, joined, plural, say

LASTING: Final = timedelta(hours=1)  # so long without a break, over so many checks, is no coming and going
LASTING_CHECKS: Final = 3
GAP_INTERVALS: Final = 4  # checks may be missing: what failed before and after such a gap failed within it as well
DAY: Final = timedelta(days=1)
PUT_OFF: Final = say("Receivers that check SPF put such mail off (4yz) or take it for unauthenticated.")


def outages_of(outcome: CheckOutcome, previous: CheckOutcome | None, *, every: timedelta) -> tuple[Outage, ...]:
    """What fails, with what is carried on from the check before; `every` is the time from one check to the next.

    A check that saw ends it. One that was blind by our own fault hands it on unchanged.
    """
    if previous is None or previous.domain != outcome.domain:
        previous = None
    before = {} if previous is None else {each.family: each for each in previous.outages}
    if outcome.ours is not None:
        return tuple(before.values())
    return tuple(_families(outcome, previous, before, every=every))


def _families(
    outcome: CheckOutcome, previous: CheckOutcome | None, before: dict[int, Outage], *, every: timedelta
) -> Iterator[Outage]:
    mailfrom = [each for each in outcome.results if each.identity is Identity.MAILFROM]
    for family in dict.fromkeys(each.family for each in mailfrom):
        failed = [each for each in mailfrom if each.family == family and troubled(each)]
        name = next(filter(None, map(unanswered_name, failed)), None)
        earlier = before.get(family)
        if name is not None:
            yield _carried_on(earlier, outcome, previous, family, name, every=every)
        elif failed and earlier is not None:
            yield earlier  # the time ran out, or we stumbled: neither says that the servers answer, nor that they do not


def _carried_on(
    earlier: Outage | None,
    outcome: CheckOutcome,
    previous: CheckOutcome | None,
    family: int,
    name: str,
    *,
    every: timedelta,
) -> Outage:
    at = outcome.evaluated_at
    if earlier is None:
        seen_at = previous.evaluated_at if previous is not None and _saw(previous, family) else None
        return Outage(family=family, name=name, since=at, until=at, seen_at=seen_at)
    if previous is not None and previous.slot == outcome.slot and outcome.slot:
        return earlier  # the same check, delivered twice
    if at - earlier.until > _bridged(earlier, every):
        return Outage(family=family, name=name, since=at, until=at, seen_at=earlier.seen_at)
    found = replace(earlier, name=name, until=max(at, earlier.until), checks=earlier.checks + 1)
    lasts = found.checks >= LASTING_CHECKS and found.until - found.since >= LASTING
    return replace(found, proven_at=at) if lasts and found.proven_at is None else found


def _bridged(earlier: Outage, every: timedelta) -> timedelta:
    """The longest gap between checks that failures on both sides of it speak for.

    What had failed for long fails on for as long, at most a day; of a gap after one lost answer nothing is known.
    """
    return max(GAP_INTERVALS * every, LASTING, min(earlier.until - earlier.since, DAY))


def _saw(outcome: CheckOutcome, family: int) -> bool:
    """Whether that check evaluated the mailfrom identity over the family."""
    there = [each for each in outcome.results if each.identity is Identity.MAILFROM and each.family == family]
    return outcome.ours is None and bool(there) and not any(map(troubled, there))


def with_outages(
    outcome: CheckOutcome, previous: CheckOutcome | None, *, every: timedelta, mta: MtaKind | None
) -> CheckOutcome:
    """The outcome with what is carried on; where it lasts, the finding about it first, in place of `dns.temperror`.

    No finding where nothing is known of the list's MTA, nor at a check that was blind by our own fault.
    """
    outcome = replace(outcome, outages=outages_of(outcome, previous, every=every))
    found = None if mta is None or outcome.ours is not None else failing(outcome, mta)
    if found is None:
        return outcome
    return replace(outcome, findings=(found, *(each for each in outcome.findings if not _about_mailfrom(each))))


def _about_mailfrom(finding: Finding) -> bool:
    return finding.code == "dns.temperror" and finding.evidence.get("identity") == Identity.MAILFROM


def failing(outcome: CheckOutcome, mta: MtaKind) -> Finding | None:
    """The finding where name servers have failed for long enough at every check; None where they have not.

    The sentence changes only with what is to be said, not with each check.
    """
    lasting = [each for each in outcome.outages if each.proven_at is not None]
    if not lasting:
        return None
    first = min(lasting, key=lambda each: each.since)
    mailfrom = [each for each in outcome.results if each.identity is Identity.MAILFROM]
    unseen = [each for each in mailfrom if troubled(each)]
    others = {each.family for each in mailfrom} - {each.family for each in lasting}
    bounces_at = None if _goes_on(lasting, unseen, mailfrom, mta) else first.since + timedelta(seconds=mta.expires_s)
    near = bounces_at is not None and bounces_at - outcome.evaluated_at <= DAY
    sentences = (
        _failing(first, outcome, over=bool(others)),
        PUT_OFF,
        _what_follows(bounces_at, outcome.evaluated_at, mta),
    )
    return Finding(
        code="dns.failing",
        severity=Severity.CRITICAL if near else Severity.WARNING,
        message=joined(" ", sentences),
        evidence={
            "domain": first.name,
            "sender": outcome.domain,
            "addresses": [str(each.client_ip) for each in unseen],
            "problem": next((each.problem for each in unseen), None),
            "since": first.since.isoformat(),
            "seen_at": None if first.seen_at is None else first.seen_at.isoformat(),
            "checks": first.checks,
            "mta": mta.id,
            "bounces_at": None if bounces_at is None else bounces_at.isoformat(),
        },
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the name servers of {name}", name=first.name),
            type="",
            value=ANSWERING,
        ),
        reference="RFC 7208 section 8.6",
    )


def _goes_on(
    lasting: Sequence[Outage], unseen: Sequence[SpfOutcome], mailfrom: Sequence[SpfOutcome], mta: MtaKind
) -> bool:
    """Whether the MTA brings to IPv4 what is put off over IPv6, and SPF can be evaluated there.

    The other way round there are receivers that have no IPv6.
    """
    four = [each for each in mailfrom if each.family == 4]
    only6 = {each.family for each in lasting} == {6} and bool(four) and not any(each.family == 4 for each in unseen)
    return only6 and (mta.other_family or mta.order is FamilyOrder.IPV4_ONLY)


def _failing(first: Outage, outcome: CheckOutcome, *, over: bool) -> Phrase:
    """Whose servers fail since when, and what cannot be evaluated for it: over one family alone, or at all."""
    parts = {"name": first.name, "since": When(first.since, "moment"), "domain": outcome.domain}
    if over:
        return say(
            "The name servers of {name} have given no usable answer at any check since {since}, so that SPF of {domain} "
            "over {family} cannot be evaluated.",
            **parts,
            family=f"IPv{first.family}",
        )
    return say(
        "The name servers of {name} have given no usable answer at any check since {since}, so that SPF of {domain} cannot "
        "be evaluated.",
        **parts,
    )


def _what_follows(bounces_at: datetime | None, now: datetime, mta: MtaKind) -> Phrase:
    if bounces_at is None:
        return say(
            "Your server ({mta}) goes on to IPv4, where SPF can be evaluated, so that no post bounces for it.",
            mta=mta.title,
        )
    days = round(mta.expires_s / DAY_S, 1)
    keeps = int(days) if days.is_integer() else days
    parts = {"mta": mta.title, "since": When(bounces_at, "moment")}
    if bounces_at <= now:
        return plural(
            "Your server ({mta}) gives up after {n} day: what was put off has bounced since {since}.",
            "Your server ({mta}) gives up after {n} days: what was put off has bounced since {since}.",
            keeps,
            **parts,
        )
    return plural(
        "Your server ({mta}) gives up after {n} day: what was put off bounces from {since} on.",
        "Your server ({mta}) gives up after {n} days: what was put off bounces from {since} on.",
        keeps,
        **parts,
    )
