"""What became of the store behind our back: emptied, replaced by another, or set back to what it was before. Pure.

A store names itself when it is first looked at, and counts each look. Whoever remembers both sees what happened to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from monitor.model.ahead import is_ahead
from monitor.phrase.phrase import Phrase, When, joined, listed, say, with_parts

# How long administrators and pages are told of it: whoever looks once a day has seen it.
TOLD_FOR: Final = timedelta(days=1)
# For so long a probe's token may still come that was made with a key which is lost: twice the longest deadline, as long
# as the token itself holds (`operations.timing`, `operations.make_probe`; a test holds them together).
IN_DOUBT_FOR: Final = timedelta(hours=12)
LISTS_NAMED: Final = 20  # of those that were lost; a sentence is no catalogue


class Change(StrEnum):
    """What became of it."""

    EMPTIED = "emptied"
    REPLACED = "replaced"
    SET_BACK = "set-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upheaval:
    """What became of the store, when that was noticed, and when it was last seen as it had been before."""

    change: Change
    noticed_at: datetime
    seen_at: datetime
    lists: tuple[str, ...] = ()  # added at run time, and no longer there

    @property
    def sentence(self) -> Phrase:
        """What is lost, since when, and what happens now."""
        lost = with_parts(_LOST[self.change], since=When(self.seen_at, "moment"))
        return joined(" ", (lost, _gone(self.lists), *_NOW[self.change]))


_ANEW: Final = say(
    "Evidence is gathered anew, and until then nothing is known of the lists; probes on their way count against nobody."
)
_LOST: Final = {
    Change.EMPTIED: say(
        "The store was emptied after {since}: incidents, evidence, silences, tokens of programs and lists added at "
        "run time that were in it are lost.",
        since="",
    ),
    Change.REPLACED: say(
        "Another store stands where ours was until {since}: incidents, evidence, silences, tokens of programs and "
        "lists added at run time are now those of the other one.",
        since="",
    ),
    Change.SET_BACK: say(
        "The store was set back to what it held before {since}, as by a backup or a replica that lagged behind: "
        "what was recorded later is lost, incidents that have ended since stand as open, and lists and silences are "
        "those of then.",
        since="",
    ),
}
_NOW: Final = {
    Change.EMPTIED: (_ANEW,),
    Change.REPLACED: (say("See that redis.url leads to the store of this installation."), _ANEW),
    Change.SET_BACK: (
        say(
            "The next checks set the incidents right, and mails of then may come again under the same Message-ID; "
            "probes on their way count against nobody."
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSeen:
    """The store as it was at one look."""

    id: str
    born_at: datetime
    looks: int  # how often it was looked at: only grows
    counted: bool = False  # whether this look is one of them
    at: datetime
    served_since: datetime  # since when the server process that answers now has been seen to
    lists: frozenset[str] = frozenset()  # added at run time
    upheaval: Upheaval | None = None  # the newest that was noticed

    @property
    def steady_since(self) -> datetime:
        """Since when nothing that was written can have been lost: a server that has just begun may lack the last.

        What happened at a time to come happened before the clock was put right.
        """
        times = (self.born_at, self.served_since, *(each.noticed_at for each in self._noticed()))
        return max((at for at in times if not is_ahead(at, self.at)), default=self.at)

    def upheaval_told(self, now: datetime) -> Upheaval | None:
        """The newest upheaval, as long as it is told."""
        return next((each for each in self._noticed() if abs(now - each.noticed_at) < TOLD_FOR), None)

    def in_doubt(self, now: datetime) -> bool:
        """Whether a token that we do not know may be one of ours, made with what is lost."""
        return any(
            abs(now - since) < IN_DOUBT_FOR for since in (self.born_at, *(one.noticed_at for one in self._noticed()))
        )

    def _noticed(self) -> Iterable[Upheaval]:
        return () if self.upheaval is None else (self.upheaval,)


def upheaval(before: StoreSeen | None, found: StoreSeen) -> Upheaval | None:
    """What became of the store between two looks of one process; None where nothing did, or where it was noticed."""
    if before is None:
        return None
    if found.id != before.id:
        change = Change.EMPTIED if found.born_at >= before.at else Change.REPLACED
    elif found.looks - found.counted < before.looks:
        change = Change.SET_BACK
    else:
        return None
    if found.upheaval is not None and found.upheaval.noticed_at >= before.at:
        return None  # another process has noticed it
    lost, seen_at = before.lists, before.at
    if (earlier := before.upheaval_told(found.at)) is not None:  # this one takes its place, and tells of both
        lost = lost.union(earlier.lists)
        seen_at = seen_at if earlier == found.upheaval else min(seen_at, earlier.seen_at)
    return Upheaval(change=change, noticed_at=found.at, seen_at=seen_at, lists=tuple(sorted(lost - found.lists)))


def _gone(lists: tuple[str, ...]) -> str:
    if not lists:
        return ""
    named, more = listed(lists[:LISTS_NAMED], "comma"), len(lists) - LISTS_NAMED
    if more <= 0:
        return say("Lists added at run time that are gone: {lists}. Add them again.", lists=named)
    return say(
        "Lists added at run time that are gone: {lists} and {more} more. Add them again.", lists=named, more=more
    )
