"""A list's MTA: takes mail over submission, and relays it over IPv6 to the receiver, from an address of its own.

The address is one for documentation, which no machine has: the MTA tells it to the receiver by the PROXY protocol, as a
load balancer would. All else is real: a queue, a Received field, DKIM, retries.
"""

import asyncio
import logging
import smtplib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from ipaddress import IPv6Address

import dkim
from aiosmtpd.smtp import SMTP, Envelope, Session

_log = logging.getLogger(__name__)

_RETRY_S = (5.0, 10.0, 20.0, 60.0, 300.0)  # after each deferral; the last for all that follow
_GIVE_UP_AFTER = 30  # tries
_QUEUE_LENGTH = 1000
_TIMEOUT_S = 30.0
_PROXY_V2 = b"\r\n\r\n\x00\r\nQUIT\n"  # its signature; see "The PROXY protocol" of HAProxy, section 2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a domain's mail is signed (RFC 8463): Ed25519 seed in base64."""

    domain: str
    selector: str
    seed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message on its way."""

    number: int
    reverse_path: str
    forward_paths: tuple[str, ...]
    content: bytes
    tries: int = 0


class ListMta:
    """One list's MTA: a submission server on 127.0.0.1 and a queue towards the receiver."""

    def __init__(
        self,
        *,
        helo: str,
        address: IPv6Address,
        receiver_port: int,
        signing: Signing | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.helo = helo
        self._address = address
        self._receiver_port = receiver_port
        self._signing = signing
        self._now = now
        self._taken = 0
        self._queued = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int) -> None:
        """Take submissions on 127.0.0.1."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname=self.helo, ident="ESMTP", loop=loop), "127.0.0.1", port
        )

    def stop(self) -> None:
        """Take no more mail; what is queued is forgotten."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Queue a message."""
        del server
        if self._queued >= _QUEUE_LENGTH:
            return "452 4.3.1 The queue is full"
        self._taken += 1
        content = self._stamped(envelope.content or b"", helo=str(session.host_name), number=self._taken)
        mail = Queued(
            number=self._taken,
            reverse_path=envelope.mail_from or "",
            forward_paths=tuple(envelope.rcpt_tos),
            content=content if isinstance(content, bytes) else b"",
        )
        task = asyncio.create_task(self._deliver(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return f"250 2.0.0 Queued as {mail.number}"

    async def _deliver(self, mail: Queued) -> None:
        """Try until it is taken, refused for good, or too old."""
        self._queued += 1
        try:
            while mail.tries < _GIVE_UP_AFTER:
                if await asyncio.to_thread(self._relay, mail):
                    return
                pause = _RETRY_S[min(mail.tries, len(_RETRY_S) - 1)]
                mail = replace(mail, tries=mail.tries + 1)
                await asyncio.sleep(pause)
        finally:
            self._queued -= 1

    def _relay(self, mail: Queued) -> bool:
        """Hand one message over to the receiver. False: try again later."""
        try:
            with _FromAddress(self._address, self._receiver_port, helo=self.helo) as client:
                client.sendmail(mail.reverse_path, list(mail.forward_paths), mail.content)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            return self._answered(mail, code, reply)
        except smtplib.SMTPResponseException as error:
            return self._answered(mail, error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            _log.info("mail_deferred", extra={"mta": self.helo, "why": str(error)})
            return False
        return True

    def _answered(self, mail: Queued, code: int, reply: bytes | str) -> bool:
        """What a reply that is not 250 means (RFC 5321 section 4.2.1): 4yz is tried again, 5yz is the end."""
        _log.info("mail_answered", extra={"mta": self.helo, "mail": mail.number, "code": code, "reply": str(reply)})
        return code // 100 == 5

    def _stamped(self, content: bytes | str, *, helo: str, number: int) -> bytes:
        """The message with our Received field (RFC 5321 section 4.4) and, where we sign, our DKIM-Signature."""
        raw = content.encode() if isinstance(content, str) else content
        if self._signing is not None:
            raw = _signature(raw, self._signing) + raw
        at = format_datetime(self._now())
        trace = (
            f"Received: from {helo} (localhost [127.0.0.1])\r\n\tby {self.helo} with ESMTP id {number};\r\n\t{at}\r\n"
        )
        return trace.encode("ascii", "replace") + raw


def _signature(raw: bytes, signing: Signing) -> bytes:
    """A DKIM-Signature field over the message."""
    signed = dkim.sign(
        raw,
        signing.selector.encode(),
        signing.domain.encode(),
        signing.seed,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=b"ed25519-sha256",
        include_headers=[b"from", b"to", b"subject", b"date", b"message-id"],
    )
    return bytes(signed)


class _FromAddress(smtplib.SMTP):
    """An SMTP client to the receiver on [::1] that says by the PROXY protocol where it comes from."""

    def __init__(self, address: IPv6Address, port: int, *, helo: str) -> None:
        self._address = address
        super().__init__("::1", port, local_hostname=helo, timeout=_TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connected, with the header sent before anything else: smtplib's seam for TLS, used likewise here."""
        connection = socket.create_connection((host, port), timeout)
        connection.sendall(proxy_header(self._address, IPv6Address(host), connection.getsockname()[1], port))
        return connection


def proxy_header(source: IPv6Address, destination: IPv6Address, source_port: int, destination_port: int) -> bytes:
    """The PROXY protocol's version 2 header for TCP over IPv6 (section 2.2): 36 octets of addresses follow."""
    ports = struct.pack("!HH", source_port, destination_port)
    return _PROXY_V2 + bytes([0x21, 0x21]) + struct.pack("!H", 36) + source.packed + destination.packed + ports
