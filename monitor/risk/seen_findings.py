"""What receivers were seen to refuse, as findings: the reply quoted, who is hit, and what to do. Pure."""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
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
from monitor.phrase.phrase import Phrase, When, joined, listed, number, plural, say, sentence
from monitor.risk.facts import ABOUT_THE_LIST, is_of_set_up
from monitor.risk.reach import OTHERS, OTHERS_WITHIN

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
ROUND: Final = 1000  # from which on an estimate is told in hundreds
ERROR: Final = 1.0 / math.sqrt(MEMBERS - 2)  # relative standard error beyond
REFERENCE: Final = "RFC 3464 section 2.3.6"
SOME_POSTS: Final = say(
    "Look what the refused posts have in common: their authors' domains (DMARC), attachments, links."
)


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


def still_disabled(seen: SeenRefusals, *, manager: str, now: datetime) -> Phrase:
    """What becomes of those who were disabled by refusals that are over; no full stop at its end."""
    count = counted_of(seen, seen.disabled)
    if seen.removed_on is None:
        return plural(
            "{count} is still disabled, unless it is enabled again",
            "{count} are still disabled, unless they are enabled again",
            seen.disabled,
            count=count,
        )
    day = When(seen.removed_on)
    if seen.removed_on <= now:
        return plural(
            "{count} is probably removed since {day}, unless it is enabled before",
            "{count} are probably removed since {day}, unless they are enabled before",
            seen.disabled,
            count=count,
            day=day,
        )
    return plural(
        "{count} is still disabled; {manager} removes it from {day} unless it is enabled again",
        "{count} are still disabled; {manager} removes them from {day} unless they are enabled again",
        seen.disabled,
        count=count,
        manager=manager,
        day=day,
    )


def _left(forecast: ReceiverForecast, seen: SeenRefusals, rules: RuleSet, *, manager: str, now: datetime) -> Finding:
    name = named(forecast, rules.receiver_name)
    over = say("{receiver} refuses no more.", receiver=name)
    by_now, rest = fate(forecast, seen, manager=manager, now=now), still_disabled(seen, manager=manager, now=now)
    return Finding(
        code=LEFT_DISABLED,
        severity=Severity.INFO,
        message=joined(" ", (over, by_now, sentence(rest))),
        evidence={
            "receiver": forecast.receiver,
            "disabled": seen.disabled,
            "disabled_at": None if seen.disabled_at is None else seen.disabled_at.isoformat(),
            "removed_on": None if seen.removed_on is None else seen.removed_on.isoformat(),
            "domains": list(seen.domains),
        },
        reference=REFERENCE,
    )


def whom(seen: SeenRefusals, subscribers: int | None) -> Phrase:
    """Whom the refusals are about: "all 600 subscribers there"."""
    hit, count = seen.subscribers, counted_of(seen, seen.subscribers)
    if subscribers == 0:
        return plural(
            "at least {count} subscriber there (none in your counts)",
            "at least {count} subscribers there (none in your counts)",
            hit,
            count=count,
        )
    if subscribers and hit >= subscribers:
        return plural("the one subscriber there", "all {n} subscribers there", subscribers)
    if subscribers and hit > COUNTED_MOST and not seen.exact and hit >= subscribers * (1.0 - 2.0 * ERROR):
        return say("all or nearly all {number} subscribers there", number=subscribers)
    if subscribers:
        return say("{count} of {number} subscribers there", count=count, number=subscribers)
    return plural("{count} subscriber there", "{count} subscribers there", hit, count=count)


def whom_over(seen: SeenRefusals, subscribers: int | None) -> Phrase:
    """The same, and over which families where only some are concerned."""
    those = whom(seen, subscribers)
    return say("{whom} over {families}", whom=those, families=_over(seen)) if seen.families else those


def named(forecast: ReceiverForecast, name: Callable[[str | None], str | None]) -> str:
    """The receiver's name; of one that is nobody in particular, the domains of those whom it refused.

    `name` gives a receiver's name by its id.
    """
    domains = () if forecast.seen is None else forecast.seen.domains
    if forecast.receiver == NOBODY_IN_PARTICULAR and domains:
        more = len(domains) - NAMED_MOST
        if more <= 0:
            return listed(domains)
        first = listed(domains[:NAMED_MOST], "comma")
        return plural("{domains} and {n} other", "{domains} and {n} others", more, domains=first)
    return name(forecast.receiver) or forecast.receiver or OTHERS


