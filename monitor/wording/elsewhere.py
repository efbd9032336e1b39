"""Subscribers of whom no forecast speaks: behind no receiver that is known, or disabled already. Pure."""

from collections.abc import Sequence

from monitor.model.risk import ReceiverForecast
from monitor.risk.facts import RiskFacts
from monitor.risk.seen_findings import counted
from monitor.wording.sentence import subscribers


def elsewhere(facts: RiskFacts) -> int:
    """How many subscribers are at domains that nobody could place."""
    return facts.there.elsewhere


def about_elsewhere(number: int) -> str:
    """What that means, in a sentence; "" where there are none."""
    if not number:
        return ""
    are = "is at a domain" if number == 1 else "are at domains"
    they = "it" if number == 1 else "they"
    return (
        f"{subscribers(number)} {are} whose mail servers are not known: not judged, {they} may be behind any receiver."
    )


def already(forecasts: Sequence[ReceiverForecast]) -> str:
    """What no change undoes; "" where nobody is disabled already."""
    gone = sum(each.seen.disabled for each in forecasts if each.seen is not None)
    if not gone:
        return ""
    number = counted(gone)
    about = number.capitalize() if number.startswith("about") else f"The {number}"
    they = "The one who was" if gone == 1 else f"{about} who were"
    stay = "stays" if gone == 1 else "stay"
    return f"{they} disabled already {stay} so until enabled again, whatever else is changed."
