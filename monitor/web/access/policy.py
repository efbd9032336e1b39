"""Who may look: without a lock everybody on this machine, else whoever knows the token or whom a proxy names.

A token travels in `Authorization: Bearer` (RFC 6750 section 2.1), or is exchanged by the login form for a signed
cookie. Pure decisions.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from monitor.config.endpoints import is_loopback
from monitor.config.settings import WebSettings
from monitor.model.dns import read_address
from monitor.signing import matches, sign

COOKIE: Final = "staysub_session"
OWNER_COOKIE: Final = "staysub_owner"
LANGUAGE_COOKIE: Final = "staysub_language"
LANGUAGE_LASTS_S: Final = 365 * 86400  # it says nothing of who has it
SESSION_LASTS: Final = timedelta(days=7)
SESSION_LASTS_S: Final = int(SESSION_LASTS.total_seconds())
LOGIN: Final = "/login"

# Open to all: the process' health, the login itself, the way out and what they look like; what findings mean, which
# holds nobody's data; badges, feeds and links in mails have unguessable names.
OPEN_PATHS: Final = frozenset({LOGIN, "/healthz", "/readyz", "/favicon.ico", "/findings", "/own", "/logout"})
OPEN_PREFIXES: Final = ("/static/", "/badge/", "/feed/", "/own/", "/n/", "/findings/", "/help/")

OWNED_MAX: Final = 20  # lists that one browser may have been let in to by owners' links: a cookie is small
LIST_PAGES: Final = "/lists/"
LIST_DOCUMENTS: Final = "/api/v1/lists/"
# Of a list's documents: not its links, which open it for good, nor notices, which tell of others' lists and readers.
OWNERS_READ: Final = frozenset(
    {
        "",
        "checks",
        "probes",
        "bounces",
        "history",
        "addresses",
        "tallies",
        "forecast",
        "reach",
        "incidents",
        "reports",
        "replies",
    }
)
KEYS_APART: Final = "|"  # between the keys in the owner's cookie; no key holds one


class Verdict(StrEnum):
    """What becomes of a request."""

    ALLOWED = "allowed"
    LOGIN_NEEDED = "login-needed"
    NAME_NEEDED = "name-needed"  # there is no token; only a trusted proxy can say who it is
    WRONG_HOST = "wrong-host"


def shown(web: WebSettings, *, authorization: str, cookie: str, now: datetime) -> str:
    """What in the request shows that its sender knows the token: "token", or the session's cookie; "" for nothing."""
    if web.token is None:
        return ""
    token = web.token.reveal()
    scheme, _, offered = authorization.partition(" ")
    if scheme.lower() == "bearer" and matches(token, offered.strip()):
        return "token"
    return cookie if cookie_holds(token, cookie, now=now) else ""


def decide(web: WebSettings, *, path: str, host: str, shown: bool, user: str) -> Verdict:
    """Whether the request may be answered. `user` is who has logged in at a trusted proxy, "" for nobody.

    A token that is set is demanded of everybody, also on a loopback address: a proxy on this machine forwards
    strangers. So is a user where `user_header` is set; either opens. Where no token is shown only names of ours are
    answered, so that a stranger's page cannot reach us by rebinding a name of its own to our address: it would send
    whatever header a proxy names users in.
    """
    if path in OPEN_PATHS or path.startswith(OPEN_PREFIXES) or shown:
        return Verdict.ALLOWED
    if web.user_header is not None:
        if user:
            return Verdict.ALLOWED if names_us(web, host) else Verdict.WRONG_HOST
        if web.token is None:
            return Verdict.NAME_NEEDED
    if web.token is None:
        return Verdict.ALLOWED if is_loopback_host(host) else Verdict.WRONG_HOST
    return Verdict.LOGIN_NEEDED


def owner_may(owned: Collection[str], *, method: str, path: str, listed: str) -> bool:
    """Whether an owner who came by signed links to these lists may see this: the lists and their incidents, no more.

    Pages lead on to the same below the own link, where an owner may also answer.

    `listed` is the list that `/events` is asked for. That an incident is one of the lists' is for its page to see to.
    """
    if method not in {"GET", "HEAD"} or not owned:
        return False
    if path == "/" or path.startswith("/incidents/"):
        return True
    if path == "/events":
        return listed in owned
    for prefix, open_to_owners in ((LIST_PAGES, {"", "checks", "reports", "replies"}), (LIST_DOCUMENTS, OWNERS_READ)):
        if path.startswith(prefix):
            list_id, _, rest = path.removeprefix(prefix).partition("/")
            return list_id in owned and rest.partition("/")[0] in open_to_owners
    return False


def with_key(cookie: str, key: str) -> str:
    """The owner's cookie once another link was followed, the newest first."""
    before = [one for one in keys_in(cookie) if one != key]
    return KEYS_APART.join([key, *before][:OWNED_MAX])


def keys_in(cookie: str) -> list[str]:
    """The keys in an owner's cookie, the newest first."""
    return [one for one in cookie.split(KEYS_APART) if one][:OWNED_MAX]


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names a loopback address, with or without a port."""
    name = name_in(host)
    return name is not None and is_loopback(name)


def names_us(web: WebSettings, host: str) -> bool:
    """Whether a Host header names `url`, a loopback name or any address: no name that somebody could rebind."""
    name = name_in(host)
    public = urlsplit(web.url or "").hostname
    return name is not None and (name == public or is_loopback(name) or read_address(name) is not None)


def name_in(host: str) -> str | None:
    """The name or address in a Host header, in lower case; None where it cannot be read (RFC 9112 section 3.2)."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None


def new_cookie(token: str, *, now: datetime) -> str:
    """A session that ends in a week: "expiry.signature". It ends at once when the token is changed."""
    expires = str(int((now + SESSION_LASTS).timestamp()))
    return f"{expires}.{_signature(token, expires)}"


def cookie_holds(token: str, cookie: str, *, now: datetime) -> bool:
    """Whether we made this cookie for this token, and it has not ended."""
    expires, _, signature = cookie.partition(".")
    if not matches(_signature(token, expires), signature):
        return False
    return now.timestamp() < int(expires)


def safe_target(target: str) -> str:
    """Where to go after the login: a path of ours, else the overview. Never another site."""
    try:
        parts = urlsplit(target)
    except ValueError:  # half a bracket
        return "/"
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and not parts.netloc
    return target if ours else "/"


def _signature(token: str, expires: str) -> str:
    key = hashlib.sha256(b"staysub web session\0" + token.encode()).digest()
    return sign(key, expires).hex()
