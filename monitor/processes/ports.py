"""Listening addresses: a sentence where one cannot be had, before a server fails on it in words of its own."""

import errno
import socket
from contextlib import closing

from monitor.config.endpoints import split_endpoint
from monitor.errors import Unavailable


def see_that_it_is_free(listen: str, *, key: str) -> None:
    """Nothing, if a server may listen there. Raises Unavailable naming the `key` of the configuration to change."""
    host, port = split_endpoint(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise Unavailable(f"{listen} {_why(error)} (the key is {key}).", reason="listen") from error


def is_here(listen: str) -> bool:
    """Whether this machine has that address. A port that is taken, or not allowed, does not count."""
    host, _ = split_endpoint(listen)
    try:
        with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True


def has_ipv6() -> bool:
    """Whether this machine speaks IPv6 at all."""
    return is_here("[::1]:25")


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is taken by another program: stop it, or choose another port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "is not allowed for this user: choose a port above 1023"
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return "is no address of this machine: choose another"
    return f"cannot be listened on: {error.strerror}"
