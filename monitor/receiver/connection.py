"""One connection of a client: aiosmtpd's dialogue, narrowed to what we do, with our bounds on time and size."""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Any, Final

from aiosmtpd.smtp import SMTP, syntax

from monitor.receiver.limits import REPLY_OCTETS_MAX, Limits
from monitor.receiver.message_room import MessageRoom
from monitor.receiver.token_addresses import Address

_log: Final = logging.getLogger(__name__)

IDENT: Final = "ESMTP Staysub receiver"
# aiosmtpd drains what is too long before it says so; who goes on sending far beyond the announced SIZE is cut off.
OVERRUN_FACTOR: Final = 2
CRLF: Final = b"\r\n"
END_OF_DATA: Final = CRLF + b"." + CRLF
ALL_THAT_CAME: Final = 1 << 30  # octets: more than a connection's buffer holds
STUFFED: Final = 4 / 3  # at most: transparency adds an octet to three at least, "." CR LF (RFC 5321 section 4.5.2)
TOO_MUCH: Final = "552 5.3.4 Too much mail data."
NO_ROOM: Final = "452 4.3.1 Too many large messages at once; please try again in a minute."  # RFC 3463 section 3.4
ROOM_NEEDED: Final = "421 4.3.2 Others are waiting; please try again later."
NO_RECIPIENT: Final = "421 4.4.2 You named no recipient of ours in time."
TOO_FAST: Final = "421 4.7.0 Too much was said without waiting for a reply."
_NO_REPLY_TEXT: Final = re.compile(rb"[^\t -~]")  # RFC 5321 section 4.2, textstring
_SYNTAX_ERROR: Final = re.compile(rb"50[0-9]")  # RFC 5321 section 4.2.1: x0z is about syntax
NULL_PATH: Final = "<>"  # as aiosmtpd hands it over
_PLAIN_PATH: Final = re.compile(  # RFC 5321 section 4.1.2: a Dot-string at a Domain, or nobody
    r"<(?P<path>(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255})?)>(?: +(?P<rest>\S.*))?"
)
CONFUSED: Final = "421 4.7.0 Too many errors."


