"""URLs of servers as the configuration writes them: SMTP, Redis, HTTP.

Each function returns the URL unchanged, or raises ValueError with a sentence. No message repeats a password.
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

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
    """`https://` or `http://` with a host; user and password have no place in it."""
    parts = _split(value, ("https", "http"), "https://hooks.example.org/staysub")
    if parts.username is not None:
        raise ValueError("must not carry a user or password; notices are signed instead")
    return str(value)


def mask_url(url: str) -> str:
    """The URL with its password, in authority or query, as `***`; of http(s) the whole path, which may be one."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return urlunsplit(parts._replace(path="/***", query="", fragment=""))
    parts = parts._replace(query=re.sub(r"(?i)(password=)[^&]*", r"\1***", parts.query))
    if parts.password is None:
        return urlunsplit(parts)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}"))


def _split(value: object, schemes: tuple[str, ...], form: str, *, host_needed: bool = True) -> SplitResult:
    """The parts of a URL of one of these schemes."""
    match value:
        case str():
            pass
        case _:
            raise ValueError(f'must be a URL such as "{form}", not a {type(value).__name__}')
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
