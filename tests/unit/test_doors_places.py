"""Who gets a place, and who makes room for whom."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

import pytest

from monitor.doors.places import Places, Share
from monitor.receiver.limits import Limits

HONEST = ip_address("2001:db8:ffff:1::25")


@dataclass(eq=False)
class Client:
    lingers: bool = True
    gone: bool = False

    def make_room(self) -> None:
        self.gone = True


@pytest.fixture
def receiver() -> Places[Client]:
    """As many as the receiver has."""
    limits = Limits()
    return Places(limits.connections, {6: limits.shares})


def flood(places: Places[Client], networks: int, *, bits: int, each: int, lingers: bool = True) -> list[Client]:
    """So many clients of each of the first networks of that size below 2a00::/16."""
    made = []
    for number in range(networks):
        for host in range(each):
            made.append(Client(lingers=lingers))
            places.admit(made[-1], IPv6Address((0x2A << 120) + (number << (128 - bits)) + host))
    return made


@pytest.mark.parametrize(
    ("bits", "networks", "most"),
    [
        pytest.param(64, 1, 50, id="one /64"),
        pytest.param(64, 40, 100, id="40 /64s of one /56"),
        pytest.param(56, 40, 200, id="40 /56s of one /48"),
        pytest.param(48, 40, 500, id="40 /48s of one /32"),
    ],
)
def test_a_network_of_any_size_has_its_share_and_no_more(
    receiver: Places[Client], bits: int, networks: int, most: int
) -> None:
    flood(receiver, networks, bits=bits, each=60, lingers=False)
    assert len(receiver) == most
    assert receiver.admit(Client(), HONEST)


def test_who_is_busy_in_numbers_keeps_nobody_else_out(receiver: Places[Client]) -> None:
    """40 /64s of one /48, all of whom do something: 200 places of 2000."""
    flood(receiver, 40, bits=64, each=50, lingers=False)
    assert receiver.admit(Client(), HONEST)
    assert not receiver.admit(Client(), ip_address("2a00::ff"))


def test_idlers_from_everywhere_keep_nobody_out_and_throw_out_nobody_who_is_busy(receiver: Places[Client]) -> None:
    busy = Client(lingers=False)
    assert receiver.admit(busy, HONEST)
    idlers = flood(receiver, 10_000, bits=32, each=1)
    assert len(receiver) == 2000
    assert receiver.admit(Client(), HONEST)
    assert not busy.gone
    assert [one.gone for one in idlers] == [True] * 8002 + [False] * 1998, "who came first makes room first"


def test_a_neighbour_of_idlers_gets_in_and_strangers_are_left_alone(receiver: Places[Client]) -> None:
    """Providers give their customers neighbouring /64s: one that idles must not lock out the other."""
    stranger = Client()
    receiver.admit(stranger, HONEST)
    idlers = flood(receiver, 4, bits=64, each=50)
    assert receiver.admit(Client(), ip_address("2a00:0:0:3::99"))
    assert not stranger.gone
    assert not idlers[-1].gone


def test_who_did_what_it_came_for_counts_as_new() -> None:
    places: Places[Client] = Places(2, {})
    first, second = Client(), Client()
    for one in (first, second):
        assert places.admit(one, None)
    places.renew(first)
    assert places.admit(Client(), None)
    assert (first.gone, second.gone) == (False, True)


def test_a_client_behind_a_proxy_is_counted_once_it_is_announced() -> None:
    places: Places[Client] = Places(10, {6: (Share(64, 1),)})
    first, second = Client(lingers=False), Client()
    for one in (first, second):
        assert places.admit(one, None)
    assert places.admit(first, HONEST)
    assert not places.admit(second, HONEST)
    assert places.guests == (first,)


def test_nothing_is_remembered_of_who_has_left() -> None:
    places: Places[Client] = Places(10, {6: (Share(64, 1),)})
    one = Client()
    places.admit(one, HONEST)
    for _ in range(2):
        places.leave(one)
    places.renew(one)
    assert len(places) == 0
    assert places._crowds == {"everybody": {}}