class Connection(SMTP):
    """An SMTP session that knows whom it serves (`client_ip`), what it accepted (`addresses`), when its time is up."""

    def __init__(
        self,
        handler: object,
        *,
        hostname: str,
        client_ip: IPv6Address,
        limits: Limits,
        room: MessageRoom,
        tls_context: ssl.SSLContext | None,
        behind_proxy: bool,
        on_end: Callable[["Connection"], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            handler,
            hostname=hostname,
            ident=IDENT,
            data_size_limit=limits.report_octets,
            enable_SMTPUTF8=True,  # a list's reverse-path may need it, RFC 6531
            tls_context=tls_context,
            timeout=limits.idle.total_seconds(),
            command_call_limit={
                "MAIL": limits.transactions,
                "DATA": limits.transactions,
                "RSET": limits.transactions,
                "RCPT": limits.transactions * limits.recipients,
                "*": limits.other_commands,
            },
            proxy_protocol_timeout=limits.proxy_header.total_seconds() if behind_proxy else None,
            loop=loop,
        )
        self.client_ip = client_ip
        self.addresses: list[Address] = []
        self.unknown_recipients = 0
        self._syntax_errors = 0
        self.idle = asyncio.Event()  # unset while a message is being received or recorded
        self.idle.set()
        self._limits = limits
        self._octets_max = limits.message_octets  # of the message that is under way
        self._on_end: Callable[[Connection], None] | None = on_end
        self._room = room
        self._held = 0  # octets of a message, as the room counts them
        self._data_octets: int | None = None  # received since DATA; None outside of it
        self._unanswered = 0  # octets of commands since the last reply
        self._timers: list[asyncio.TimerHandle] = []  # the session's end, and of our patience for a recipient
        self._cut_off: asyncio.TimerHandle | None = None  # runs since our last words

    @property
    def tls(self) -> tuple[str, str] | None:
        """Version and cipher, such as ("TLSv1.3", "TLS_AES_256_GCM_SHA384"); None without TLS."""
        channel = None if self.transport is None else self.transport.get_extra_info("ssl_object")
        if channel is None:
            return None
        cipher = channel.cipher()
        return channel.version() or "unknown", cipher[0] if cipher else "unknown"

    @property
    def offers_tls(self) -> bool:
        """Whether we have a certificate, so that a client that came without TLS chose to."""
        return self.tls_context is not None

    @property
    def server_ip(self) -> IPv6Address | None:
        """Which of our addresses the client came to; None where it is gone."""
        name = None if self.transport is None else self.transport.get_extra_info("sockname")
        return IPv6Address(str(name[0]).partition("%")[0]) if name else None

    @property
    def lingers(self) -> bool:
        """Whether it has no recipient of ours and no message under way: nothing is lost with it."""
        return not self.addresses and self.idle.is_set()

    def take(self, address: Address, *, large: bool = False) -> None:
        """A recipient of ours was named, whose mail may be `large`."""
        self._octets_max = self._limits.report_octets if large else self._limits.message_octets
        self.addresses.append(address)
        self._hope.cancel()

    def dismiss(self, reply: str) -> None:
        """Say a last reply and close (RFC 5321 section 3.8); who does not read it is cut off."""
        self._say(reply)
        if self._cut_off is None and isinstance(self.transport, asyncio.WriteTransport):
            self.transport.close()
            self._cut_off = self.loop.call_later(self._limits.last_words.total_seconds(), self._cut)

    def make_room(self) -> None:
        """Say a last reply and end at once."""
        self._say(ROOM_NEEDED)
        self._cut()

    def _say(self, reply: str) -> None:
        """Write a line, but not into a TLS handshake that goes on."""
        if isinstance(self.transport, asyncio.WriteTransport) and not self._shaking_hands:
            self.transport.write(reply.encode("ascii") + CRLF)

    def _cut(self) -> None:
        """End the TCP connection.

        asyncio tells nobody of a connection that ends in a TLS handshake, and aiosmtpd waits for that for ever.
        """
        bottom = self._original_transport or self.transport
        if isinstance(bottom, asyncio.WriteTransport):
            bottom.abort()
        if self._shaking_hands:
            self.connection_lost(None)

    @property
    def _shaking_hands(self) -> bool:
        return self._tls_protocol is not None and (self.session is None or self.session.ssl is None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As aiosmtpd's, which is called again with TLS; time runs from the first call on."""
        super().connection_made(transport)
        if not self._timers:
            self._hope = self._hope_for_recipient()
            self._timers.append(
                self.loop.call_later(
                    self._limits.session.total_seconds(), self.dismiss, "421 4.4.2 This session took too long."
                )
            )

    def _hope_for_recipient(self) -> asyncio.TimerHandle:
        return self.loop.call_later(self._limits.before_recipient.total_seconds(), self.dismiss, NO_RECIPIENT)

    def _set_post_data_state(self) -> None:
        """As aiosmtpd's, at the end of each transaction, however it ends: the next recipient is awaited."""
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd has no type for it
        if self.addresses:
            self.addresses = []
            self._hope = self._hope_for_recipient()

    def data_received(self, data: bytes) -> None:
        """As asyncio's; octets are counted, so that no endless line or flood of commands fills our memory."""
        if self._data_octets is None:
            self._unanswered += len(data)
            if self._unanswered > self._limits.unanswered_octets:
                self.dismiss(TOO_FAST)
                return
        else:
            self._data_octets += len(data)
            if self._data_octets > OVERRUN_FACTOR * self._octets_max:
                _log.info("client_cut_off", extra={"client_ip": str(self.client_ip)})
                self.dismiss(TOO_MUCH)
                return
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """As asyncio's; tells `on_end` once."""
        for timer in (*self._timers, self._hope, self._cut_off):
            if timer is not None:
                timer.cancel()
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self)
        super().connection_lost(error)

    def _timeout_cb(self) -> None:
        self.dismiss("421 4.4.2 You were silent for too long.")

    async def push(self, status: str | bytes) -> None:
        """Say one reply line and nothing more: aiosmtpd repeats commands, and a client's CR or NUL is no text of ours.

        Who makes syntax errors without end is sent away.
        """
        said = status.encode("utf-8", "replace") if isinstance(status, str) else status
        self._unanswered = 0
        await super().push(_NO_REPLY_TEXT.sub(b"?", said)[:REPLY_OCTETS_MAX])
        if _SYNTAX_ERROR.match(said):
            self._syntax_errors += 1
            if self._syntax_errors >= self._limits.syntax_errors:
                self.dismiss(CONFUSED)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """As aiosmtpd's: the path and what stands behind it.

        None for what Python's parser cannot read, so that it gets 553.

        That parser is one of header fields, and takes as long for two paths as a signature takes to verify: plain
        paths, which nearly all are, go by it.
        """
        plain = _PLAIN_PATH.fullmatch(arg) if arg else None
        if plain is not None:
            return plain["path"] or NULL_PATH, plain["rest"] or ""
        try:
            found: tuple[str | None, str | None] = super()._getaddr(arg)
        except Exception:  # noqa: BLE001 - IndexError of "<", AttributeError of "<a@[", and who knows what else
            return None, None
        return found

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a message and let the handler answer.

        aiosmtpd's own refuses lines of more than 1000 octets. We pass nothing on that they could harm, and would lose
        real posts for good (RFC 5321 section 4.5.3.1: no limits where possible).
        """
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first.")
            return
        if arg:
            await self.push("501 5.5.4 DATA has no argument.")
            return
        self._data_octets = 0
        self.idle.clear()
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = await self._read_data()
            self._data_octets = None
            if isinstance(content, str):
                reply = content
            else:
                envelope.content = envelope.original_content = content
                reply = await self._call_handler_hook("DATA")
            self._set_post_data_state()
            self._hold(0)
            await self.push(reply)
        finally:
            self._data_octets = None
            self._hold(0)
            self.idle.set()

    def _hold(self, octets: int) -> bool:
        """Whether there is room for so many octets of the message; then they count."""
        fits = self._room.resize(self._held, octets)
        if fits:
            self._held = octets
        return fits

    async def _read_data(self) -> bytes | str:
        """The data, transparency undone (RFC 5321 section 4.5.2); the reply where they were more than is taken.

        Only CRLF . CRLF ends them (section 4.1.1.4): a bare LF or CR is content, whatever stands around it.
        """
        data, refusal = bytearray(CRLF), ""  # as if a line had ended before the first one
        seen, end = 0, -1  # octets in which the end does not begin; where it begins
        while end < 0:
            some = await self._reader.read(ALL_THAT_CAME)
            if not some:
                raise asyncio.IncompleteReadError(b"", None)
            data += some
            end = data.find(END_OF_DATA, seen)
            seen = max(0, len(data) - len(END_OF_DATA))
            if len(data) > self._octets_max * STUFFED + len(END_OF_DATA):
                refusal = TOO_MUCH
            elif not refusal and not self._hold(len(data)):
                _log.info("no_room_for_message", extra={"client_ip": str(self.client_ip)})
                refusal = NO_ROOM
            if refusal and end < 0:  # what still comes is read and thrown away
                del data[: -len(END_OF_DATA)]
                seen = 0
                self._hold(0)
        behind = bytes(data[end + len(END_OF_DATA) :])
        if behind and not self._reader.at_eof():
            self._reader.feed_data(behind)  # commands (RFC 2920 section 3.1), in order: nothing was left to read
        content = bytes(data[: end + len(CRLF)]).replace(CRLF + b".", CRLF)[len(CRLF) :]
        return refusal or (content if len(content) <= self._octets_max else TOO_MUCH)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: ARG002, N802 - aiosmtpd's name and signature
        """Nobody logs in here."""
        await self.push("502 5.5.1 There is nothing to log in to.")

    async def smtp_VRFY(self, arg: str) -> None:  # noqa: ARG002, N802 - aiosmtpd's name and signature
        """Tokens are not told (RFC 5321 section 3.5.3)."""
        await self.push("252 2.1.5 Cannot verify; try RCPT.")

    async def smtp_PROXY(self, arg: str) -> None:  # noqa: ARG002, N802 - aiosmtpd's naming scheme
        """A PROXY header from a client that may not speak for others: it is refused and the connection closed."""
        self.dismiss("550 5.7.1 You may not speak for others.")

    def __repr__(self) -> str:
        """For logs."""
        return f"Connection({self.client_ip})"


def storable(text: Any) -> str:
    """Text of a command with octets that are no UTF-8 replaced, so that it can be stored and shown."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
