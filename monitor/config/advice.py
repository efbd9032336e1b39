"""What a valid configuration leaves undone: no fault, but worth knowing."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.config.settings import Settings


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
            yield Advice(place=f"list[{n}].outbound", message=f"has no IPv6 address: is {one.id} never sent over IPv6?")
