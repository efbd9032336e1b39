"""What the receiver answers to each command: token addresses only, and 250 only for what is recorded."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, Final

from aiosmtpd.proxy_protocol import AF, PROTO, V2_CMD, ProxyData
from aiosmtpd.smtp import MISSING, Envelope, TLSSetupException
from aiosmtpd.smtp import Session as Dialogue

from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import InvalidToken, StoreUnavailable
from monitor.evidence.canary.read import read_canary
from monitor.model.evidence import Arrival, Attempt
from monitor.probe.token import ALWAYS, TokenKind
from monitor.receiver.arrival import Delivery, for_probe, observe
from monitor.receiver.backend import Address, Backend, Copy
from monitor.receiver.connection_limits import ConnectionLimits
from monitor.receiver.deadline import DeadlineResolver
from monitor.receiver.limits import Limits
from monitor.receiver.rule_reply import refusal
from monitor.receiver.session import NULL_PATH, Connection, inert
from monitor.trace.delivery_status import DeliveryStatus, read_statuses

_log: Final = logging.getLogger(__name__)

UNKNOWN: Final = "550 5.1.1 There is no such address here."
NO_RELAY: Final = "550 5.7.1 This server takes no mail for that domain."
ONLY_DSN: Final = "550 5.7.1 Only delivery status notifications are taken here."  # RFC 5321 section 4.5.5
GUESSING: Final = "421 4.7.0 Too many unknown addresses."
TOO_MANY: Final = "452 4.5.3 Too many recipients for one message; send the rest again."
BUSY: Final = "451 4.3.2 Busy; please try again in a minute."
NOT_KEPT: Final = "451 4.3.0 The message cannot be recorded now; please try again later."
TROUBLE: Final = "451 4.3.0 Trouble on our side; please try again later."
STRANGER: Final = "550 5.7.1 Copies of bounces are taken from the list's own hosts alone."
WHOSE: Final = "451 4.4.3 DNS did not say whose host this is; please try again later."
RECORDED: Final = "250 2.0.0 Recorded; thank you."
CROWDED: Final = "421 4.7.0 Too many connections from your network."


class Handler:
    """aiosmtpd's hooks. One serves all sessions; messages are evaluated in threads, so that the event loop never waits."""

    def __init__(
        self, *, domain: str, hostname: str, desk: Backend, resolver: Resolver, limits: Limits, door: ConnectionLimits
    ) -> None:
        self._domain = a_label(domain)
        self._hostname = hostname
        self._desk = desk
        self._resolver = resolver
        self._limits = limits
        self._door = door
        self._pool = ThreadPoolExecutor(limits.evaluations, thread_name_prefix="receiver")
        self._waiting = 0

    def close(self) -> None:
        """Wait for the messages that are being recorded."""
        self._pool.shutdown(wait=True)

    async def handle_PROXY(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Dialogue, envelope: Envelope, proxy: ProxyData
    ) -> bool:
        """Whom a load balancer speaks for; False closes. Its own health checks (LOCAL, UNKNOWN) keep its own address."""
        del session, envelope
        if proxy.command == V2_CMD.LOCAL or proxy.protocol == PROTO.UNSPEC:
            return True
        if proxy.family != AF.INET6 or proxy.protocol != PROTO.STREAM or not isinstance(proxy.src_addr, IPv6Address):
            return False  # announced over IPv4: that cannot be what came to an IPv6-only receiver
        server.client_ip = proxy.src_addr
        if not self._door.count(server):
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
        del session, envelope, address, mail_options
        server.addresses = []
        return MISSING

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Dialogue, envelope: Envelope, address: str, rcpt_options: Sequence[str]
    ) -> Any:
        """Only an address that we issued and that has not expired; all else is refused here, never accepted and dropped."""
        del session, rcpt_options
        if len(server.addresses) >= self._limits.recipients:
            return TOO_MANY
        local_part, _, domain = inert(address).rpartition("@")
        if not local_part:
            accepted: Address | str = UNKNOWN  # no "@": not even RFC 5321 section 4.5.1's plain postmaster
        else:
            accepted = self._find(local_part) if _same_domain(domain, self._domain) else NO_RELAY
        if isinstance(accepted, Address):
            if server.addresses and not {accepted.claims.kind, server.addresses[0].claims.kind} <= {TokenKind.PROBE}:
                return TOO_MANY  # the answer to the end of data is one for all: other kinds come alone
            if accepted.claims.kind is TokenKind.BOUNCE and envelope.mail_from != NULL_PATH:
                return ONLY_DSN
            server.addresses.append(accepted)
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
            helo=inert(session.host_name),
            reverse_path=inert(envelope.mail_from).removeprefix(NULL_PATH),
            protocol=("UTF8" + protocol.removeprefix("E") if envelope.smtp_utf8 else protocol) + ("S" if tls else ""),
            tls_version=tls[0] if tls else None,
            tls_cipher=tls[1] if tls else None,
            content=content if content is not None else b"",
            received_at=self._desk.now(),
            server_ip=server.server_ip,
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

    def _find(self, local_part: str) -> Address | str:
        try:
            found = self._desk.read(local_part)
        except InvalidToken as refused:
            _log.info("address_refused", extra={"reason": refused.reason})
            return UNKNOWN
        return found

    def _take(self, delivery: Delivery, addresses: tuple[Address, ...]) -> str:
        """In a thread: ask DNS, read the probes, record; the reply. Raises StoreUnavailable, and then nothing is lost: 451."""
        first = addresses[0]
        if first.claims.kind is TokenKind.BOUNCE:
            return self._take_dsn(delivery, first)
        if first.rule is not None:
            reply = refusal(first.rule, delivery.client_ip)
            attempt = Attempt(
                at=delivery.received_at,
                client_ip=delivery.client_ip,
                reply=reply,
                server_ip=delivery.server_ip,
            )
            limit = None if first.claims.refusals == ALWAYS else first.claims.refusals
            if self._desk.notes.refuse(first.claims.probe_id, attempt, limit=limit):
                _log.info("probe_refused_as_asked", extra={"list_id": first.list_id, "rule": first.rule.id})
                return reply
        resolver = DeadlineResolver(self._resolver, self._limits.evaluation)
        arrival = observe(delivery, resolver, hostname=self._hostname)
        if first.claims.kind is TokenKind.COPIES:
            return self._take_copy(replace(arrival, list_id=first.list_id), delivery.content)
        if first.claims.kind is TokenKind.CANARY:
            seen = read_canary(delivery.content)
            self._desk.record(replace(arrival, list_id=first.list_id, canary=seen))
            _log.info("canary_received", extra={"list_id": first.list_id, "kind": seen.kind.value})
            return RECORDED
        arrival = replace(arrival, direct=first.claims.kind is TokenKind.DIRECT)
        for address in addresses:
            probe_id = address.claims.probe_id
            submitted_at = self._desk.submitted_at(probe_id)
            self._desk.record(for_probe(arrival, list_id=address.list_id, probe_id=probe_id, submitted_at=submitted_at))
            _log.info("probe_arrived", extra={"list_id": address.list_id, "probe_id": probe_id})
        return RECORDED

    def _take_copy(self, arrival: Arrival, content: bytes) -> str:
        """Keep what a copy of a bounce of the list's tells, and nothing of the copy."""
        became = self._desk.copied(arrival, content)
        _log.info("bounce_copied", extra={"list_id": arrival.list_id, "became": became.value})
        return {Copy.KEPT: RECORDED, Copy.FOREIGN: STRANGER, Copy.UNPROVEN: WHOSE}[became]

    def _take_dsn(self, delivery: Delivery, address: Address) -> str:
        """Note the DSN in the probe that its address names; a report that cannot be read is noted as such."""
        statuses = read_statuses(delivery.content)
        status = next((each for each in statuses if each.action == "failed"), next(iter(statuses), None))
        action, summary = ("", "a notification without a report") if status is None else (status.action, _line(status))
        probe_id = address.claims.probe_id
        self._desk.notes.returned(probe_id, action=action, summary=summary, at=delivery.received_at)
        _log.info("dsn_came_back", extra={"list_id": address.list_id, "probe_id": probe_id, "action": action})
        return RECORDED


def _line(status: DeliveryStatus) -> str:
    """A DSN in one line: action, status, what was said, and by whom."""
    said = status.diagnostic_code or "no diagnostic"
    return f"{status.action} {status.status}: {said} (reported by {status.reporting_mta or 'nobody'})"


def _same_domain(domain: str, ours: str) -> bool:
    try:
        return a_label(domain) == ours
    except InvalidName:
        return False
