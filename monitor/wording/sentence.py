"""Numbers of people, as every sentence says them. Pure."""

from monitor.phrase.phrase import Phrase, plural, say


def subscribers(number: int) -> Phrase:
    """So many, or none."""
    return plural("{n} subscriber", "{n} subscribers", number) if number else say("no subscribers")
