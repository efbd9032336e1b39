"""What the receiver answers to each command: token addresses only, and 250 only for what is recorded."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address
from typing import Any, Final

from aiosmtpd.proxy_protocol import AF, PROTO, V2_CMD, ProxyData
from aiosmtpd.smtp import MISSING, Envelope, TLSSetupException
from aiosmtpd.smtp import Session as Dialogue

from monitor.dns.answer import Resolver
from monitor.dns.deadline import DeadlineResolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import InvalidToken, StoreUnavailable
from monitor.model.vantage import Vantage
from monitor.receiver.arrival import Delivery
from monitor.receiver.backend import Backend
from monitor.receiver.connection import NULL_PATH, Connection, storable
from monitor.receiver.connection_limits import ConnectionLimits
from monitor.receiver.kinds.catalogue import KINDS
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.limits import Limits
from monitor.receiver.one_look import OneLook
from monitor.receiver.replies import (
    BUSY,
    CROWDED,
    GUESSING,
    IN_DOUBT,
    NO_RELAY,
    NOT_KEPT,
    ONLY_DSN,
    TOO_MANY,
    TROUBLE,
    UNKNOWN,
)
from monitor.receiver.token_addresses import Address

_log: Final = logging.getLogger(__name__)


class Handler:
    """aiosmtpd's hooks.

    One serves all sessions; messages are evaluated in threads, so that the event loop never waits.
    """

    def __init__(
        self, vantage: Vantage, *, backend: Backend, resolver: Resolver, limits: Limits, connections: ConnectionLimits
    ) -> None:
        self._vantage = vantage
        self._domain = a_label(vantage.domain)
        self._backend = backend
        self._resolver = resolver
        self._limits = limits
        self._connections = connections
        self._pool = ThreadPoolExecutor(limits.evaluations, thread_name_prefix="receiver")
        self._waiting = 0
        self._look = OneLook(backend.look_again)

    def close(self) -> None:
        """Wait for the messages that are being recorded."""
        self._look.close()
        self._pool.shutdown(wait=True)

    async def handle_PROXY(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Dialogue, envelope: Envelope, proxy: ProxyData
    ) -> bool:
        """Whom a load balancer speaks for; False closes.

        Its own health checks (LOCAL, UNKNOWN) keep its own address.
        """
        del session, envelope
        if proxy.command == V2_CMD.LOCAL or proxy.protocol == PROTO.UNSPEC:
            return True
        if proxy.family != AF.INET6 or proxy.protocol != PROTO.STREAM or not isinstance(proxy.src_addr, IPv6Address):
            return False  # announced over IPv4: that cannot be what came to an IPv6-only receiver
        server.client_ip = proxy.src_addr
        if not self._connections.announced(server):
            server.dismiss(CROWDED)
            return False
        return True

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Dialogue, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """The extensions, without AUTH: aiosmtpd offers it under TLS whether there is anything to log in to or not."""
        del server, envelope
        session.host_name = hostname
        return [line for line in responses if not line.startswith("250-AUTH")]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Dialogue, envelope: Envelope, address: str, mail_options: Sequence[str]
    ) -> Any:
        """Any reverse-path may come: it is what we want to see."""
        del server, session, envelope, address, mail_options
        return MISSING

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Dialogue, envelope: Envelope, address: str, rcpt_options: Sequence[str]
    ) -> Any:
        """Only an address that we issued and that has not expired; all else is refused, never accepted and dropped."""
        del session, rcpt_options
        if len(server.addresses) >= self._limits.recipients:
            return TOO_MANY
        local_part, _, domain = storable(address).rpartition("@")
        if not local_part:
            accepted: Address | str = UNKNOWN  # no "@": not even RFC 5321 section 4.5.1's plain postmaster
        else:
            accepted = await self._find(local_part) if _same_domain(domain, self._domain) else NO_RELAY
        if isinstance(accepted, Address):
            name, kind = accepted.claims.kind, KINDS[accepted.claims.kind]
            if server.addresses and not (kind.several and server.addresses[0].claims.kind is name):
                return TOO_MANY
            if kind.only_dsn and envelope.mail_from != NULL_PATH:
                return ONLY_DSN
            server.take(accepted, large=kind.large)
            return MISSING
        server.unknown_recipients += 1
        if server.unknown_recipients > self._limits.unknown_recipients:
            server.dismiss(GUESSING)
        return accepted

    async def handle_DATA(self, server: Connection, session: Dialogue, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Record the arrival for each address, with all its facts, and only then say 250."""
        if self._waiting >= self._limits.evaluations + self._limits.evaluations_waiting:
            return BUSY
        tls = server.tls
        protocol = "ESMTP" if session.extended_smtp else "SMTP"
        content = envelope.original_content
        delivery = Delivery(
            client_ip=server.client_ip,
            helo=storable(session.host_name),
            reverse_path=storable(envelope.mail_from).removeprefix(NULL_PATH),
            protocol=("UTF8" + protocol.removeprefix("E") if envelope.smtp_utf8 else protocol) + ("S" if tls else ""),
            tls_version=tls[0] if tls else None,
            tls_cipher=tls[1] if tls else None,
            content=content if content is not None else b"",
            received_at=self._backend.addresses.clock(),
            server_ip=server.server_ip,
            tls_offered=server.offers_tls,
        )
        self._waiting += 1
        try:
            addresses = tuple(server.addresses)
            reply = await asyncio.get_running_loop().run_in_executor(self._pool, self._take, delivery, addresses)
        except StoreUnavailable as error:
            _log.warning("arrival_not_recorded", extra={"reason": error.reason})
            return NOT_KEPT
        except Exception:  # noqa: BLE001 - any fault of ours puts the message off; aiosmtpd would leave its transaction open
            _log.exception("receiver_failed")
            return TROUBLE
        finally:
            self._waiting -= 1
            self._connections.renew(server)
        if reply.startswith("421"):
            server.dismiss(reply)  # RFC 5321 section 3.8: a server that says 421 closes
        return reply

    async def handle_exception(self, error: Exception) -> str:
        """Our own faults, and failed TLS handshakes: try again later; what it was is nobody's business outside."""
        if isinstance(error, TLSSetupException):
            _log.info("tls_handshake_failed", extra={"problem": str(error.__cause__)})
        else:
            _log.error("receiver_failed", exc_info=error)
        return TROUBLE

    async def _find(self, local_part: str) -> Address | str:
        """What the address was issued for, or the reply.

        One that is not known is looked for with all that the store knows now: its key, or its list, may be newer than
        what we know, or lost with the store. In doubt it is put off, not refused.
        """
        known = self._known(local_part)
        if not isinstance(known, str):
            return known
        if known != "forged":
            _log.info("address_refused", extra={"reason": known})
            return UNKNOWN
        try:
            sure = await self._look.from_now()
        except (StoreUnavailable, TimeoutError):
            sure = False
        known = self._known(local_part)
        if not isinstance(known, str):
            return known
        _log.info("address_refused", extra={"reason": known, "sure": sure})
        return UNKNOWN if sure else IN_DOUBT

    def _known(self, local_part: str) -> Address | str:
        """The address, or the reason why it is none of ours."""
        try:
            return self._backend.addresses.read(local_part)
        except InvalidToken as refused:
            return refused.reason

    def _take(self, delivery: Delivery, addresses: tuple[Address, ...]) -> str:
        """In a thread, by the kind of the addresses; the reply.

        Raises StoreUnavailable, and then nothing is lost: 451.
        """
        resolver = DeadlineResolver(self._resolver, self._limits.evaluation)
        mail = Mail(delivery=delivery, addresses=addresses, resolver=resolver, vantage=self._vantage)
        return KINDS[addresses[0].claims.kind].take(mail, self._backend)


def _same_domain(domain: str, ours: str) -> bool:
    try:
        return a_label(domain) == ours
    except InvalidName:
        return False
