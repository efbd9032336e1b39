"""A port that cannot be had is a sentence that names the key to change."""

import errno
import os
import socket

import pytest

from monitor.errors import Unavailable
from monitor.processes import ports
from monitor.processes.holder import holder
from monitor.processes.ports import has_ipv6, see_that_it_is_free

pytestmark = pytest.mark.integration
PAGES = {"part": "the pages", "key": "web.listen"}


def test_a_taken_port_is_told_and_a_free_one_is_not():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        said = (
            rf"^{listen}, where the pages would listen, is taken by .* \(process {os.getpid()}\): .* give web\.listen "
        )
        with pytest.raises(Unavailable, match=said):
            see_that_it_is_free(listen, **PAGES)
    see_that_it_is_free(listen, **PAGES)


def test_an_address_of_another_machine_is_told():
    with pytest.raises(Unavailable, match=r"is no address of this machine.*: change web\.listen"):
        see_that_it_is_free("[2001:db8::25]:8025", **PAGES)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_what_speaks_ipv4_at_a_port_leaves_it_free_over_ipv6():
    """As our servers take it; and the holder of all addresses is named to whoever wants one of them."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        see_that_it_is_free(f"[::]:{port}", **PAGES)
        assert holder("127.0.0.1", port).endswith(f"(process {os.getpid()})")
        assert holder("::1", port) == ""
    assert holder("127.0.0.1", port) == ""


def test_localhost_needs_one_of_its_addresses(monkeypatch):
    """Where there is no IPv6 it is 127.0.0.1 alone."""

    def refusal(family, address):
        return OSError(errno.EADDRNOTAVAIL, "no") if family == socket.AF_INET6 or address[1] == 1 else None

    def both(_host, port, **_):
        families = ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"))
        return [(family, socket.SOCK_STREAM, 0, "", (address, port)) for family, address in families]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    monkeypatch.setattr(ports, "_refusal", refusal)
    see_that_it_is_free("localhost:8025", **PAGES)
    with pytest.raises(Unavailable, match="no address of this machine"):
        see_that_it_is_free("localhost:1", **PAGES)


def test_a_port_that_is_not_allowed_is_told_with_what_would_allow_it(monkeypatch):
    monkeypatch.setattr(ports, "_refusal", lambda *_: PermissionError(errno.EACCES, "no"))
    with pytest.raises(Unavailable, match=r"^\[::\]:25, where the receiver would listen, is not allowed.*CAP_NET_BIND"):
        see_that_it_is_free("[::]:25", part="the receiver", key="receiver.listen")
