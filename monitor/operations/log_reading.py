"""One log being read: lines in, what they tell out, and how the place moves with them."""

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Protocol

from monitor.evidence.replies.counted import OfList, Told
from monitor.follow.batch import Batch, LogSource
from monitor.model.log_place import LogPlace
from monitor.mtas.log import LogEvent, LogReader
from monitor.store.followed import Stretch

log = logging.getLogger(__name__)

FILES_KNOWN: Final = 400  # of which it is kept how far they were read, the newest: of a log that is turned daily a year
RELAYS_KNOWN: Final = 20
RELAYS_WEIGHED: Final = 2000  # attempts; from then on those of before count half


class Memory(Protocol):
    """What lines told and later ones need, and what came since it was last asked."""

    def take(self, event: LogEvent) -> None:
        """One more thing that a line told."""

    def told(self) -> Told:
        """What came since the last call."""

    def changes(self) -> Mapping[str, str | None]:
        """What of the queue is to be kept, and what has left it (None), since the last call."""


class LogReading:
    """From one place on. Where what it read is not kept, it is of no use any more."""

    def __init__(
        self, place: LogPlace, source: LogSource, reader: Callable[[Callable[[], float]], LogReader], memory: Memory
    ) -> None:
        """`reader` makes one by its clock: when the file was written last, so that stamps without a year get theirs."""
        self.place = place
        self._source = source
        self._changed_at = 0.0
        self._reader = reader(lambda: self._changed_at)
        self._reader.resume(place.state)
        self._memory = memory
        self._confused = 0  # lines at which we ourselves failed

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def read(self, most: int, within_s: float, now: datetime) -> tuple[Batch, Stretch]:
        """The next lines, and what is to be kept of them. `now` is when this was asked."""
        batch = self._source.read(most, within_s)
        self._changed_at = now.timestamp() if batch.changed_at is None else batch.changed_at
        before = (self._reader.unread, self._confused)
        newest = self._take(batch.lines)
        told = self._memory.told()
        unread = self._reader.unread - before[0] + self._confused - before[1]
        place = self.place
        after = replace(
            place,
            turn=place.turn + 1,
            octets=_known(place.octets, batch.octets),
            cursor=place.cursor if batch.cursor is None else batch.cursor,
            state=dict(self._reader.state()) if batch.lines else place.state,
            lines=place.lines + len(batch.lines),
            attempts=place.attempts + told.attempts,
            local=place.local + told.local,
            unread=place.unread + unread,
            sample=place.sample or self._reader.sample,
            read_at=now,
            last_line_at=_later(place.last_line_at, newest, now),
            list_mail_at=_later(place.list_mail_at, _newest_of(told.lists.values()), now),
            relays=weighed(place.relays, told.relays),
        )
        return batch, Stretch(before=place, after=after, told=told, queue=self._memory.changes())

    def _take(self, lines: Iterable[bytes]) -> float:
        """Read them; when the newest event was, 0 for none."""
        read, take, newest = self._reader.read, self._memory.take, 0.0
        for line in lines:
            try:
                for event in read(line):
                    take(event)
                    newest = max(newest, event.at)
            except Exception as error:  # noqa: BLE001 - one line must not stop all that follow: it would be met again
                self._confused += 1
                if self._confused == 1:  # without what it says: there may be addresses in it
                    extra = {"log": self.place.log, "reason": type(error).__name__, "at": _where(error)}
                    log.error("log_line_failed", extra=extra)  # noqa: TRY400 - likewise
        return newest


def _where(error: BaseException) -> str:
    """The file and line of ours where it came up."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.rpartition('monitor/')[2]}:{frame.lineno}"


def beside(stretch: Stretch, place: LogPlace) -> Stretch | None:
    """The same stretch behind what another one has kept of the log meanwhile, which goes on as it was.

    None where that was of the same file: its lines may be the same ones.
    """
    before, after = stretch.before, stretch.after
    changed = {name: at for name, at in after.octets.items() if at != before.octets.get(name)}
    if not changed or any(place.octets.get(name) != before.octets.get(name) for name in changed):
        return None
    moved = replace(
        place,
        turn=place.turn + 1,
        octets=_known(place.octets, changed),
        lines=place.lines + after.lines - before.lines,
        attempts=place.attempts + after.attempts - before.attempts,
        local=place.local + after.local - before.local,
        unread=place.unread + after.unread - before.unread,
        sample=place.sample or after.sample,
    )
    return replace(stretch, before=place, after=moved)


def is_worth(batch: Batch, stretch: Stretch) -> bool:
    """Whether anything of it is to be kept."""
    return bool(batch.lines or batch.octets or batch.cursor is not None or stretch.queue or stretch.told.lists)


def _known(octets: Mapping[str, int], changed: Mapping[str, int]) -> Mapping[str, int]:
    """How far files were read, what changed last behind all others; only the newest."""
    together = {name: each for name, each in octets.items() if name not in changed} | dict(changed)
    return dict(list(together.items())[-FILES_KNOWN:])


def _later(before: datetime | None, seconds: float, now: datetime) -> datetime | None:
    """The later of both; a time to come is of a clock that is wrong, and is taken for now."""
    if not seconds:
        return before
    at = min(datetime.fromtimestamp(seconds, UTC), now)
    return at if before is None else max(before, at)


def _newest_of(lists: Iterable[OfList]) -> float:
    return max((row.last.timestamp() for each in lists for row in each.rows.values()), default=0.0)


def weighed(before: Mapping[str, int], more: Mapping[str, int]) -> Mapping[str, int]:
    """How much list mail each host took, those of late counting more; the greatest first."""
    if not more:
        return before
    together = Counter(before)
    together.update(more)
    if together.total() > RELAYS_WEIGHED:
        together = Counter({host: number // 2 for host, number in together.items() if number > 1})
    return dict(together.most_common(RELAYS_KNOWN))
