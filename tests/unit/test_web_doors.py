"""Whose connections count for which network, and how long the server waits for whom."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from monitor.config.settings import WebSettings
from monitor.doors.places import Places
from monitor.web.http_connection import CONNECTIONS, SHARES, _counted
from monitor.web.patience import Stage, patience_s
from tests.unit.test_doors_places import Client


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        pytest.param("127.0.0.1", None, id="a program of this machine"),
        pytest.param("", None, id="a Unix socket"),
        pytest.param("10.1.2.3", None, id="a named proxy"),
        pytest.param("192.0.2.7", "192.0.2.7", id="a stranger"),
        pytest.param("2001:db8::7", "2001:db8::7", id="a stranger over IPv6"),
    ],
)
def test_who_speaks_for_others_has_no_share(peer: str, counted: str | None) -> None:
    address = _counted(WebSettings(proxies=("10.0.0.0/8",)), peer)
    assert (None if address is None else str(address)) == counted


def test_strangers_of_both_families_leave_room_for_this_machine() -> None:
    """Even were all of them at work: its monitoring gets through to /healthz, and its proxy to the rest."""
    places: Places[Client] = Places(CONNECTIONS, SHARES)
    for number in range(CONNECTIONS):
        places.admit(Client(lingers=False), IPv4Address(0x01000000 + (number << 12)))
        places.admit(Client(lingers=False), IPv6Address((0x2A << 120) + (number << 90)))
    assert len(places) == 1900
    assert places.admit(Client(), None)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.ANSWER])
def test_no_stage_that_waits_for_a_client_is_without_an_end(stage: Stage) -> None:
    assert (patience_s(stage, 0) or 1000.0) <= 60.0


def test_who_reads_slowly_but_reads_has_the_time_that_it_takes() -> None:
    """16 KiB a second is enough; our own work has no end but its own."""
    assert patience_s(Stage.READING, 160 << 10) == 40.0
    assert patience_s(Stage.ANSWER, 0) is None
