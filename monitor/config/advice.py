"""What a valid configuration leaves undone: no fault, but worth knowing."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.config.settings import Settings
from monitor.model.special_addresses import special_word


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A key path and a sentence."""

    place: str
    message: str


def advice_on(settings: Settings) -> Iterator[Advice]:
    """What these settings leave undone, in the order of the file."""
    if not settings.file_lists:
        yield Advice(place="list", message="there is none, so nothing is watched; add a [[list]] table")
    probed = [one.id for one in settings.file_lists if one.submission is not None]
    if probed and not settings.receivers:
        yield Advice(place="receiver", message="is missing, so no list is probed; checks go on")
    if settings.web.url is None and any(one.owners or one.webhooks for one in settings.file_lists):
        yield Advice(place="web.url", message="is missing, so notices carry no link to the pages")
    for n, one in enumerate(settings.file_lists):
        if one.submission is None and settings.receivers:
            yield Advice(place=f"list[{n}].submission", message=f"is missing, so {one.id} is checked but not probed")
        if not one.owners and not one.webhooks:
            yield Advice(place=f"list[{n}].owners", message=f"is missing, so nobody is told about {one.id}")
        if not any(address.version == 6 for address in one.outbound):
            yield Advice(
                place=f"list[{n}].outbound", message=f"has no IPv6 address; give it if {one.id} is sent over IPv6"
            )


def unroutable(settings: Settings) -> Iterator[Advice]:
    """Addresses that mail leaves from nowhere on the internet, though they may stand for some that it does.

    Those of documentation above all: they are of examples, and of demonstrations. No receiver will ever have seen them.
    """
    for n, one in enumerate(settings.file_lists):
        odd = {str(each): word for each in one.outbound if (word := special_word(each)) is not None}
        if odd:
            named = ", ".join(f"{address} ({word})" for address, word in odd.items())
            yield Advice(
                place=f"list[{n}].outbound",
                message=f"names what no mail on the internet comes from: {named}; give the addresses that receivers see",
            )
