"""One call to an endpoint of others: bounded in time and size, without redirects, and what came of it as a value."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import requests
import urllib3

from monitor.deadline import Deadline, Resolve, resolve
from monitor.http.endpoint_url import fault_of
from monitor.http.guarded import OURS, Dialer, GuardedAdapter, trusted
from monitor.http.trouble import LATE, RAISED, trouble
from monitor.model.dns import IpNetwork
from monitor.model.incidents import DELIVERED, DeliveryAttempt
from monitor.phrase.phrase import joined, say

TIMEOUT: Final = timedelta(seconds=15)  # of one call from look-up to status line; Standard Webhooks 1.0 says 15 to 30 s
SECRET_CHARACTERS: Final = 12  # of a URL's path: a shorter part is a word, such as `services`
EXCERPT_BYTES: Final = 500  # of a refusing answer, kept for people; the rest is never read


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    allow_networks: Collection[IpNetwork] = (),
    timeout: timedelta = TIMEOUT,
    now: datetime,
    resolver: Resolve = resolve,
    trust: Path | None = None,
) -> DeliveryAttempt:
    """One request through the connection rules, and what came of it. Never raises for what the other side does.

    Raises OutOfFiles where no connection could be opened on our side.

    The outcome is `delivered` (2xx), `http-NNN`, `timeout`, `connect`, `closed`, `tls`, `resolve`, `protocol`,
    `refused-address` or `refused-url`. `trust` is a file with CA certificates instead of the system's.
    """
    fault = fault_of(url)
    if fault:
        return DeliveryAttempt(at=now, outcome="refused-url", detail=f"The endpoint's URL {fault}.")
    tried = _called(
        method, url, headers=headers, content=content, allow_networks=allow_networks, timeout=timeout, now=now,
        resolver=resolver, trust=trust,
    )  # fmt: skip
    plain = _plain(without_path(tried.detail, url))
    return tried if plain == tried.detail else replace(tried, detail=plain)


def without_path(said: str, url: str) -> str:
    """The text without that URL's path and query, which may be a password: libraries and servers repeat them."""
    parts = urlsplit(url)
    words = (parts.path[1:], parts.query, *re.split(r"[/&=]", f"{parts.path}/{parts.query}"))
    known = {each for each in words if len(each) >= SECRET_CHARACTERS} | {parts.path} - {"", "/"}
    for secret in sorted({*known, *map(unquote, known)}, key=len, reverse=True):
        said = said.replace(secret, "/…" if secret.startswith("/") else "…")
    return said


def _called(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None,
    content: bytes | None,
    allow_networks: Collection[IpNetwork],
    timeout: timedelta,
    now: datetime,
    resolver: Resolve,
    trust: Path | None,
) -> DeliveryAttempt:
    """What came of it, as the other side and the libraries say it."""
    try:
        request = requests.Request(method, url, headers={**OURS, **(headers or {})}, data=content).prepare()
    except ValueError as error:  # requests' own errors about URLs are such
        none = say("The endpoint's URL is none: {error}", error=str(error))
        return DeliveryAttempt(at=now, outcome="refused-url", detail=none)
    with Deadline(timeout) as deadline:
        adapter = GuardedAdapter(Dialer(allow_networks=allow_networks, deadline=deadline, resolver=resolver))
        try:
            # The adapter is called directly: a session would follow `Location`, read proxies and passwords from the
            # environment, and read a redirect's body without a bound.
            response = adapter.send(
                request, stream=True, timeout=timeout.total_seconds(), verify=str(trust) if trust else trusted()
            )
            if deadline.passed:  # cut amid the header fields, which http.client takes for their end
                return DeliveryAttempt(at=now, outcome="timeout", detail=LATE)
            return _answer(response, now=now)
        except RAISED as error:
            outcome, detail = trouble(error, late=deadline.passed)
            return DeliveryAttempt(at=now, outcome=outcome, detail=detail)
        finally:
            adapter.close()


def retry_after(value: str | None, *, now: datetime) -> datetime | None:
    """The moment that a Retry-After field names, in seconds or as a date (RFC 9110 section 10.2.3); None for none."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return now + timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _answer(response: requests.Response, *, now: datetime) -> DeliveryAttempt:
    """What an answer means: 2xx is success and nothing else is; a redirect is a failure (Standard Webhooks 1.0)."""
    status = response.status_code
    if 200 <= status < 300:
        return DeliveryAttempt(at=now, outcome=DELIVERED, detail=f"HTTP {status}")
    detail = f"HTTP {status} {_phrase(status)}".rstrip()
    if 300 <= status < 400:
        detail = say("{status}; redirects are not followed, configure the URL that it leads to", status=detail)
    elif status == HTTPStatus.GONE:
        detail = say("{status}; the endpoint is gone", status=detail)
    asked = retry_after(response.headers.get("Retry-After"), now=now)
    return DeliveryAttempt(
        at=now, outcome=f"http-{status}", detail=joined(": ", (detail, _excerpt(response))), retry_at=asked
    )


def _excerpt(response: requests.Response) -> str:
    """The beginning of an answer's body; "" where it does not come."""
    try:
        raw: bytes = response.raw.read(EXCERPT_BYTES, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        return ""
    return raw.decode("utf-8", "replace").strip()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """One bounded line without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)[:600]
