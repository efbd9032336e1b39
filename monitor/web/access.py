"""Who may look: everybody on this machine while no token is set, otherwise whoever knows the token. Pure decisions.

A token travels in `Authorization: Bearer` (RFC 6750 section 2.1), or is exchanged by the login form for a signed cookie.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from monitor.config.host import is_loopback
from monitor.config.settings import WebSettings

COOKIE: Final = "staysub_session"
OWNER_COOKIE: Final = "staysub_owner"
SESSION_LASTS: Final = timedelta(days=7)
LOGIN: Final = "/login"

# Open to all: the process' health, the login itself and what it looks like; badges and feeds have unguessable names.
OPEN_PATHS: Final = frozenset({LOGIN, "/healthz", "/readyz", "/favicon.ico"})
OPEN_PREFIXES: Final = ("/static/", "/badge/", "/feed/", "/own/")


class Verdict(StrEnum):
    """What becomes of a request."""

    ALLOWED = "allowed"
    LOGIN_NEEDED = "login-needed"
    WRONG_HOST = "wrong-host"


def judge(
    web: WebSettings, *, path: str, host: str, authorization: str = "", cookie: str = "", now: datetime
) -> Verdict:
    """Whether the request may be answered.

    A token that is set is demanded of everybody, also on a loopback address: a proxy on this machine forwards strangers.
    Without one only loopback names are answered, so that a stranger's page cannot reach us by rebinding a name of its own
    to a loopback address.
    """
    if path in OPEN_PATHS or path.startswith(OPEN_PREFIXES):
        return Verdict.ALLOWED
    if web.token is None:
        return Verdict.ALLOWED if is_loopback_host(host) else Verdict.WRONG_HOST
    token = web.token.get_secret_value()
    scheme, _, offered = authorization.partition(" ")
    if scheme.lower() == "bearer" and token_matches(token, offered.strip()):
        return Verdict.ALLOWED
    return Verdict.ALLOWED if cookie_holds(token, cookie, now=now) else Verdict.LOGIN_NEEDED


def owner_may(list_id: str, *, method: str, path: str, listed: str) -> bool:
    """Whether an owner of that list, who came by its signed link, may see this: the list and its incidents, no more.

    `listed` is the list that `/events` is asked for. That an incident is one of the list is for its page to see to.
    """
    if method not in {"GET", "HEAD"}:
        return False
    api = f"/api/v1/lists/{list_id}"
    return (
        path in {f"/lists/{list_id}", api}
        or path.startswith((f"{api}/", "/incidents/"))
        or (path == "/events" and listed == list_id)
    )


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names a loopback address, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name is not None and is_loopback(name)


def token_matches(token: str, offered: str) -> bool:
    """Whether the two are equal, in time that does not tell how much of them is."""
    return hmac.compare_digest(token.encode(), offered.encode("utf-8", "surrogateescape"))


def new_cookie(token: str, *, now: datetime) -> str:
    """A session that ends in a week: "expiry.signature". It ends at once when the token is changed."""
    expires = str(int((now + SESSION_LASTS).timestamp()))
    return f"{expires}.{_signature(token, expires)}"


def cookie_holds(token: str, cookie: str, *, now: datetime) -> bool:
    """Whether we made this cookie for this token, and it has not ended."""
    expires, _, signature = cookie.partition(".")
    if not hmac.compare_digest(_signature(token, expires).encode(), signature.encode("utf-8", "surrogateescape")):
        return False
    return now.timestamp() < int(expires)


def safe_target(target: str) -> str:
    """Where to go after the login: a path of ours, else the overview. Never another site."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and not parts.netloc
    return target if ours else "/"


def _signature(token: str, expires: str) -> str:
    key = hashlib.sha256(b"staysub web session\0" + token.encode()).digest()
    return hmac.new(key, expires.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
