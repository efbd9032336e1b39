"""One dialogue with an SMTP server, from the look-up of its name to the farewell, under one deadline.

What smtplib does of the protocol stays; how it reads replies does not. There a reply has no bound in lines, and a
connection that ends within a line makes a whole reply of what had come: "550" of a sentence, a refusal that nobody
meant.
"""

import smtplib
import ssl
from contextlib import suppress
from datetime import timedelta
from typing import Final, Literal

from monitor.deadline import Deadline, in_time, look_up, reach
from monitor.phrase.phrase import say

# RFC 5321 section 4.5.3.1.5 allows 512 octets a line; the longest answers to EHLO have some dozens of lines.
REPLY_OCTETS_MAX: Final = 64 << 10
CONNECT_TIMEOUT: Final = timedelta(seconds=10)  # of one address: three SYN, at 1, 3 and 7 s (RFC 6298 section 2)
FAREWELL: Final = timedelta(seconds=2)  # for the answer to QUIT
OWN_NAME_LATE: Final = say("This host's own name was not found in time: see its hosts file and its DNS.")
_PART_OCTETS: Final = 4096

Stage = Literal["own name", "resolve", "connect", ""]  # how far it has come; "": there is a connection


class EndlessReply(smtplib.SMTPException):
    """A reply that is longer than any may be."""


def is_late(error: Exception, deadline: Deadline) -> bool:
    """Whether an error of a dialogue is its deadline's doing, or a socket's whose time was the same."""
    return deadline.passed or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _own_name() -> str:
    """What is said at EHLO where no name is set (RFC 5321 section 4.1.4): the system's, whose DNS may take its time."""
    return smtplib.SMTP().local_hostname


class Dialogue(smtplib.SMTP):
    """A session that its deadline ends: open it with `begin`; then it is an `smtplib.SMTP` like another."""

    def __init__(self, deadline: Deadline, *, helo: str | None = None) -> None:
        self._deadline = deadline
        self._come = bytearray()
        self.heard = False  # whether anything was ever said: who is silent after that thinks, and can be reached
        self.stage: Stage = "own name"
        super().__init__(local_hostname=helo or "", timeout=deadline.left_s)

    def begin(
        self,
        host: str,
        port: int,
        *,
        source: tuple[str, int] | None = None,
        tls: ssl.SSLContext | None = None,
        first: bytes = b"",
    ) -> None:
        """Connect, under TLS at once where a context is given, and hear the greeting; `first` is said before it.

        Raises OSError, or SMTPConnectError where the greeting is another one.
        """
        if not self.local_hostname:
            self.local_hostname = in_time(_own_name, self._deadline, what="finding this host's own name")
        self.stage = "resolve"
        addresses = look_up(host, port, deadline=self._deadline)
        self.stage = "connect"
        self._host = host  # what STARTTLS verifies
        self.sock = reach(addresses, port, deadline=self._deadline, source=source, at_most=CONNECT_TIMEOUT)
        self.stage = ""
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock, server_hostname=host)
            self.heard = True
        if first:
            self.sock.sendall(first)
        code, said = self.getreply()
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, said)

    def farewell(self) -> None:
        """QUIT; its answer matters no more, so that it is not waited for for long."""
        with suppress(smtplib.SMTPException, OSError):
            if self.sock is not None:
                self.sock.settimeout(min(FAREWELL.total_seconds(), self._deadline.left_s))
                self.docmd("QUIT")

    def secure(self, context: ssl.SSLContext) -> None:
        """STARTTLS. What was said before the handshake counts for nothing after it (RFC 3207 section 4.2).

        Raises as smtplib's `starttls`.
        """
        self.starttls(context=context)
        self._come.clear()

    def getreply(self) -> tuple[int, bytes]:
        """Code and text of one whole reply (RFC 5321 section 4.2); code -1 for what is none.

        Raises SMTPServerDisconnected where it does not come to its end, EndlessReply where it has none.
        """
        said: list[bytes] = []
        size = 0
        while True:
            line = self._line()
            size += len(line)
            if size > REPLY_OCTETS_MAX:
                self._break_off()
            said.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]) if line[:3].isdigit() else -1, b"\n".join(said)

    def _line(self) -> bytes:
        """One line that ended."""
        while (end := self._come.find(b"\n")) < 0:
            if len(self._come) > REPLY_OCTETS_MAX:
                self._break_off()
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("please run connect() first")
            try:
                part = self.sock.recv(_PART_OCTETS)
            except OSError as error:
                self.close()
                raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error
            if not part:
                self.close()
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            self.heard = True
            self._come += part
        line = bytes(self._come[: end + 1])
        del self._come[: end + 1]
        return line

    def _break_off(self) -> None:
        self.close()
        raise EndlessReply("its reply has no end")
