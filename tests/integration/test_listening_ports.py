"""A port that cannot be had is a sentence that names the key to change."""

import socket

import pytest

from monitor.errors import Unavailable
from monitor.processes.ports import see_that_it_is_free

pytestmark = pytest.mark.integration


def test_a_taken_port_is_told_and_a_free_one_is_not():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unavailable, match=rf"^{listen} is taken by another program.*web\.listen"):
            see_that_it_is_free(listen, key="web.listen")
    see_that_it_is_free(listen, key="web.listen")


def test_an_address_of_another_machine_is_told():
    with pytest.raises(Unavailable, match="is no address of this machine"):
        see_that_it_is_free("[2001:db8::25]:8025", key="web.listen")
