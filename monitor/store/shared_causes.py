"""Which causes the lists in danger have, so that one cause under many lists is seen as one."""

import json
from collections.abc import Mapping, Sequence
from functools import partial

from monitor.incident.cause import Cause
from monitor.model.risk import RiskLevel
from monitor.store import keys
from monitor.store.client import Part, text, translated
from monitor.store.unreadable import readable


class SharedCauses(Part):
    """One field a list with an open incident: its level and its causes."""

    def note(self, list_id: str, level: RiskLevel, causes: Sequence[Cause]) -> None:
        """Keep what the list has now; without a cause it is forgotten. May be repeated."""
        with translated("noted the causes of a list"):
            if causes:
                self._redis.hset(keys.CAUSES, list_id, json.dumps([level.value, [list(each) for each in causes]]))
            else:
                self._redis.hdel(keys.CAUSES, list_id)

    def all(self) -> Mapping[str, tuple[RiskLevel, tuple[Cause, ...]]]:
        """Level and causes of every list that has any."""
        with translated("read the causes"):
            found = self._redis.hgetall(keys.CAUSES)
        read = {text(list_id): readable(keys.CAUSES, partial(_read, each)) for list_id, each in found.items()}
        return {list_id: each for list_id, each in read.items() if each is not None}

    def subjects(self) -> frozenset[str]:
        """The conditions of the installation that have an open incident."""
        with translated("read what is open of the installation"):
            return frozenset(text(each) for each in self._redis.smembers(keys.OPEN_CONDITIONS))

    def open(self, subject: str) -> None:
        """Remember that this has an incident, before it is written: whoever looks next finds out whether it was."""
        with translated("noted what is open of the installation"):
            self._redis.sadd(keys.OPEN_CONDITIONS, subject)

    def close(self, subject: str) -> None:
        """Forget it, once it has none."""
        with translated("noted what is over of the installation"):
            self._redis.srem(keys.OPEN_CONDITIONS, subject)


def _read(document: bytes) -> tuple[RiskLevel, tuple[Cause, ...]]:
    level, causes = json.loads(document)
    return RiskLevel(level), tuple((str(code), str(about)) for code, about in causes)
