"""Which of our own parts were alive, and when: what lets us say that we are blind."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.unreadable import readable


class Heartbeats(Part):
    """One field a part: `worker`, `beat`, `receiver` (or `receiver:ams1`), `web`, `resolver`; `check`: one ended."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._claim_pulse = client.register_script(scripts.CLAIM_PULSE)

    def beat(self, part: str, now: datetime, *others: str) -> None:
        """This part is alive, and so are those."""
        with translated("noted a heartbeat"):
            self._redis.hset(keys.HEARTBEAT, mapping=dict.fromkeys((part, *others), str(now.timestamp())))

    def came_back(self, part: str, now: datetime) -> None:
        """This part is alive again after a silence."""
        with translated("noted a return"):
            self._redis.hset(keys.BACK, part, str(now.timestamp()))

    def back_since(self, part: str) -> datetime | None:
        """When that part last came back from a silence; None where it never did."""
        with translated("read a return"):
            at = self._redis.hget(keys.BACK, part)
        return None if at is None else readable(keys.BACK, lambda: moment(at))

    def claim_pulse(self, every: timedelta) -> bool:
        """Whether the heartbeat of this interval is the caller's to send: True for one of all who ask."""
        with translated("claimed the heartbeat"):
            return bool(self._claim_pulse(keys=[keys.PULSE], args=[every // timedelta(milliseconds=1)]))

    def last_seen(self, part: str) -> datetime | None:
        """When that part was last alive; None where it never was."""
        return self.all().get(part)

    def all(self) -> dict[str, datetime]:
        """Every part that was ever alive, and when it last was."""
        with translated("read the heartbeats"):
            return read_beats(self._redis.hgetall(keys.HEARTBEAT))


def read_beats(found: Mapping[bytes, bytes]) -> dict[str, datetime]:
    """When each part was last alive, of the hash of all."""
    read = {text(part): readable(keys.HEARTBEAT, partial(moment, at)) for part, at in found.items()}
    return {part: at for part, at in read.items() if at is not None}
