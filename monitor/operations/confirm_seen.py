"""A danger that a log showed, looked at again soon: what was seen needs no quarter of an hour to be told.

Owners are told when some of the last assessments agree (`incidents.raise_after`). A check by the clock is one each
quarter of an hour; a flood of refusals is over by then.
"""

from collections.abc import Callable
from typing import Final

from monitor.incident.confirming import awaits_a_look
from monitor.operations.services import Services
from monitor.store.list_record import Depth

AGAIN_S: Final = (12.0, 24.0, 36.0)  # after what was seen first: so that two, three or four agree within a minute
LEVELS: Final = 4


class SoonAgain:
    """When each list whose danger is pending is to be assessed again."""

    def __init__(self, services: Services, monotonic: Callable[[], float]) -> None:
        self._services = services
        self._monotonic = monotonic
        self._at: dict[str, list[float]] = {}

    def note(self, list_id: str) -> None:
        """It was assessed for what a log told: look again where that alone tells nobody. Raises StoreUnavailable."""
        if list_id in self._at:
            return
        record = self._services.store.list_record(list_id, Depth(current=True, history=LEVELS))
        if record.current is not None and awaits_a_look(record.current, record.levels(LEVELS)):
            now = self._monotonic()
            self._at[list_id] = [now + pause for pause in AGAIN_S]

    def due(self) -> tuple[str, ...]:
        """The lists to be assessed now."""
        now, found = self._monotonic(), []
        for list_id, times in list(self._at.items()):
            if times and times[0] <= now:
                del times[0]
                found.append(list_id)
            if not times:
                del self._at[list_id]
        return tuple(found)
