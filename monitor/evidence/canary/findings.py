"""What our own subscription to a list, the canary, tells: silence, warnings, its end. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from monitor.model.evidence import Arrival, CanaryKind
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, joined, plural, say

# The habit is the longest pause between posts that was seen. Were pauses alike and independent, the next one would be
# longer than all of 10 with probability 1/11; twice as long is far rarer (a hundredth of that where pauses fall off
# exponentially), and holidays make single long pauses part of the habit.
PAUSES_LEAST: Final = 10
SILENT_FACTOR: Final = 2
SILENT_LEAST: Final = timedelta(days=2)  # a busy list may rest over a weekend

OWNER: Final = say("the list's owner")
TELLS_FOR: Final = timedelta(days=30)  # a warning or a confirmation that nothing came of is forgotten then


def silence_allowed(times: Sequence[datetime], longest_pause: timedelta = timedelta()) -> timedelta | None:
    """How long the list may be silent by its own habit; None while too few posts were seen to speak of one.

    `times` are those of its posts, newest first; `longest_pause` is what is known of it from before.
    """
    pauses = [newer - older for newer, older in pairwise(times)]
    if len(pauses) < PAUSES_LEAST:
        return None
    return max(SILENT_FACTOR * max(*pauses, longest_pause), SILENT_LEAST)


def canary_findings(
    mail: Sequence[Arrival],
    *,
    longest_pause: timedelta = timedelta(),
    probe_arrived_at: datetime | None,
    receiver_silent: bool,
    now: datetime,
) -> tuple[Finding, ...]:
    """What the canary's mail (the list's own, newest first) tells.

    `longest_pause` is that between posts as far back as is known. `probe_arrived_at` is when the last probe through the
    list's MTA arrived: then a silence is not the MTA's. `receiver_silent`: the one that the canary's mail comes to.
    """
    recent = [each for each in mail if now - each.received_at <= TELLS_FOR]
    newest_post = next((each for each in mail if _kind(each) is CanaryKind.POST), None)
    ended = next((each for each in mail if _kind(each) is CanaryKind.UNSUBSCRIBED), None)
    if ended is not None and (newest_post is None or newest_post.received_at < ended.received_at):
        return (_unsubscribed(ended),)
    found = []
    warned = next((each for each in recent if _kind(each) is CanaryKind.DISABLE_WARNING), None)
    if warned is not None:
        found.append(_warned(warned))
    asked = next((each for each in recent if _kind(each) is CanaryKind.CONFIRMATION), None)
    if asked is not None and (newest_post is None or newest_post.received_at < asked.received_at):
        found.append(_confirmation(asked))
    times = [each.received_at for each in mail if _kind(each) is CanaryKind.POST]
    allowed = silence_allowed(times, longest_pause)
    if allowed is not None and now - times[0] > allowed and not receiver_silent:
        found.append(_silent(times[0], allowed, probe_arrived_at, now=now))
    return tuple(found)


def _silent(last: datetime, allowed: timedelta, probe_arrived_at: datetime | None, *, now: datetime) -> Finding:
    through_mta = probe_arrived_at is not None and probe_arrived_at > last
    told = say(
        "No post has reached our subscription for {silence}; by the list's habit the longest pause to be expected is {pause}.",
        silence=_days(now - last),
        pause=_days(allowed),
    )
    where = (
        say(
            "Probes through its mail server arrive meanwhile, so look at the list software: is it running, and is the canary "
            "still subscribed?"
        )
        if through_mta
        else say(
            "Look whether posts are held, whether the canary is still subscribed, and into the mail server's queue."
        )
    )
    return Finding(
        code="canary.silent",
        severity=Severity.WARNING,
        message=joined(" ", (told, where)),
        evidence={
            "last_post": last.isoformat(),
            "silent_hours": round((now - last) / timedelta(hours=1), 1),
            "allowed_hours": round(allowed / timedelta(hours=1), 1),
            "probes_arrive": through_mta,
        },
        reference="RFC 5321 section 6.1",
    )


def _warned(arrival: Arrival) -> Finding:
    return Finding(
        code="canary.disable-warning",
        severity=Severity.WARNING,
        message=say(
            "The list's software counts bounces of our own subscription, though our receiver refuses nothing of the list's: "
            "its posts are lost or refused on the way, and other subscribers are counted likewise."
        ),
        evidence=_as_it_came(arrival),
        fix=Fix(
            action=FixAction.ASK,
            name=OWNER,
            type="",
            value=say(
                "Look up the bounces of the canary's address in the list software, and enable its delivery again."
            ),
        ),
        reference="RFC 3464 section 2.3.3",
    )


def _unsubscribed(arrival: Arrival) -> Finding:
    return Finding(
        code="canary.unsubscribed",
        severity=Severity.WARNING,
        message=say(
            "The list's software has removed our own subscription. Unless somebody did so by hand, it removes other "
            "subscribers for the same reason."
        ),
        evidence=_as_it_came(arrival),
        fix=Fix(
            action=FixAction.ASK,
            name=OWNER,
            type="",
            value=say("Find out why; subscribe the address of `staysub receiver --canary` again."),
        ),
        reference="RFC 2369 section 3.2",
    )


def _confirmation(arrival: Arrival) -> Finding:
    links = () if arrival.canary is None else arrival.canary.links
    return Finding(
        code="canary.confirmation",
        severity=Severity.INFO,
        message=say(
            "The list asks whether our canary address shall be subscribed. Staysub never answers by itself: confirm it if you "
            "asked for it, or let the list's owner add the address."
        ),
        evidence={**_as_it_came(arrival), "links": list(links)},
        reference="RFC 2369 section 3.3",
    )


def _as_it_came(arrival: Arrival) -> dict[str, str | None]:
    """A notice as it came; its words are a stranger's, and escaped wherever they are shown."""
    canary = arrival.canary
    return {
        "received": arrival.received_at.isoformat(),
        "subject": "" if canary is None else canary.subject,
        "sender": "" if canary is None else canary.sender,
        "notice": None if canary is None else canary.notice,
    }


def _kind(arrival: Arrival) -> CanaryKind | None:
    return None if arrival.canary is None else arrival.canary.kind


def _days(span: timedelta) -> Phrase:
    """A span in words: hours below two days, else days."""
    hours = round(span / timedelta(hours=1))
    if hours < 48:
        return plural("{n} hour", "{n} hours", hours)
    days = round(span / timedelta(days=1), 1)
    return plural("{n} day", "{n} days", int(days) if days.is_integer() else days)
