"""An SMTP server spoken to and handed nothing: whether it greets, and whether it would take an address."""

import smtplib
import ssl
from contextlib import closing
from datetime import timedelta
from typing import Final

from monitor.deadline import Deadline
from monitor.errors import Unavailable
from monitor.smtp.dialogue import OWN_NAME_LATE, Dialogue, is_late
from monitor.smtp.submission import Relay, Security

TIMEOUT: Final = timedelta(seconds=10)  # for the whole of it
PROXY_LOCAL: Final = b"PROXY UNKNOWN\r\n"  # PROXY protocol version 1: a health check of the proxy's own


def greeting_trouble(relay: Relay, *, timeout: timedelta = TIMEOUT) -> str | None:
    """Why the server does not answer EHLO, under TLS where the URL says so; None where it does. Sends no password."""
    context = ssl.create_default_context()
    with Deadline(timeout) as deadline:
        client = Dialogue(deadline)
        try:
            with closing(client):
                client.begin(relay.host, relay.port, tls=context if relay.security is Security.IMPLICIT else None)
                client.ehlo_or_helo_if_needed()
                if relay.security is Security.STARTTLS:
                    client.secure(context)
                client.farewell()
        except (smtplib.SMTPException, OSError) as error:
            if is_late(error, deadline):
                if client.stage == "own name":
                    return OWN_NAME_LATE
                return f"It did not come to an end within {timeout.total_seconds():g} s."
            return getattr(error, "strerror", None) or str(error) or type(error).__name__
    return None


def rehearse(
    where: tuple[str, int],
    *,
    helo: str,
    forward_path: str,
    needs_tls: bool,
    proxied: bool,
    timeout: timedelta = TIMEOUT,
) -> None:
    """Speak to our own receiver as a list's MTA would, up to RCPT (RFC 5321 section 3.3); may be done all the time.

    `proxied`: it expects a proxy's header from us first. Raises Unavailable with reason `connect`, `timeout`, `tls` (a
    server that `needs_tls` does not offer STARTTLS) or `refused`.
    """
    host, port = where
    silent = f"The receiver at [{host}]:{port} is silent."
    with Deadline(timeout) as deadline:
        try:
            with closing(Dialogue(deadline, helo=helo)) as session:
                session.begin(host, port, first=PROXY_LOCAL if proxied else b"")
                _up_to_rcpt(session, forward_path, needs_tls=needs_tls)
        except (smtplib.SMTPException, OSError) as error:
            if is_late(error, deadline):
                raise Unavailable(silent, reason="timeout") from error
            if isinstance(error, smtplib.SMTPResponseException):
                refusal = f"The receiver refused: {error.smtp_code} {error.smtp_error!r}"
                raise Unavailable(refusal, reason="refused") from error
            unreached = f"The receiver at [{host}]:{port} cannot be reached: {error}."
            raise Unavailable(unreached, reason="connect") from error


def _up_to_rcpt(session: Dialogue, forward_path: str, *, needs_tls: bool) -> None:
    """EHLO, MAIL, RCPT. Raises Unavailable where the receiver does not answer as it should."""
    session.ehlo()
    if needs_tls and not session.has_extn("starttls"):
        raise Unavailable("The receiver does not offer STARTTLS although it has a certificate.", reason="tls")
    for code, reply in (session.mail(""), session.rcpt(forward_path)):
        if code != 250:
            said = reply.decode("utf-8", "replace")
            raise Unavailable(f"The receiver refused a probe of its own: {code} {said}", reason="refused")
