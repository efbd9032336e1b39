"""The kinds of values in the settings: each ties the reader of one spelling to pydantic, which collects all faults."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, PlainValidator, ValidationInfo

from monitor.config.duration import parse_duration, write_duration
from monitor.config.endpoints import (
    parse_domain,
    parse_listen,
    parse_listen_v6,
    parse_mail_address,
    parse_nameserver,
    parse_network,
    parse_selector,
)
from monitor.config.outbound import parse_outbound
from monitor.config.secret import Sources, parse_secret, parse_secrets
from monitor.config.times import parse_quiet_hours, parse_weekly, parse_window, parse_zone
from monitor.config.tongue import parse_language
from monitor.config.url import parse_http_url, parse_redis_url, parse_smtp_url
from monitor.model.dns import IpAddress
from monitor.model.secret import Secret
from monitor.model.times import QuietHours, Weekly, Window

_LIST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")  # RFC 9110 section 5.6.2: a token
_TOKEN_CHARACTERS = 16  # about 96 bits where it was drawn at random: not to be guessed over a network


def _text(read: Callable[..., object]) -> PlainValidator:
    """Read by that function, and written as a string."""
    return PlainValidator(read, json_schema_input_type=str)


def _sources(info: ValidationInfo) -> Sources:
    return info.context if isinstance(info.context, Sources) else Sources()


def path_of(value: object, info: ValidationInfo) -> Path:
    """A path; a relative one starts from the directory of the configuration file."""
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError(f"must be a path, not {value!r}")
    return _sources(info).base / Path(value).expanduser()


def _secret(value: object, info: ValidationInfo) -> Secret:
    return parse_secret(value, _sources(info))


def _secrets(value: object, info: ValidationInfo) -> tuple[Secret, ...]:
    return parse_secrets(value, _sources(info))


def _secret_url(parse: Callable[[object], str]) -> PlainValidator:
    """A URL that may hold a password: read like a secret, then checked as what it is."""

    def read(value: object, info: ValidationInfo) -> Secret:
        secret = parse_secret(value, _sources(info))
        parse(secret.reveal())
        return secret

    return _text(read)


def _token(secret: Secret) -> Secret:
    if len(secret) < _TOKEN_CHARACTERS:
        raise ValueError(f"is too short to be safe; use at least {_TOKEN_CHARACTERS} characters drawn at random")
    return secret


def _list_id(value: object) -> str:
    """Fit for a URL, a key in the store and a token."""
    if not isinstance(value, str) or not _LIST_ID.fullmatch(value):
        raise ValueError(
            f'must be 1 to 63 letters, digits, ".", "_" or "-", beginning with a letter or digit, not {value!r}'
        )
    return value


def _header_name(value: object) -> str:
    if not isinstance(value, str) or not _HEADER_NAME.fullmatch(value):
        raise ValueError(f'must be the name of a header field such as "X-Remote-User", not {value!r}')
    return value


def _whole(what: str) -> PlainValidator:
    """A whole number of something, 0 or more."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"must be a {what}, 0 or more, not {value!r}")
        return value

    return PlainValidator(read, json_schema_input_type=int)


def _per_day(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"must be a number of messages a day, 0 or more, not {value!r}")
    return float(value)


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"must be a chance, more than 0 and at most 1, such as 0.5, not {value!r}")
    return float(value)


def _n_of_m(value: object) -> tuple[int, int]:
    """`[2, 3]`: two of the last three assessments."""
    match value:
        case [int(n), int(m)] if 1 <= n <= m <= 20:
            return n, m
        case _:
            raise ValueError(f"must be two numbers [n, m], n of the last m assessments, 1 ≤ n ≤ m ≤ 20, not {value!r}")


def _bounded(least: timedelta, most: timedelta) -> PlainValidator:
    """A duration within bounds."""

    def read(value: object) -> timedelta:
        duration = parse_duration(value)
        if not least <= duration <= most:
            raise ValueError(
                f"must lie between {write_duration(least)} and {write_duration(most)}, not {write_duration(duration)}"
            )
        return duration

    return _text(read)


def word(*words: str, made: Callable[[str], str] = str) -> PlainValidator:
    """One of a fixed set of words, made into the value of it."""

    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}; not {value!r}")
        return made(str(value))

    return PlainValidator(read, json_schema_input_type=Literal[words])


def signing_secret_fault(secret: str) -> str | None:
    """What is wrong with a secret (Standard Webhooks 1.0, "Signature scheme": 24 to 64 bytes in base64), or None."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if 24 <= len(key) <= 64:
        return None
    return "must be 24 to 64 bytes in base64, with or without whsec_ before it; `openssl rand -base64 32` makes one"


def policy_value(value: object) -> Any:
    """A bounce policy's number, word, switch, or table of them; which it has to be, the list manager knows."""
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):  # Sympa and others group their settings
        return {str(key): policy_value(inner) for key, inner in value.items()}
    raise ValueError(f"must be a number, true, false, a string, or a table of these, not {value!r}")


Timeout = Annotated[timedelta, _bounded(timedelta(seconds=1), timedelta(seconds=30))]
Interval = Annotated[timedelta, _bounded(timedelta(seconds=5), timedelta(days=7))]
Pause = Annotated[timedelta, _bounded(timedelta(0), timedelta(days=90))]
Quiet = Annotated[QuietHours, _text(parse_quiet_hours)]
TimeZone = Annotated[str, _text(parse_zone)]
Language = Annotated[str, _text(parse_language)]
During = Annotated[Window, _text(parse_window)]
DigestTime = Annotated[Weekly | Literal["never"], _text(parse_weekly)]
FilePath = Annotated[Path, _text(path_of)]
Secrets = Annotated[tuple[Secret, ...], PlainValidator(_secrets, json_schema_input_type=str | list[str])]
Token = Annotated[Secret, _text(_secret), AfterValidator(_token)]
SmtpUrl = Annotated[Secret, _secret_url(parse_smtp_url)]
RedisUrl = Annotated[Secret, _secret_url(parse_redis_url)]
SecretHttpUrl = Annotated[Secret, _secret_url(parse_http_url)]
HttpUrl = Annotated[str, _text(parse_http_url)]
Domain = Annotated[str, _text(parse_domain)]
Selector = Annotated[str, _text(parse_selector)]
MailAddress = Annotated[str, _text(parse_mail_address)]
Outbound = Annotated[IpAddress, _text(parse_outbound)]
Network = Annotated[IPv4Network | IPv6Network, _text(parse_network)]
Nameserver = Annotated[str, _text(parse_nameserver)]
Listen = Annotated[str, _text(parse_listen)]
ListenV6 = Annotated[str, _text(parse_listen_v6)]
HeaderName = Annotated[str, _text(_header_name)]
ListId = Annotated[str, _text(_list_id)]
Count = Annotated[int, _whole("count of subscribers")]
Number = Annotated[int, _whole("number")]
PerDay = Annotated[float, PlainValidator(_per_day, json_schema_input_type=float)]
Share = Annotated[float, PlainValidator(_share, json_schema_input_type=float)]
NOfM = Annotated[tuple[int, int], PlainValidator(_n_of_m, json_schema_input_type=tuple[int, int])]
PolicyValue = Annotated[
    Any, PlainValidator(policy_value, json_schema_input_type=str | int | float | bool | dict[str, Any])
]
