"""What receivers were seen to refuse, as findings: the reply quoted, who is hit, and what to do. Pure."""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from textwrap import shorten
from typing import Final

from monitor.admission.remedy import remedy_of
from monitor.admission.rules import RuleSet
from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger import MEMBERS
from monitor.managers.remedies import GENERAL, Remedies
from monitor.model.evidence import AdmissionAction
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.risk import Hit, ReceiverForecast, RiskLevel, SeenRefusals
from monitor.risk.reach import OTHERS

CODES: Final = {
    Hit.ALL: "replies.refused",
    Hit.PART: "replies.refused",
    Hit.POSTS: "replies.some-posts",
    Hit.ADDRESSES: "replies.addresses",
    Hit.ONCE: "replies.one-post",
}
LEFT_DISABLED: Final = "replies.left-disabled"
AGAINST_RULES: Final = "replies.against-rules"
COUNTED_MOST: Final = MEMBERS  # different ones that are counted one by one
NAMED_MOST: Final = 2  # domains in a name
QUOTED_MOST: Final = 120  # characters of a reply in a sentence
GIVEN_UP: Final = (" until the queue gave it up", " until the queue gave them up")  # one post, several
ROUND: Final = 1000  # from which on an estimate is told in hundreds
ERROR: Final = 1.0 / math.sqrt(MEMBERS - 2)  # relative standard error beyond
REFERENCE: Final = "RFC 3464 section 2.3.6"


def seen_findings(
    forecasts: Iterable[ReceiverForecast],
    rules: RuleSet,
    *,
    manager: str,
    remedies: Remedies = GENERAL,
    now: datetime,
) -> Iterator[Finding]:
    """One a receiver that goes on refusing, or whose refusals left subscribers disabled.

    `manager` is the list manager's name for people, `remedies` are its settings.
    """
    for each in forecasts:
        if each.seen is not None and each.seen.over_since is None:
            yield _finding(each, each.seen, rules, manager=manager, remedies=remedies, now=now)
        elif each.seen is not None and each.seen.disabled and each.seen.disabled_at is not None:
            yield _left(each, each.seen, rules, manager=manager, now=now)


def still_disabled(seen: SeenRefusals, *, manager: str, now: datetime) -> str:
    """What becomes of those who were disabled by refusals that are over; dates in UTC, no full stop at its end."""
    they, are = ("it", "is") if seen.disabled == 1 else ("they", "are")
    unless = f"unless {they} {are} enabled again"
    if seen.removed_on is None:
        return f"{counted(seen.disabled)} {are} still disabled, {unless}"
    if seen.removed_on <= now:
        return f"{counted(seen.disabled)} {are} probably removed since {_day(seen.removed_on)}, {unless[:-6]} before"
    them = "it" if seen.disabled == 1 else "them"
    return (
        f"{counted(seen.disabled)} {are} still disabled; {manager} removes {them} from {_day(seen.removed_on)} {unless}"
    )


def _left(forecast: ReceiverForecast, seen: SeenRefusals, rules: RuleSet, *, manager: str, now: datetime) -> Finding:
    name = named(forecast, rules.receiver_name)
    message = f"{name} refuses no more. {fate(forecast, seen, manager=manager, now=now)} "
    return Finding(
        code=LEFT_DISABLED,
        severity=Severity.INFO,
        message=f"{message}{still_disabled(seen, manager=manager, now=now)}.",
        evidence={
            "receiver": forecast.receiver,
            "disabled": seen.disabled,
            "disabled_at": None if seen.disabled_at is None else seen.disabled_at.isoformat(),
            "removed_on": None if seen.removed_on is None else seen.removed_on.isoformat(),
            "domains": list(seen.domains),
        },
        reference=REFERENCE,
    )


def whom(seen: SeenRefusals, subscribers: int | None) -> str:
    """Whom the refusals are about: "all 600 subscribers there"."""
    number = seen.subscribers
    if subscribers == 0:
        return f"at least {counted(number)} subscriber{'' if number == 1 else 's'} there (none in your counts)"
    if subscribers and number >= subscribers:
        return f"all {subscribers} subscribers there" if subscribers > 1 else "the one subscriber there"
    if subscribers and number > COUNTED_MOST and number >= subscribers * (1.0 - 2.0 * ERROR):
        return f"all or nearly all {subscribers} subscribers there"
    if subscribers:
        return f"{counted(number)} of {subscribers} subscribers there"
    return f"{counted(number)} subscriber{'' if number == 1 else 's'} there"


def named(forecast: ReceiverForecast, name: Callable[[str | None], str | None]) -> str:
    """The receiver's name; of one that is nobody in particular, the domains of those whom it refused.

    `name` gives a receiver's name by its id.
    """
    domains = () if forecast.seen is None else forecast.seen.domains
    if forecast.receiver == NOBODY_IN_PARTICULAR and domains:
        more = len(domains) - NAMED_MOST
        listed = ", ".join(domains[:NAMED_MOST])
        return f"{listed} and {more} other{'s' if more > 1 else ''}" if more > 0 else " and ".join(domains)
    return name(forecast.receiver) or forecast.receiver or OTHERS


def named_within(forecast: ReceiverForecast, name: Callable[[str | None], str | None]) -> str:
    """The same within a sentence: who is nobody in particular has words for a name, which begin small there."""
    called = named(forecast, name)
    return called[:1].lower() + called[1:] if forecast.receiver in {None, NOBODY_IN_PARTICULAR} else called


def counted(number: int, most: int = COUNTED_MOST) -> str:
    """So many different ones: beyond what is counted one by one it is an estimate, and says so."""
    return str(number) if number <= most else f"about {round(number, -2 if number >= ROUND else -1)}"


