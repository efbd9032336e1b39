"""How many subscribers mail can reach, over which address family: said once for page, command and API. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from monitor.model.reach import Reach, ReachDay
from monitor.phrase.phrase import Phrase, joined, plural, say, sentence

NOT_COUNTED: Final = say(
    "Subscribers are not counted: give their numbers by domain as `subscribers` in the list's settings, or take them "
    "from Mailman 3 with `staysub import mailman3`."
)


def reached(there: Reach) -> Phrase:
    """How many of how many can be reached over IPv6 today; what to enter where nobody is counted."""
    if not there.total:
        return NOT_COUNTED
    if there.asked and not there.looked_up and not there.unanswered:
        return plural(
            "Whom mail can reach over IPv6 is not known yet: none of {n} subscriber looked up so far.",
            "Whom mail can reach over IPv6 is not known yet: none of {n} subscribers looked up so far.",
            there.asked,
        )
    told = there.looked_up + there.unanswered
    if told < there.asked:  # the looking up is under way
        return plural(
            "{reached} of {n} subscriber can be reached over IPv6 today ({told} of {asked} looked up so far).",
            "{reached} of {n} subscribers can be reached over IPv6 today ({told} of {asked} looked up so far).",
            there.total,
            reached=there.over_ipv6,
            told=told,
            asked=there.asked,
        )
    return plural(
        "{reached} of {n} subscriber can be reached over IPv6 today.",
        "{reached} of {n} subscribers can be reached over IPv6 today.",
        there.total,
        reached=there.over_ipv6,
    )


def beside(there: Reach) -> Phrase:
    """Who the others are, in a sentence; "" where there are none, or nobody was looked up."""
    if not there.total or not (there.looked_up or there.unanswered or not there.asked):
        return joined("", ())
    later = sum(each.later for each in there.ways.values())
    only = (
        plural(
            "{n} of those over IPv6 only at mail servers that are tried after others.",
            "{n} of those over IPv6 only at mail servers that are tried after others.",
            later,
        )
        if later
        else ""
    )
    return joined(" ", (only, sentence(joined(", ", _others(there)))))


def _others(there: Reach) -> Iterator[Phrase]:
    """Who cannot be reached over IPv6 today, each kind once."""
    if there.ipv4_only:
        yield plural("{n} over IPv4 alone", "{n} over IPv4 alone", there.ipv4_only)
    if there.no_mail:
        yield plural(
            "{n} not at all, as their domains take no mail",
            "{n} not at all, as their domains take no mail",
            there.no_mail,
        )
    if there.unknown:
        yield plural("of {n} it is not known", "of {n} it is not known", there.unknown)


def document_of(there: Reach) -> dict[str, Any]:
    """The same as every JSON document says it."""
    return {
        "about": joined(" ", (reached(there), beside(there))),
        "subscribers": there.total,
        "over_ipv6": there.over_ipv6,
        "over_ipv4_only": there.ipv4_only,
        "no_mail": there.no_mail,
        "unknown": there.unknown,
        "to_look_up": there.asked,
        "looked_up": there.looked_up,
        "receivers": {
            receiver: {
                "subscribers": ways.all,
                "over_ipv6": ways.over_ipv6,
                "over_ipv4_only": ways.ipv4,
                "unknown": ways.unknown,
                "over_ipv6_since": None if ways.came_at is None else ways.came_at.isoformat(),
            }
            for receiver, ways in sorted(there.ways.items())
        },
    }


def turning_points(days: Sequence[ReachDay], most: int) -> tuple[ReachDay, ...]:
    """The days on which something was otherwise than the day before, the newest first; the first day is one."""
    changed = [
        day
        for before, day in zip((None, *days), days, strict=False)
        if before is None or (before.over_ipv6, before.total) != (day.over_ipv6, day.total)
    ]
    return tuple(reversed(changed))[:most]
