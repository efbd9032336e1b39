"""How many octets of messages are held at once."""

from monitor.receiver.limits import Limits
from monitor.receiver.message_room import MessageRoom


def test_a_small_message_always_finds_room_and_large_ones_share_theirs() -> None:
    room = MessageRoom(Limits(small_message_octets=100, large_messages_octets=1000))
    assert room.resize(0, 600)
    assert not room.resize(0, 401)
    assert room.resize(0, 100)
    assert room.resize(100, 400)
    assert not room.resize(400, 401)
    assert room.resize(600, 0)
    assert room.resize(400, 401)
    assert room.resize(401, 0)
    assert room.large == 0


def test_all_messages_together_leave_a_small_machine_its_memory() -> None:
    """The bound that the documentation tells: 253 MiB, with a small message in every session."""
    limits = Limits()
    assert limits.connections * limits.small_message_octets + limits.large_messages_octets <= 256 << 20
    assert limits.message_octets <= limits.large_messages_octets
