"""URLs of servers as the configuration writes them: SMTP, Redis, HTTP.

Each function returns the URL unchanged, or raises ValueError with a sentence. No message repeats a password.
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from monitor.dns.name import InvalidName, a_label
from monitor.http.endpoint_url import FORM, NO_NAME, SCHEMES, fault_of, host_fault, host_of

MASK = "***"
SMTP_SCHEMES = ("smtp", "smtp+starttls", "smtps")
REDIS_SCHEMES = ("redis", "rediss", "unix")


def parse_smtp_url(value: object) -> str:
    """`smtp://`, `smtp+starttls://` or `smtps://` with host, and user, password and port where needed."""
    parts = _split(value, SMTP_SCHEMES, "smtp://mail.example.org:587")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("ends after host and port; nothing may follow")
    return str(value)


def parse_redis_url(value: object) -> str:
    """`redis://`, `rediss://` (TLS) or `unix://`, with password and database number where needed."""
    parts = _split(value, REDIS_SCHEMES, "redis://localhost:6379/0", host_needed=False)
    if parts.scheme == "unix":
        if not parts.path.startswith("/"):
            raise ValueError('needs the path of the socket, such as "unix:///run/redis/redis.sock"')
    elif not parts.hostname:
        raise ValueError('has no host; write it like "redis://localhost:6379/0"')
    elif not re.fullmatch(r"(/[0-9]{0,3})?", parts.path):
        raise ValueError('is followed by a database number only, such as "redis://localhost:6379/0"')
    return str(value)


def parse_http_url(value: object) -> str:
    """`https://` or `http://` with a host, in its one spelling; user and password have no place in it."""
    url = _text(value, FORM)
    fault = fault_of(url) or _name_fault(host_of(url))
    if fault is not None:
        raise ValueError(fault)
    return url


def _name_fault(host: str) -> str | None:
    """What is wrong with a name whose letters are not all ASCII, once it is written as DNS has it."""
    try:
        return None if host.isascii() else host_fault(a_label(host))
    except InvalidName:
        return NO_NAME


def mask_url(url: str) -> str:
    """The URL with what may be a password as `***`: in its authority and query; of http(s) its path and query whole.

    A user alone is masked, too: it is a password whose colon was forgotten. Of what is no URL nothing is told.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    parts = parts._replace(netloc=f"{name if colon else MASK}{colon}{MASK if colon else ''}@{host}" if at else host)
    if parts.scheme in SCHEMES:
        hidden = f"/{MASK}" if parts.path not in ("", "/") or parts.query or parts.fragment else parts.path
        return urlunsplit(parts._replace(path=hidden, query="", fragment=""))
    return urlunsplit(parts._replace(query=re.sub(r"(?i)(password=)[^&]*", rf"\1{MASK}", parts.query)))


def _text(value: object, form: str) -> str:
    match value:
        case str():
            return value
        case _:
            raise ValueError(f'must be a URL such as "{form}", not a {type(value).__name__}')


def _split(value: object, schemes: tuple[str, ...], form: str, *, host_needed: bool = True) -> SplitResult:
    """The parts of a URL of one of these schemes."""
    value = _text(value, form)
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not contain spaces or control characters")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(f'is no URL; write it like "{form}"') from error
    if parts.scheme not in schemes:
        raise ValueError(f'must begin with {", ".join(f"{scheme}://" for scheme in schemes)}; for example "{form}"')
    if host_needed and not parts.hostname:
        raise ValueError(f'has no host; write it like "{form}"')
    if port == 0:
        raise ValueError("has port 0; ports are 1 to 65535")
    return parts
