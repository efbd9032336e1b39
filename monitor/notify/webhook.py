"""One webhook call: signed, bounded in time and size, without redirects, and what came of it as a value."""

import socket
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3
from standardwebhooks.webhooks import Webhook

from monitor import __version__
from monitor.http.allowed_addresses import IpNetwork
from monitor.http.guarded import AddressRefused, Deadline, Dialer, GuardedAdapter, Resolve, resolve
from monitor.model.incidents import DeliveryAttempt, Notice
from monitor.model.secret import Secret
from monitor.notify.formats import body
from monitor.notify.retry import DELIVERED

TIMEOUT: Final = timedelta(seconds=15)  # of one call from look-up to status line; Standard Webhooks 1.0 says 15 to 30 s
_LATE: Final = "No answer within the time allowed."
EXCERPT_BYTES: Final = 500  # of a refusing answer, kept for people; the rest is never read


def deliver(
    notice: Notice,
    *,
    url: str,
    secrets: Sequence[Secret | str],
    kind: str = "standard",
    allow_networks: Collection[IpNetwork] = (),
    timeout: timedelta = TIMEOUT,
    now: datetime,
    resolver: Resolve = resolve,
    trust: Path | None = None,
) -> DeliveryAttempt:
    """Post the notice once, and what came of it. Never raises for what the other side does. May be repeated: same id.

    The outcome is `delivered` (2xx), `http-NNN`, `timeout`, `connect`, `closed`, `tls`, `resolve`, `protocol`,
    `refused-address` or `refused-url`. Each of `secrets` signs, the first one first. `trust` is a file with CA certificates
    instead of the system's.
    """
    content = body(notice, kind)
    headers = {"Content-Type": "application/json", **signature_headers(notice.id, content, secrets, now=now)}
    return call(
        "POST",
        url,
        headers=headers,
        content=content,
        allow_networks=allow_networks,
        timeout=timeout,
        now=now,
        resolver=resolver,
        trust=trust,
    )


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
    """One request to an endpoint of others, through the connection rules, and what came of it. Outcomes as of `deliver`."""
    fault = url_fault(url)
    if fault:
        return DeliveryAttempt(at=now, outcome="refused-url", detail=fault)
    ours = {"User-Agent": f"staysub/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
    request = requests.Request(method, url, headers={**ours, **(headers or {})}, data=content).prepare()
    with Deadline(timeout) as deadline:
        adapter = GuardedAdapter(Dialer(allow_networks=allow_networks, deadline=deadline, resolver=resolver))
        try:
            # The adapter is called directly: a session would follow `Location`, read proxies and passwords from the
            # environment, and read a redirect's body without a bound.
            response = adapter.send(
                request, stream=True, timeout=timeout.total_seconds(), verify=str(trust) if trust else _trust()
            )
            if deadline.passed:  # cut amid the header fields, which http.client takes for their end
                return DeliveryAttempt(at=now, outcome="timeout", detail=_LATE)
            return _answer(response, now=now)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, AddressRefused, ValueError) as error:
            outcome, detail = _trouble(error, late=deadline.passed)
            return DeliveryAttempt(at=now, outcome=outcome, detail=_plain(detail))
        finally:
            adapter.close()


def url_fault(url: str) -> str | None:
    """What is wrong with an endpoint's URL whatever it leads to, as a sentence; None where it may be called."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no URL."
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "An endpoint is an http:// or https:// URL with a host."
    if parts.username is not None or parts.password is not None:
        return "The URL must not carry a user or password."
    return None


def signature_headers(
    message_id: str, content: bytes, secrets: Sequence[Secret | str], *, now: datetime
) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0; without a secret the signature is missing."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp()))}
    signatures = [
        Webhook(secret.reveal() if isinstance(secret, Secret) else secret).sign(
            message_id, now.astimezone(UTC), content.decode()
        )
        for secret in secrets
    ]
    if signatures:
        headers["webhook-signature"] = " ".join(signatures)
    return headers


def retry_after(value: str | None, *, now: datetime) -> datetime | None:
    """The moment that a Retry-After field names (RFC 9110 section 10.2.3), in seconds or as a date; None where it names none."""
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
        detail += "; redirects are not followed, configure the URL that it leads to"
    elif status == HTTPStatus.GONE:
        detail += "; the endpoint is gone"
    excerpt = _excerpt(response)
    asked = retry_after(response.headers.get("Retry-After"), now=now)
    return DeliveryAttempt(
        at=now, outcome=f"http-{status}", detail=_plain(f"{detail}: {excerpt}" if excerpt else detail), retry_at=asked
    )


def _excerpt(response: requests.Response) -> str:
    """The beginning of an answer's body; "" where it does not come."""
    try:
        raw: bytes = response.raw.read(EXCERPT_BYTES, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        return ""
    return raw.decode("utf-8", "replace").strip()


def _trouble(error: BaseException, *, late: bool) -> tuple[str, str]:
    """The stable word and a sentence for a call that brought no answer."""
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, AddressRefused):
            return "refused-address", f"{cause}. Allow the network under notices.allow_networks if it is meant."
    if late:
        return "timeout", _LATE
    for kind, outcome, sentence in (
        (socket.gaierror, "resolve", "The name cannot be resolved"),
        (ssl.SSLError, "tls", "TLS failed"),
        (TimeoutError, "timeout", "No answer in time"),
        (urllib3.exceptions.TimeoutError, "timeout", "No answer in time"),
        (ConnectionRefusedError, "connect", "Nothing listens there"),
        ((ConnectionResetError, BrokenPipeError), "closed", "The connection was cut"),
    ):
        for cause in causes:
            if isinstance(cause, kind):
                return outcome, f"{sentence}: {cause}"
    last = causes[-1]
    if "RemoteDisconnected" in type(last).__name__:
        return "closed", f"The connection was closed without an answer: {last}"
    if isinstance(last, OSError) and not isinstance(last, requests.RequestException):
        return "connect", f"It cannot be reached: {last}"
    return "protocol", f"The answer is no HTTP: {last}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, as requests and urllib3 do: cause, context, argument or `reason`."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [entry for entry in inner if isinstance(entry, BaseException)]


def _trust() -> str | bool:
    """The system's CA certificates, where private ones may have been added; without any, those that requests brings."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    if paths.capath and any(Path(paths.capath).iterdir()):
        return paths.capath
    return True


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """One bounded line without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)[:600]
