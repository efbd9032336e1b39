"""Subscribers of whom no forecast speaks: behind no receiver that is known, or disabled already. Pure."""

from collections.abc import Sequence

from monitor.model.risk import ReceiverForecast
from monitor.phrase.phrase import capital, plural, say
from monitor.risk.facts import RiskFacts
from monitor.risk.seen_findings import COUNTED_MOST, counted


def elsewhere(facts: RiskFacts) -> int:
    """How many subscribers are at domains that nobody could place."""
    return facts.there.elsewhere


def about_elsewhere(number: int) -> str:
    """What that means, in a sentence; "" where there are none."""
    if not number:
        return ""
    return plural(
        "{n} subscriber is at a domain whose mail servers are not known: not judged, it may be behind any receiver.",
        "{n} subscribers are at domains whose mail servers are not known: not judged, they may be behind any receiver.",
        number,
    )


def already(forecasts: Sequence[ReceiverForecast]) -> str:
    """What no change undoes; "" where nobody is disabled already."""
    gone = sum(each.seen.disabled for each in forecasts if each.seen is not None)
    if not gone:
        return ""
    if gone > COUNTED_MOST:
        return say(
            "{count} who were disabled already stay so until enabled again, whatever else is changed.",
            count=capital(counted(gone)),
        )
    return plural(
        "The one who was disabled already stays so until enabled again, whatever else is changed.",
        "The {n} who were disabled already stay so until enabled again, whatever else is changed.",
        gone,
    )