def named_within(forecast: ReceiverForecast, name: Callable[[str | None], str | None]) -> str:
    """The same within a sentence: who is nobody in particular has words for a name, which begin small there."""
    called = named(forecast, name)
    return OTHERS_WITHIN if called == OTHERS else called


def counted(count: int, most: int = COUNTED_MOST) -> Phrase:
    """So many different ones: beyond what is counted one by one it is an estimate, and says so."""
    return number(count) if count <= most else say("about {n}", n=round(count, -2 if count >= ROUND else -1))


def counted_of(seen: SeenRefusals, count: int) -> Phrase:
    """So many of those who were refused: all of them exactly, where they were counted one by one."""
    return counted(count, count if seen.exact and count == seen.subscribers else COUNTED_MOST)


def fate(forecast: ReceiverForecast, seen: SeenRefusals, *, manager: str, now: datetime) -> str:
    """What the list manager has made of it, or will. "" where it is not known."""
    if seen.disabled and seen.disabled_at is not None:
        day = When(seen.disabled_at)
        if seen.disabled >= seen.subscribers > 1:
            return say("By {manager}'s rules all of them were disabled on {day}.", manager=manager, day=day)
        return plural(
            "By {manager}'s rules {count} was disabled on {day}.",
            "By {manager}'s rules {count} were disabled on {day}.",
            seen.disabled,
            manager=manager,
            count=counted_of(seen, seen.disabled),
            day=day,
        )
    if forecast.disabled_on is None or seen.hit is Hit.ONCE:
        return ""
    day = When(max(forecast.disabled_on, now))
    if seen.at_next_post:
        return plural(
            "By {manager}'s rules it is disabled at the next post that is refused, expected on {day}.",
            "By {manager}'s rules they are disabled at the next post that is refused, expected on {day}.",
            seen.subscribers,
            manager=manager,
            day=day,
        )
    return plural(
        "By {manager}'s rules it is disabled about {day}.",
        "By {manager}'s rules they are disabled about {day}.",
        seen.subscribers,
        manager=manager,
        day=day,
    )


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
    about = None if rule is None else rule.about
    return Finding(
        code=AGAINST_RULES if against else CODES[seen.hit],
        severity=_severity(forecast, seen),
        message=joined(
            " ",
            (
                *_sentences(name, forecast, seen, against=against, of_set_up=rule is not None and is_of_set_up(rule)),
                fate(forecast, seen, manager=manager, now=now),
            ),
        ),
        evidence={
            "receiver": forecast.receiver,
            "rule": seen.rule,
            "about": about,
            "reply": seen.reply,
            "posts": seen.posts,
            "posts_sent": round(seen.sent, 1),
            "taken_by_others": seen.taken_by,
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
            name=_whom_to_ask(name, seen, about),
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


def _sentences(
    name: str, forecast: ReceiverForecast, seen: SeenRefusals, *, against: bool, of_set_up: bool
) -> Iterator[Phrase]:
    did = _did(name, forecast, seen, against=against)
    yield (
        say("{statement}: “{reply}”.", statement=did, reply=_cut(seen.reply))
        if seen.reply
        else say("{statement}.", statement=did)
    )
    if seen.hit is Hit.ADDRESSES and forecast.subscribers is not None:
        yield say("Nobody else there is refused.")
    if seen.taken_by and seen.hit in {Hit.POSTS, Hit.ONCE} and not of_set_up:
        yield plural(
            "{n} other receiver took what was refused: it is about these posts, not about how the list's mail is sent.",
            "{n} other receivers took what was refused: it is about these posts, not about how the list's mail is sent.",
            seen.taken_by,
        )


def _did(name: str, forecast: ReceiverForecast, seen: SeenRefusals, *, against: bool) -> Phrase:
    """What was seen of it, without a full stop."""
    put_off = seen.action is AdmissionAction.DEFER
    if seen.hit is Hit.ADDRESSES:
        parts = {"receiver": name, "whom": whom(seen, forecast.subscribers), "since": When(seen.first)}
        if not seen.families:
            return say("{receiver} refuses the list's posts for {whom} since {since}", **parts)
        over = _over(seen)
        return say(
            "{receiver} refuses the list's posts for {whom} since {since} over {families}", **parts, families=over
        )
    parts = {"receiver": name, "whom": whom_over(seen, forecast.subscribers), "since": When(seen.first)}
    if seen.hit is Hit.ONCE and seen.gives_up_at is not None:
        return say(
            "{receiver} puts one post of {since} off, for {whom}; it bounces from {day} on",
            **parts,
            day=When(seen.gives_up_at),
        )
    if seen.hit is Hit.ONCE:
        if put_off:
            return say("{receiver} put off one post of {since} until the queue gave it up, for {whom}", **parts)
        return say("{receiver} refused one post of {since}, for {whom}", **parts)
    counts = {"posts": seen.posts, "sent": max(round(seen.sent), seen.posts)}
    only = counts["sent"] == 1
    if seen.gives_up_at is not None and only:
        return say(
            "{receiver} puts off the only post since {since}, for {whom}; it bounces from {day} on",
            **parts,
            day=When(seen.gives_up_at),
        )
    if seen.gives_up_at is not None:
        return say(
            "{receiver} puts the list's mail off since {since}: {posts} of {sent} posts are in the queue still, for {whom}, "
            "and bounce from {day} on",
            **parts,
            **counts,
            day=When(seen.gives_up_at),
        )
    if only and put_off:  # others may be in the queue still
        return say("{receiver} put off one post of {since} until the queue gave it up, for {whom}", **parts)
    if only and against:
        return say(
            "{receiver} refuses what its rules would take: it refused the only post since {since}, for {whom}", **parts
        )
    if only:
        return say("{receiver} has refused the only post since {since}, for {whom}", **parts)
    if against and put_off:
        return say(
            "{receiver} refuses what its rules would take: since {since} it put off {posts} of about {sent} posts until "
            "the queue gave them up, for {whom}",
            **parts,
            **counts,
        )
    if against:
        return say(
            "{receiver} refuses what its rules would take: since {since} it refused {posts} of about {sent} posts, for "
            "{whom}",
            **parts,
            **counts,
        )
    if put_off:
        return say(
            "{receiver} has put off {posts} of about {sent} posts until the queue gave them up since {since}, for {whom}",
            **parts,
            **counts,
        )
    return say("{receiver} has refused {posts} of about {sent} posts since {since}, for {whom}", **parts, **counts)


def _over(seen: SeenRefusals) -> Phrase:
    return listed(f"IPv{each}" for each in seen.families)


def _whom_to_ask(name: str, seen: SeenRefusals, about: str | None) -> Phrase:
    """Who can do something about it: the receiver only where it is not up to the list or to its authors."""
    if seen.hit is Hit.ADDRESSES:
        return say("the subscriber")
    if seen.hit is Hit.POSTS or (about == "author" and not seen.contradicts):
        return say("whoever runs the list")
    if about == ABOUT_THE_LIST and not seen.contradicts:
        return say("whoever runs the mail server")
    return say("the postmaster of {receiver}", receiver=name)


def _advice(seen: SeenRefusals, remedy: str | None) -> Phrase:
    """What to do, the likeliest first."""
    if seen.hit is Hit.ADDRESSES:
        return say("Write from another address: it is about this mailbox, a filter or a forwarder behind it.")
    hold = "" if seen.hit is Hit.ONCE else say("Hold the list's bounce processing meanwhile, or raise its threshold.")
    if seen.hit is Hit.POSTS:
        return joined(" ", (SOME_POSTS, hold))
    asked = "" if remedy and not seen.contradicts else say("Quote the reply, the sending address and the time.")
    return joined(" ", (asked, remedy or "", hold))


def _cut(reply: str) -> str:
    """As much of a reply as a sentence bears; the evidence has all of it."""
    return shorten(reply, QUOTED_MOST, placeholder=" …").rstrip(".")