def fate(forecast: ReceiverForecast, seen: SeenRefusals, *, manager: str, now: datetime) -> str:
    """What the list manager has made of it, or will: with dates (UTC). "" where it is not known."""
    if seen.disabled and seen.disabled_at is not None:
        who = "all of them" if seen.disabled >= seen.subscribers > 1 else counted(seen.disabled)
        were = "were" if seen.disabled > 1 else "was"
        return f"By {manager}'s rules {who} {were} disabled on {_day(seen.disabled_at)}."
    if forecast.disabled_on is None or seen.hit is Hit.ONCE:
        return ""
    on = max(forecast.disabled_on, now)
    at = "at the next post that is refused, expected on" if seen.at_next_post else "about"
    them = "it is" if seen.subscribers == 1 else "they are"
    return f"By {manager}'s rules {them} disabled {at} {_day(on)}."


def _finding(
    forecast: ReceiverForecast,
    seen: SeenRefusals,
    rules: RuleSet,
    *,
    manager: str,
    remedies: Remedies,
    now: datetime,
) -> Finding:
    name = named(forecast, rules.receiver_name)
    against = seen.contradicts and seen.hit in {Hit.ALL, Hit.PART}
    rule = rules.rule(seen.rule)
    return Finding(
        code=AGAINST_RULES if against else CODES[seen.hit],
        severity=_severity(forecast, seen),
        message=" ".join(
            filter(
                None, (_sentence(name, forecast, seen, against=against), fate(forecast, seen, manager=manager, now=now))
            )
        ),
        evidence={
            "receiver": forecast.receiver,
            "rule": seen.rule,
            "about": None if rule is None else rule.about,
            "reply": seen.reply,
            "posts": seen.posts,
            "posts_sent": round(seen.sent, 1),
            "subscribers": seen.subscribers,
            "subscribers_there": forecast.subscribers,
            "domains": list(seen.domains),
            "families": [f"IPv{each}" for each in seen.families],
            "first": seen.first.isoformat(),
            "last": seen.last.isoformat(),
            "disabled": seen.disabled,
            "disabled_at": None if seen.disabled_at is None else seen.disabled_at.isoformat(),
        },
        fix=Fix(
            action=FixAction.ASK,
            name=_whom_to_ask(name, seen, None if rule is None else rule.about),
            type="",
            value=_advice(seen, None if rule is None else remedy_of(rule, remedies)),
        ),
        reference=REFERENCE,
    )


def _severity(forecast: ReceiverForecast, seen: SeenRefusals) -> Severity:
    if (seen.hit is Hit.ADDRESSES and seen.share is not None) or (
        seen.hit is Hit.ONCE and forecast.level is RiskLevel.OK
    ):
        return Severity.INFO
    return Severity.CRITICAL if forecast.level is RiskLevel.CRITICAL else Severity.WARNING


def _sentence(name: str, forecast: ReceiverForecast, seen: SeenRefusals, *, against: bool) -> str:
    since, quoted = _day(seen.first), f": “{_cut(seen.reply)}”." if seen.reply else "."
    over = f" over {' and '.join(f'IPv{each}' for each in seen.families)}" if seen.families else ""
    posts = f"{seen.posts} of about {max(round(seen.sent), seen.posts)} posts"
    did, given_up = ("refused", ("", "")) if seen.action is not AdmissionAction.DEFER else ("put off", GIVEN_UP)
    those = whom(seen, forecast.subscribers)
    if seen.hit is Hit.ADDRESSES:
        nobody = "" if forecast.subscribers is None else " Nobody else there is refused."
        return f"{name} refuses the list's posts for {those} since {since}{over}{quoted}{nobody}"
    if seen.hit is Hit.ONCE:
        return f"{name} {did} one post of {since}{given_up[0]}, for {those}{over}{quoted}"
    if against:
        return f"{name} refuses what its rules would take: since {since} it {did} {posts}{given_up[1]}, for {those}{over}{quoted}"
    return f"{name} has {did} {posts}{given_up[1]} since {since}, for {those}{over}{quoted}"


def _whom_to_ask(name: str, seen: SeenRefusals, about: str | None) -> str:
    """Who can do something about it: the receiver only where it is not up to the list or to its authors."""
    if seen.hit is Hit.ADDRESSES:
        return "the subscriber"
    if seen.hit is Hit.POSTS or (about == "author" and not seen.contradicts):
        return "whoever runs the list"
    return "whoever runs the mail server" if about == "list" and not seen.contradicts else f"the postmaster of {name}"


def _advice(seen: SeenRefusals, remedy: str | None) -> str:
    """What to do, the likeliest first."""
    hold = (
        ""
        if seen.hit in {Hit.ADDRESSES, Hit.ONCE}
        else " Hold the list's bounce processing meanwhile, or raise its threshold."
    )
    if seen.hit is Hit.ADDRESSES:
        return "Write from another address: it is about this mailbox, a filter or a forwarder behind it."
    if seen.hit is Hit.POSTS:
        return f"Look what the refused posts have in common: their authors' domains (DMARC), attachments, links.{hold}"
    if remedy and not seen.contradicts:
        return remedy + hold
    return f"Quote the reply, the sending address and the time.{f' {remedy}' if remedy else ''}{hold}"


def _cut(reply: str) -> str:
    """As much of a reply as a sentence bears; the evidence has all of it."""
    return shorten(reply, QUOTED_MOST, placeholder=" …").rstrip(".")


def _day(at: datetime) -> str:
    """As pages write it: `26 November 2026`, with its year, since the sentence is kept."""
    return f"{at.astimezone(UTC):%-d %B %Y}"
