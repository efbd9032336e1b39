"""Nobody but our own pages may make a browser change something: where a request came from, and a token in each form.

Fetch Metadata says who sent the request where the browser supports it; Origin (RFC 6454 section 7) where it does not;
the token in the form holds for both.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from monitor.signing import matches, sign

PERIOD: Final = timedelta(hours=12)  # a form holds for one to two of these


def form_token(key: bytes, session: str, *, now: datetime) -> str:
    """The token of a form that is shown now to the holder of that session cookie ("" where none is needed)."""
    return _token(key, session, _period(now))


def token_holds(keys: Iterable[bytes], session: str, token: str, *, now: datetime) -> bool:
    """Whether we gave that token out to that session, not long ago, under whichever of our keys."""
    return any(matches(_token(key, session, _period(now) - back), token) for key in keys for back in (0, 1))


def same_origin(*, hosts: Collection[str], origin: str, fetch_site: str) -> bool:
    """Whether a request that changes something came from a page of ours, or from no page at all (curl, a program).

    `hosts` are the names that we are reached by, "" for none: that of the request and, behind a proxy, the public one.
    """
    if fetch_site:
        return fetch_site in {"same-origin", "none"}
    if origin:
        return _netloc(origin) in {host for host in hosts if host}
    return True


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://[": a page of nobody's
        return ""


def _period(now: datetime) -> int:
    return int(now.timestamp() // PERIOD.total_seconds())


def _token(key: bytes, session: str, period: int) -> str:
    return sign(key, "form", str(period), session).hex()
