"""How many subscribers mail can reach, over which address family: said once for page, command and API. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from monitor.model.reach import Reach, ReachDay

NOT_COUNTED: Final = (
    "Subscribers are not counted: give their numbers by domain as `subscribers` in the list's settings, or take them "
    "from Mailman 3 with `staysub import mailman3`."
)


def reached(there: Reach) -> str:
    """How many of how many can be reached over IPv6 today; what to enter where nobody is counted."""
    if not there.total:
        return NOT_COUNTED
    if there.asked and not there.looked_up and not there.unanswered:
        return f"Whom mail can reach over IPv6 is not known yet: none of {_people(there.asked)} looked up so far."
    return f"{there.over_ipv6:,} of {_people(there.total)} can be reached over IPv6 today{_so_far(there)}."


def beside(there: Reach) -> str:
    """Who the others are, in a sentence; "" where there are none, or nobody was looked up."""
    if not there.total or not (there.looked_up or there.unanswered or not there.asked):
        return ""
    later = sum(each.later for each in there.ways.values())
    parts = [
        f"{there.ipv4_only:,} over IPv4 alone" if there.ipv4_only else "",
        f"{there.no_mail:,} not at all, as their domains take no mail" if there.no_mail else "",
        f"of {there.unknown:,} it is not known" if there.unknown else "",
    ]
    others = ", ".join(filter(None, parts))
    only = f"{later:,} of those over IPv6 only at mail servers that are tried after others. " if later else ""
    return f"{only}{others[:1].upper()}{others[1:]}." if others else only.strip()


def document_of(there: Reach) -> dict[str, Any]:
    """The same as every JSON document says it."""
    return {
        "about": " ".join(filter(None, (reached(there), beside(there)))),
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


def _so_far(there: Reach) -> str:
    """How far the looking up has come, while it is under way."""
    told = there.looked_up + there.unanswered
    return f" ({told:,} of {there.asked:,} looked up so far)" if told < there.asked else ""


def _people(number: int) -> str:
    return f"{number:,} subscriber{'' if number == 1 else 's'}"
