"""Where a log's lines come from, by what is configured, from its place on."""

from datetime import timedelta
from typing import Final

from monitor.follow.batch import LogSource
from monitor.follow.files import LogFiles
from monitor.follow.journal import Journal
from monitor.follow.standard_input import StandardInput
from monitor.model.log_place import LogPlace
from monitor.model.mta_log import STANDARD_INPUT, MtaLog

MARGIN: Final = timedelta(hours=1)  # clocks of file systems


def open_source(log: MtaLog, place: LogPlace, *, now: float) -> LogSource:
    """The source, behind that place. `now` in seconds since 1970. Nothing is read yet."""
    since = now - log.past.total_seconds()
    if place.read_at is not None:  # what has changed since then is new, however long that is ago
        since = min(since, (place.read_at - MARGIN).timestamp())
    if log.path == STANDARD_INPUT:
        return StandardInput()
    if log.path is None:
        return Journal(log.journal, place.cursor, since=since)
    return LogFiles(log.path, place.octets, since=since)
