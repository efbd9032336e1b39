"""Listening addresses: a sentence where one cannot be had, before a server fails on it in words of its own."""

import errno
import socket
from contextlib import closing
from typing import Any, Final

from monitor.config.endpoints import split_endpoint
from monitor.errors import Unavailable
from monitor.processes.holder import holder

_NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, socket.EAI_ADDRFAMILY, socket.EAI_NONAME})
_FREE_FOR_ALL: Final = 1024  # ports from here on need no privilege (ip(7), ip_unprivileged_port_start)


def see_that_it_is_free(listen: str, *, part: str, key: str) -> None:
    """Nothing, if a server may listen there. Raises Unavailable as `cannot_listen` makes it."""
    host, port = split_endpoint(listen)
    try:
        addresses = {(each[0], each[4][:2]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        refused = [error for family, address in addresses if (error := _refusal(family, address)) is not None]
        elsewhere = [error for error in refused if error.errno in _NOT_HERE]
        if len(elsewhere) < len(addresses):  # "localhost" where there is no IPv6 is 127.0.0.1
            refused = [error for error in refused if error not in elsewhere]
        if refused:
            raise refused[0]
    except OSError as error:
        raise cannot_listen(host, port, error, part=part, key=key) from error


def cannot_listen(host: str, port: int, error: OSError, *, part: str, key: str) -> Unavailable:
    """What to raise: one sentence with the address, the `part` that was to listen there, and what to do.

    `key` is that of the configuration. The reason is `in-use`, `permission`, `no-address` or `listen`.
    """
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    begin = f"{listen}, where {part} would listen,"
    if error.errno == errno.EADDRINUSE:
        by = holder(host, port) or f"another program, which `ss -ltnp 'sport = :{port}'` names to root"
        return Unavailable(f"{begin} is taken by {by}: stop that, or give {key} another port.", reason="in-use")
    if error.errno in (errno.EACCES, errno.EPERM):
        mend = f"use systemd's socket or CAP_NET_BIND_SERVICE, or give {key} a port from {_FREE_FOR_ALL} on"
        return Unavailable(f"{begin} is not allowed for this user: {mend}.", reason="permission")
    if error.errno in _NOT_HERE:
        why = ", which has no IPv6" if ":" in host and not has_ipv6() else ""
        return Unavailable(f"{begin} is no address of this machine{why}: change {key}.", reason="no-address")
    return Unavailable(f"{begin} cannot be listened on: {error.strerror}. The key is {key}.", reason="listen")


def is_here(listen: str) -> bool:
    """Whether this machine has that address. A port that is taken, or not allowed, does not count."""
    host, _ = split_endpoint(listen)
    return _refusal(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, 0)) is None


def has_ipv6() -> bool:
    """Whether this machine speaks IPv6 at all."""
    return is_here("[::1]:25")


def _refusal(family: socket.AddressFamily, address: tuple[Any, ...]) -> OSError | None:
    """Why no socket can be bound there; None where one can."""
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # as our servers do: IPv4 there is somebody else's affair
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None
