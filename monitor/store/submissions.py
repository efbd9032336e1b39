"""Which MTAs let submissions run out of time, and how many conversations with each are under way."""

from datetime import datetime, timedelta
from typing import Final

from monitor.model.submission import SlowMta
from monitor.store import keys
from monitor.store.client import Part, moment, translated

_TIMEOUTS: Final = "timeouts"
_UNTIL: Final = "until"


class Submissions(Part):
    """One hash an MTA that is slow, one key a conversation. An MTA is named by host and port."""

    def slow(self, mta: str) -> SlowMta | None:
        """How it stands; None where its last submission came to an end, whatever it was."""
        with translated("looked whether an MTA is slow"):
            timeouts, until = self._redis.hmget(keys.slow_mta(mta), _TIMEOUTS, _UNTIL)
        return None if timeouts is None or until is None else SlowMta(timeouts=int(timeouts), until=moment(until))

    def note_slow(self, mta: str, found: SlowMta) -> None:
        """One more submission ran out of time."""
        with translated("noted that an MTA is slow"):
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(keys.slow_mta(mta), mapping={_TIMEOUTS: found.timeouts, _UNTIL: str(found.until.timestamp())})
            pipe.expire(keys.slow_mta(mta), keys.SLOW_MTA_TTL)
            pipe.execute()

    def note_answer(self, mta: str) -> None:
        """It came to an end with us: all is as if it had never been slow."""
        with translated("noted that an MTA answers"):
            self._redis.delete(keys.slow_mta(mta))

    def take_place(self, mta: str, *, places: int, lease: timedelta) -> int | None:
        """The place of one of so many conversations with it, ours until it is given back or the lease is over."""
        with translated("took a place at an MTA"):
            for place in range(places):
                if self._redis.set(keys.place_at_mta(mta, place), "1", nx=True, px=lease):
                    return place
        return None

    def give_back(self, mta: str, place: int) -> None:
        """The conversation is over."""
        with translated("gave back a place at an MTA"):
            self._redis.delete(keys.place_at_mta(mta, place))


def in_force(found: SlowMta | None, *, now: datetime, most: timedelta) -> SlowMta | None:
    """The pause that lasts now. One that ends further away than any may be was noted by a clock that was wrong."""
    return found if found is not None and timedelta() < found.until - now <= most else None
