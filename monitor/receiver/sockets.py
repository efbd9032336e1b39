"""The receiver's sockets: bound here, or handed in by systemd."""

import errno
import os
import socket
from typing import Final

from monitor.errors import Unavailable, UsageError

SYSTEMD_FIRST_FD: Final = 3  # sd_listen_fds(3)


def bind(address: tuple[str, int], *, reuse_port: bool = False) -> socket.socket:
    """A socket at IPv6 address and port that IPv4 cannot reach (RFC 3493 section 5.3), bound but not listening.

    Port 0 takes a free one. With `reuse_port` several processes share the port.
    Raises Unavailable (`in-use`, `permission`, `no-ipv6`).
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
        raise _unbound(f"[{address[0]}]:{address[1]}", error) from error
    return sock


def _unbound(listen: str, error: OSError) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            f"{listen} is taken by another program; stop it, or give receiver.listen another port.", reason="in-use"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unavailable(
            f"{listen} is not allowed for this user; use systemd's socket, CAP_NET_BIND_SERVICE, or a port above 1023.",
            reason="permission",
        )
    return Unavailable(f"The receiver cannot listen on {listen}: {error.strerror}. Is there IPv6?", reason="no-ipv6")


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
