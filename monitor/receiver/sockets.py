"""The receiver's sockets: bound here, or handed in by systemd."""

import os
import socket
from typing import Final

from monitor.errors import Unavailable, UsageError
from monitor.processes.ports import cannot_listen

SYSTEMD_FIRST_FD: Final = 3  # sd_listen_fds(3)


def bind(address: tuple[str, int], *, reuse_port: bool = False) -> socket.socket:
    """A socket at IPv6 address and port that IPv4 cannot reach (RFC 3493 section 5.3), bound but not listening.

    Port 0 takes a free one. With `reuse_port` several processes share the port.
    Raises Unavailable: `no-ipv6`, or as `cannot_listen` makes it.
    """
    try:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable(
            f"This machine has no IPv6, so that the receiver cannot listen: {error.strerror}.", reason="no-ipv6"
        ) from error
    try:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise cannot_listen(*address, error, part="the receiver", key="receiver.listen") from error
    return sock


def systemd_socket() -> socket.socket | None:
    """The socket that systemd's socket unit hands over (sd_listen_fds(3)); None where there is none.

    Raises UsageError where IPv4 could reach it.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS", "0") == "0":
        return None
    sock = socket.socket(fileno=SYSTEMD_FIRST_FD)
    if sock.family is not socket.AF_INET6 or not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        raise UsageError(
            "The socket from systemd is not IPv6-only: set BindIPv6Only=ipv6-only and an IPv6 ListenStream."
        )
    sock.setblocking(False)
    return sock
