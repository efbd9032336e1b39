"""What suppresses notices: readers who want none for a while, endpoints that are gone, refused addresses."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from monitor.model.ahead import is_ahead
from monitor.model.dns import IpAddress
from monitor.store import keys
from monitor.store.client import Part, moment, text, translated
from monitor.store.unreadable import readable

PAUSE: Final = timedelta(days=7)  # what a reader may ask for with one click: a holiday, and no more than that


class Suppressions(Part):
    """One string a reader and list, which ends by itself; and one an endpoint that answered 410."""

    def until(self, owner: str, list_id: str, now: datetime) -> datetime | None:
        """When this reader wants to hear of that list again; None where nothing is paused.

        A pause that would last longer than any was begun while the clock ran ahead: it is over.
        """
        with translated("read a pause"):
            found = self._redis.get(keys.pause(owner, list_id))
        until = None if found is None else readable(keys.pause(owner, list_id), lambda: moment(found))
        return None if until is None or is_ahead(until, now + PAUSE) else until

    def begin(self, owner: str, list_id: str, *, now: datetime) -> datetime:
        """Pause; when it ends. May be repeated."""
        until = now + PAUSE
        with translated("kept a pause"):
            self._redis.set(keys.pause(owner, list_id), str(until.timestamp()), ex=PAUSE)
        return until

    def end(self, owner: str, list_id: str) -> None:
        """Let mail come again."""
        with translated("ended a pause"):
            self._redis.delete(keys.pause(owner, list_id))

    def gone(self, endpoint: str) -> bool:
        """Whether that endpoint has said that it is gone (410), and nobody has called it back since."""
        with translated("read whether an endpoint is gone"):
            return bool(self._redis.exists(keys.gone(endpoint)))

    def disable(self, endpoint: str, now: datetime) -> None:
        """Call that endpoint no more until somebody calls it back."""
        with translated("disabled an endpoint"):
            self._redis.set(keys.gone(endpoint), str(now.timestamp()), ex=keys.INCIDENT_TTL)

    def enable(self, endpoint: str) -> None:
        """Call that endpoint again."""
        with translated("enabled an endpoint"):
            self._redis.delete(keys.gone(endpoint))

    def keep_refused(self, addresses: Collection[IpAddress]) -> None:
        """Keep from which of our own addresses notices would be refused, until it is known better."""
        with translated("kept what refuses our notices"):
            self._redis.set(keys.OWN_OUTBOUND, json.dumps(sorted(map(str, addresses))), ex=keys.OWN_OUTBOUND_TTL)

    def keep_returns(self, domain: str) -> None:
        """Keep to which receiver's domain bounces of notices may go, "" for none, until it is known better."""
        with translated("kept where bounces of notices go"):
            self._redis.set(keys.OWN_RETURNS, domain, ex=keys.OWN_OUTBOUND_TTL)

    def returns(self) -> str:
        """To which receiver's domain bounces of notices may go, as far as that is known; "" for none."""
        with translated("read where bounces of notices go"):
            found = self._redis.get(keys.OWN_RETURNS)
        return "" if found is None else text(found)

    def refused(self) -> frozenset[IpAddress]:
        """From which of our own addresses notices would be refused, as far as that is known."""
        with translated("read what refuses our notices"):
            found = self._redis.get(keys.OWN_OUTBOUND)
        if found is None:
            return frozenset()
        return readable(keys.OWN_OUTBOUND, lambda: frozenset(map(ip_address, json.loads(found)))) or frozenset()
