"""An SMTP server spoken to and handed nothing: whether it greets, and whether it would take an address."""

import smtplib
import socket
import ssl
from contextlib import closing, suppress
from datetime import timedelta
from typing import Final

from monitor.errors import Unavailable
from monitor.smtp.submission import Relay, Security

TIMEOUT: Final = timedelta(seconds=10)
PROXY_LOCAL: Final = b"PROXY UNKNOWN\r\n"  # PROXY protocol version 1: a health check of the proxy's own


def greeting_trouble(relay: Relay, *, timeout: timedelta = TIMEOUT) -> str | None:
    """Why the server does not answer EHLO, under TLS where the URL says so; None where it does. Sends no password."""
    seconds, context = timeout.total_seconds(), ssl.create_default_context()
    client: smtplib.SMTP
    try:
        if relay.security is Security.IMPLICIT:
            client = smtplib.SMTP_SSL(relay.host, relay.port, timeout=seconds, context=context)
        else:
            client = smtplib.SMTP(relay.host, relay.port, timeout=seconds)
        with closing(client):
            client.ehlo_or_helo_if_needed()
            if relay.security is Security.STARTTLS:
                client.starttls(context=context)
            with suppress(smtplib.SMTPException, OSError):
                client.docmd("QUIT")
    except (smtplib.SMTPException, OSError) as error:
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
    try:
        with _greeted(host, port, helo=helo, proxied=proxied, seconds=timeout.total_seconds()) as session:
            session.ehlo()
            if needs_tls and not session.has_extn("starttls"):
                raise Unavailable("The receiver does not offer STARTTLS although it has a certificate.", reason="tls")
            for code, reply in (session.mail(""), session.rcpt(forward_path)):
                if code != 250:
                    said = reply.decode("utf-8", "replace")
                    raise Unavailable(f"The receiver refused a probe of its own: {code} {said}", reason="refused")
    except TimeoutError as error:
        raise Unavailable(f"The receiver at [{host}]:{port} is silent.", reason="timeout") from error
    except smtplib.SMTPResponseException as error:
        raise Unavailable(f"The receiver refused: {error.smtp_code} {error.smtp_error!r}", reason="refused") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The receiver at [{host}]:{port} cannot be reached: {error}.", reason="connect") from error


def _greeted(host: str, port: int, *, helo: str, proxied: bool, seconds: float) -> smtplib.SMTP:
    """A session after its greeting."""
    if not proxied:
        return smtplib.SMTP(host, port, local_hostname=helo, timeout=seconds)
    session = smtplib.SMTP(local_hostname=helo, timeout=seconds)
    session.sock = socket.create_connection((host, port), timeout=seconds)
    session.sock.sendall(PROXY_LOCAL)
    code, reply = session.getreply()
    if code != 220:
        session.close()
        raise smtplib.SMTPConnectError(code, reply)
    return session
