"""What was lost, what was double, who was accused: counted from what is known outside. Pure."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.torment.journal import Journal, Told, within
from tests.torment.lists import ADMINISTRATOR, BY_ID, LISTS, PROBE_EVERY_S, Lot

LATELY_S: Final = 60.0  # within which each list is checked, some seven times
SOON_S: Final = 0.9 * PROBE_EVERY_S  # two probes of a list that are less far apart are one too many; jitter is 5 %
DANGER: Final = frozenset({"watch", "at-risk", "critical"})
OVER: Final = frozenset({"pending", "resolved"})
MEMORY_FACTOR: Final = 1.5
MEMORY_BYTES: Final = 96_000_000  # what caches and allocators take beyond that
MOVES_TOKENS: Final = ("redis-emptied", "clock-")  # torments after which a probe's address is no longer known, or over
ON_ITS_WAY_S: Final = 30.0  # a probe, from its making until an MTA that drips has taken it
CHANNELS: Final = ("mail", "webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen:
    """An incident as the API tells it."""

    id: str
    list_id: str
    state: str
    changes: tuple[tuple[int, str], ...]  # revision, kind

    @property
    def goes_on(self) -> bool:
        """Whether people see it as one that is not over."""
        return self.state not in OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSeen:
    """A notice as the API tells it."""

    id: str
    incident_id: str
    list_id: str
    revision: int
    type: str
    channel: str
    target: str
    state: str
    digest_id: str | None = None
    next_attempt_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What is so when everything was put right and had time to settle."""

    at_s: float
    right_s: float  # since when everything is as it should be
    ready: bool
    levels: Mapping[str, str]
    incidents: tuple[IncidentSeen, ...]
    notices: tuple[NoticeSeen, ...]
    probes: Mapping[str, str]  # Message-ID → state
    broken: frozenset[str]  # lists whose records are broken
    said: str = ""  # what is not ready
    memory: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # part → octets when calm, and now
    tracebacks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # part → how one ends → how often
    dead: tuple[str, ...] = ()  # parts that do not run


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One sentence for each thing that is wrong."""

    lost: tuple[str, ...]
    double: tuple[str, ...]
    accused: tuple[str, ...]
    unwell: tuple[str, ...]  # parts

    @property
    def wrong(self) -> tuple[str, ...]:
        """All of them."""
        kinds = {"lost": self.lost, "double": self.double, "accused": self.accused, "unwell": self.unwell}
        return tuple(f"{kind}: {sentence}" for kind, sentences in kinds.items() for sentence in sentences)


def count(journal: Journal, end: End) -> Verdict:
    """What is wrong."""
    lost = (*_unchecked(journal, end), *_unprobed(journal, end), *_unjudged(end), *_untold(journal, end))
    return Verdict(
        lost=(*lost, *_refused(journal), *_emptied_untold(journal)),
        double=(*_probed_twice(journal), *_told_twice(journal, end), *_two_incidents(journal)),
        accused=tuple(dict.fromkeys(_accused(journal, end))),
        unwell=tuple(_unwell(end)),
    )


def _unchecked(journal: Journal, end: End) -> Iterator[str]:
    for one in LISTS:
        ago_s = end.at_s - journal.asked_s.get(one.id, float("-inf"))
        if ago_s > LATELY_S:
            yield f"{one.id} was not checked in the last {ago_s:.0f} s."


def _unprobed(journal: Journal, end: End) -> Iterator[str]:
    """Each list is probed again and its probe is known to have arrived; none that the receiver took is forgotten."""
    emptied = journal.emptied_s()
    again = {
        one.list_id
        for one in journal.handed
        if one.taken_at_s > end.right_s and one.code == 250 and end.probes.get(one.message_id) == "arrived"
    }
    for listed in LISTS:
        if listed.id not in again:
            yield f"No probe of {listed.id} was seen to arrive after everything had been put right."
    for one in journal.handed:
        state = end.probes.get(one.message_id, "arrived")  # only the newest are kept
        settled = end.at_s - one.at_s > SOON_S and not within(emptied, one.taken_at_s, end.at_s)
        if settled and one.code == 250 and state != "arrived" and BY_ID[one.list_id].lot is not Lot.BAIT:
            yield f"The receiver took {one.message_id} of {one.list_id}, and it is {state}."


def _unjudged(end: End) -> Iterator[str]:
    """What the zones say at the end is what the incidents say."""
    going_on = {one.list_id for one in end.incidents if one.goes_on}
    for one in LISTS:
        if one.lot is Lot.BAIT:
            continue
        if one.id in end.broken and one.id not in going_on:
            yield f"{one.id} is broken and has no incident; its level is {end.levels.get(one.id)}."
        # What was seen in the broken time fades over weeks, and is rightly told as a small share for so long.
        fades = end.levels.get(one.id) == "watch"
        if one.id not in end.broken and one.id in going_on and one.lot is not Lot.STEADY and not fades:
            yield f"The incident of {one.id}, which is mended, does not end; its level is {end.levels.get(one.id)}."


def _untold(journal: Journal, end: End) -> Iterator[str]:
    """Each change has a notice for each channel, and each notice went out: the relay or the endpoint took it."""
    told = {(one.channel, one.ident) for one in journal.told}
    of_change = {(one.incident_id, one.revision, one.channel) for one in end.notices}
    for notice in end.notices:
        known = BY_ID.get(notice.list_id)
        if known is not None and known.lot is Lot.GONE and notice.channel == "webhook":
            continue
        what = f"The {notice.channel} {notice.id} ({notice.type}, {notice.list_id or 'the host'})"
        if notice.state == "pending":
            yield f"{what} still waits, until {notice.next_attempt_at}."
        elif notice.state != "delivered":
            yield f"{what} is {notice.state}."
        elif not told & {(notice.channel, notice.id), (notice.channel, notice.digest_id)}:
            yield f"{what} is said to be delivered, and nobody took it."
    for incident in end.incidents:
        if incident.list_id not in BY_ID:
            continue
        for revision, kind in incident.changes:
            for channel in CHANNELS:
                if kind in {"raised", "resolved"} and (incident.id, revision, channel) not in of_change:
                    yield f"That {incident.id} of {incident.list_id} was {kind} was told to nobody by {channel}."
    yield from _unended(journal, end)


def _unended(journal: Journal, end: End) -> Iterator[str]:
    """Whoever was told of a danger that is over is told of its end, unless the store was emptied in between."""
    ended = {one.incident for one in journal.told if one.channel == "webhook" and one.change == "resolved"}
    for one in journal.told:
        going_on = one.list_id in end.broken or end.levels.get(one.list_id) == "watch"  # broken, or it fades
        if one.channel != "webhook" or one.change != "raised" or going_on:
            continue
        if one.incident not in ended and not within(journal.emptied_s(), one.at_s - LATELY_S, end.at_s):
            yield f"The endpoint of {one.list_id} was told of {one.incident}, and never of its end."


def _refused(journal: Journal) -> Iterator[str]:
    """The receiver refuses no probe of ours, unless its address is over or was forgotten meanwhile."""
    for one in journal.handed:
        excused = _excused(journal, one.taken_at_s, one.at_s)
        if one.code != 250 and not excused and BY_ID[one.list_id].lot is not Lot.BAIT:
            yield f"The receiver refused {one.message_id} of {one.list_id} with {one.code}."


def _excused(journal: Journal, begin: float, end: float) -> bool:
    """Whether addresses were forgotten, or another time was, between these moments or while a probe was on its way."""
    return any(
        done.kind.startswith(MOVES_TOKENS) and done.began_s < end and done.ended_s > begin - ON_ITS_WAY_S
        for done in journal.done
    )


def _emptied_untold(journal: Journal) -> Iterator[str]:
    """What was lost with the store is told to the administrators."""
    for moment in journal.emptied_s():
        if not any(one.to == ADMINISTRATOR and one.at_s > moment and _of_the_store(one) for one in journal.told):
            yield "The store was emptied, and no administrator was told."


def _of_the_store(one: Told) -> bool:
    return "store" in one.subject.lower()


def _probed_twice(journal: Journal) -> Iterator[str]:
    for ident, times in Counter(one.message_id for one in journal.taken).items():
        if times > 1:
            yield f"The probe {ident} was sent {times} times."
    by_list = defaultdict(list)
    for one in journal.taken:
        by_list[one.list_id].append(one)
    for list_id, taken in by_list.items():
        for first, second in itertools.pairwise(taken):
            apart_s = second.at_s - first.at_s
            another = first.message_id != second.message_id
            if apart_s < SOON_S and another and not _excused(journal, first.at_s, second.at_s):
                yield f"{list_id} was probed twice within {apart_s:.1f} s."


def _told_twice(journal: Journal, end: End) -> Iterator[str]:
    """One id says one thing, and one thing is said under one id, alone or in a digest."""
    says, under, emptied = defaultdict(set), defaultdict(set), journal.emptied_s()
    for one in journal.told:
        epoch = sum(moment < one.at_s for moment in emptied)  # who has forgotten what was said says it in new words
        says[one.channel, one.to, one.ident, epoch].add(one.content)
        if one.channel == "webhook":
            under[one.to, one.incident, str(one.revision)].add(one.ident)
        else:
            under[one.to, one.incident, one.content].add(one.ident)
    for (channel, to, ident, _), contents in says.items():
        if len(contents) > 1:
            yield f"The {channel} {ident} to {to} said {len(contents)} different things."
    for (to, incident, _), idents in under.items():
        if len(idents) > 1:
            yield f"{to} was told the same of {incident or 'several lists'} under {' and '.join(sorted(idents))}."
    idents = {one.ident for one in journal.told}
    made = defaultdict(set)
    for notice in end.notices:
        if notice.incident_id:
            made[notice.incident_id, notice.revision, notice.type, notice.channel, notice.target].add(notice.id)
        if notice.digest_id in idents and notice.id in idents:
            yield f"{notice.id} was told alone and in {notice.digest_id}."
    for (incident, revision, _, channel, target), ids in made.items():
        if len(ids) > 1:
            yield f"{target} has {len(ids)} notices by {channel} of change {revision} of {incident}."


def _two_incidents(journal: Journal) -> Iterator[str]:
    seen = set()
    for one in journal.shown:
        for list_id, times in Counter(list_id for list_id, _ in one.incidents).items():
            if times > 1 and list_id in BY_ID and list_id not in seen:
                seen.add(list_id)
                yield f"{list_id} had {times} open incidents at once."


def _accused(journal: Journal, end: End) -> Iterator[str]:
    """No word about a list whose zones were sound up to then."""
    broken_s = {one.id: float("-inf") for one in LISTS if one.lot in {Lot.GONE, Lot.BAIT}}
    for at_s, list_id, broken in journal.turned:
        if broken:
            broken_s.setdefault(list_id, at_s)

    def sound(list_id: str, at_s: float) -> bool:
        return list_id in BY_ID and at_s < broken_s.get(list_id, float("inf"))

    for told in journal.told:
        if sound(told.list_id, told.at_s):
            why = f": {told.why}" if told.why else "."
            yield f"{told.to} was told of {told.list_id} by {told.channel}: {told.subject or told.change}{why}"
    for shown in journal.shown:
        for list_id, level in shown.levels.items():
            if level in DANGER and sound(list_id, shown.at_s):
                yield f"{list_id} was shown as {level}."
        for list_id, incident in shown.incidents:
            if sound(list_id, shown.at_s):
                yield f"{list_id} had the incident {incident}."
    for one in end.incidents:
        if one.list_id not in broken_s and one.list_id in BY_ID and one.state != "pending":
            yield f"{one.list_id} had the incident {one.id}."


def _unwell(end: End) -> Iterator[str]:
    if not end.ready:
        yield f"The whole is not ready: {end.said}."
    for part in end.dead:
        yield f"{part} does not run."
    for part, (before, after) in end.memory.items():
        if before and after > before * MEMORY_FACTOR + MEMORY_BYTES:
            yield f"{part} grew from {before // 1_000_000} to {after // 1_000_000} MB."
    for part, ends in end.tracebacks.items():
        for last, times in ends.items():
            yield f"{part} logged {times} traceback{'' if times == 1 else 's'}: {last}"
