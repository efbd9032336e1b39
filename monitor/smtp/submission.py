"""Handing one message to an SMTP server: the list's own MTA for probes. One message, one recipient, one connection."""

import smtplib
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

from monitor.deadline import Deadline
from monitor.dns.name import a_label_address, a_label_if_any
from monitor.doors.files import none_left
from monitor.errors import OutOfFiles, Refused, RelayUnavailable, UsageError
from monitor.model.dns import IpAddress
from monitor.model.secret import Secret
from monitor.phrase.phrase import Phrase, joined, say
from monitor.smtp.dialogue import OWN_NAME_LATE, Dialogue, is_late

# From the look-up of the name to the reply to the message. RFC 5321 section 4.5.3.2 asks for five minutes a command;
# what is handed over is tried again, so that nobody need wait so long, and half of a task's 90 seconds are left.
TIMEOUT: Final = timedelta(seconds=45)
REPLY_4YZ: Final = "reply-4yz"
SLOW: Final = "slow"
OUT_OF_TIME: Final = frozenset({"timeout", SLOW})


class Security(StrEnum):
    """How the connection is protected, by the URL's scheme."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"  # RFC 3207; demanded, never only tried
    IMPLICIT = "smtps"  # RFC 8314 section 3.3


DEFAULT_PORTS: Final = {Security.NONE: 25, Security.STARTTLS: 587, Security.IMPLICIT: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where to submit, as a URL says it."""

    security: Security
    host: str  # a name or an address literal, without brackets
    port: int
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Without the password, so that no log has it."""
        return f"Relay({self.security}://{self.host}:{self.port})"


def parse_relay(url: Secret | str) -> Relay:
    """The relay behind `smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@` percent-decoded.

    Raises UsageError, whose sentence does not repeat the URL: it may hold a password.
    """
    text = url.reveal() if isinstance(url, Secret) else url
    try:
        parts = urlsplit(text)
        security = Security(parts.scheme)
        port = parts.port or DEFAULT_PORTS[security]
    except ValueError:
        raise UsageError(
            "Not a usable SMTP URL: give smtp://host:port, smtp+starttls://… or smtps://…, an IPv6 address in brackets."
        ) from None
    if not parts.hostname:
        raise UsageError("The SMTP URL names no host.")
    return Relay(
        security=security,
        host=a_label_if_any(parts.hostname),
        port=port,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def submit(
    url: Secret | str,
    *,
    reverse_path: str,
    forward_path: str,
    message: bytes,
    timeout: timedelta = TIMEOUT,
    helo: str | None = None,
    tls_context: ssl.SSLContext | None = None,
    source: IpAddress | None = None,
) -> str:
    """Submit one message; the reply to its end of data (`250 2.0.0 queued as …`).

    Certificates are verified (`tls_context` overrides how). `source` binds the connection's own address. `timeout` is
    for all of it together. Not repeatable: the server may have taken the message though the answer was lost (RFC 1047),
    so that the caller notes the attempt before and the reply after.

    Raises RelayUnavailable with reason `resolve` (its name, or where there is no `helo` our own), `connect` (also where
    no connection came about in time), `timeout` (it took the connection and never said anything), `slow` (it spoke, and
    did not come to its end in time), `tls`, `auth`, `closed` or `reply-4yz` where it was not taken now, and Refused
    with the reply where it never will be (5yz); OutOfFiles where no connection could be opened on our side.
    """
    relay = parse_relay(url)
    where = say("{host} port {port}", host=relay.host, port=str(relay.port))
    context = tls_context or ssl.create_default_context()
    with Deadline(timeout) as deadline:
        client = Dialogue(deadline, helo=helo)
        try:
            with closing(client):
                _connect(client, relay, where, context=context, source=source)
                reply = _transact(client, where, a_label_address(reverse_path), a_label_address(forward_path), message)
                client.farewell()
                return reply
        except (smtplib.SMTPException, OSError) as error:
            if is_late(error, deadline):
                raise _too_late(client, where, timeout) from error
            if client.stage or isinstance(error, ssl.SSLError):  # an answer needs no file any more
                _ours_if_none_left(error)
            raise _failed(error, relay, where) from error


def _ours_if_none_left(error: Exception) -> None:
    if none_left((error, error.__cause__, error.__context__)):
        raise OutOfFiles from error


def _failed(error: Exception, relay: Relay, where: Phrase) -> RelayUnavailable | Refused:
    """What an error that is not about time means."""
    match error:
        case smtplib.SMTPServerDisconnected():
            return RelayUnavailable(
                say("{relay} closed the connection: {error}", relay=where, error=str(error)), reason="closed"
            )
        case smtplib.SMTPResponseException():  # the answer to connecting, EHLO, or DATA
            return _answer(where, error.smtp_code, error.smtp_error)
        case smtplib.SMTPException():
            return RelayUnavailable(f"{where}: {error}", reason="closed")
        case ssl.SSLError():
            return RelayUnavailable(
                say("TLS with {relay} failed: {error}", relay=where, error=str(error)), reason="tls"
            )
        case socket.gaierror():
            unresolved = say("The name {host} cannot be resolved: {error}", host=relay.host, error=error.strerror)
            return RelayUnavailable(unresolved, reason="resolve")
        case _:
            why = getattr(error, "strerror", None) or str(error)
            return RelayUnavailable(say("{relay} cannot be reached: {error}", relay=where, error=why), reason="connect")


def _connect(
    client: Dialogue, relay: Relay, where: Phrase, *, context: ssl.SSLContext, source: IpAddress | None
) -> None:
    """Make the session ready for MAIL: greeted, protected and authenticated as the URL demands."""
    at_once = context if relay.security is Security.IMPLICIT else None
    client.begin(relay.host, relay.port, source=None if source is None else (str(source), 0), tls=at_once)
    client.ehlo_or_helo_if_needed()
    if relay.security is Security.STARTTLS:
        try:
            client.secure(context)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
            lacking = say("{relay} does not do STARTTLS: {error}", relay=where, error=str(error))
            raise RelayUnavailable(lacking, reason="tls") from error
        client.ehlo_or_helo_if_needed()
    if relay.user is not None:
        _log_in(client, where, relay.user, relay.password or "")


def _log_in(client: smtplib.SMTP, where: Phrase, user: str, password: str) -> None:
    """AUTH (RFC 4954). A refused password says nothing about the message: it is ours to mend, and then works again."""
    try:
        client.login(user, password)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPResponseException as error:
        text = _text(error.smtp_code, error.smtp_error)
        refused = say("{relay} refused user or password: {reply}", relay=where, reply=text)
        raise RelayUnavailable(refused, reason="auth") from error
    except smtplib.SMTPException as error:
        lacking = say("{relay} takes no password: {error}", relay=where, error=str(error))
        raise RelayUnavailable(lacking, reason="auth") from error


def _transact(client: smtplib.SMTP, where: Phrase, reverse_path: str, forward_path: str, message: bytes) -> str:
    """MAIL, RCPT, DATA (RFC 5321 section 3.3)."""
    options: list[str] = []
    if client.has_extn("size"):
        options.append(f"SIZE={len(message)}")  # RFC 1870
    if not message.isascii() and client.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")  # RFC 6152
    if not (reverse_path + forward_path).isascii():
        if not client.has_extn("smtputf8"):  # RFC 6531 section 3.2
            raise Refused(
                say("{relay} does not offer SMTPUTF8, which {address} needs.", relay=where, address=reverse_path)
            )
        options.append("SMTPUTF8")
    steps = (
        partial(client.mail, reverse_path, options),
        partial(client.rcpt, forward_path),
        partial(client.data, message),
    )
    for step in steps:
        code, reply = step()
        if code // 100 != 2:
            raise _answer(where, code, reply)
    return _text(code, reply)


def _answer(where: Phrase, code: int, reply: bytes | str) -> RelayUnavailable | Refused:
    """The error for a reply: 5yz is for good, all else may pass (RFC 5321 section 4.2.1)."""
    text = _text(code, reply)
    if code // 100 == 5:
        return Refused(say("{relay} refused: {reply}", relay=where, reply=text), reply=text)
    said = say("{relay} said: {reply}", relay=where, reply=text)
    return RelayUnavailable(said, reason=REPLY_4YZ if code // 100 == 4 else "closed")


def _too_late(client: Dialogue, where: Phrase, timeout: timedelta) -> RelayUnavailable:
    """What it means that the time is up, by how far it came. Who is silent after any word of his can be reached."""
    parts = {"relay": where, "seconds": f"{round(timeout.total_seconds(), 1):g}"}
    match client.stage:
        case "own name":
            late = joined(" ", (OWN_NAME_LATE, say("Nothing was said to {relay}.", **parts)))
            return RelayUnavailable(late, reason="resolve")
        case "resolve":
            return RelayUnavailable(
                say("{relay} cannot be reached: its name took too long.", **parts), reason="resolve"
            )
        case "connect":
            return RelayUnavailable(
                say("{relay} cannot be reached: no connection came about in time.", **parts), reason="connect"
            )
    if client.heard:
        return RelayUnavailable(
            say("{relay} is too slow: it did not come to an end within {seconds} s.", **parts), reason=SLOW
        )
    return RelayUnavailable(say("{relay} did not answer within {seconds} s.", **parts), reason="timeout")


def _text(code: int, reply: bytes | str) -> str:
    said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(said.split())}"
