"""A UDP relay before a name server that holds every answer back for a while. Run as a process of its own.

`python -m bench.delay LISTEN_PORT BEHIND_PORT DELAY_MS [LISTEN_ADDRESS]`
"""

import select
import socket
import sys
import time
from collections import deque


def relay(listen_port: int, behind_port: int, delay_s: float, address: str = "127.0.0.1") -> None:
    """Relay until killed."""
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    front.bind((address, listen_port))
    back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    back.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    back.connect(("127.0.0.1", behind_port))
    for one in (front, back):
        one.setblocking(False)
    clients: dict[int, tuple[bytes, object]] = {}
    held: deque[tuple[float, bytes, object]] = deque()
    number = 0
    while True:
        wait = max(held[0][0] - time.monotonic(), 0) if held else 1.0
        ready, _, _ = select.select([front, back], [], [], wait)
        if front in ready:
            try:
                while True:
                    octets, client = front.recvfrom(4096)
                    number = (number + 1) & 0xFFFF
                    clients[number] = (octets[:2], client)
                    back.send(number.to_bytes(2) + octets[2:])
            except BlockingIOError:
                pass
        if back in ready:
            due = time.monotonic() + delay_s
            try:
                while True:
                    octets = back.recv(65535)
                    identifier, client = clients.pop(int.from_bytes(octets[:2]), (b"", None))
                    if client is not None:
                        held.append((due, identifier + octets[2:], client))
            except BlockingIOError:
                pass
        now = time.monotonic()
        while held and held[0][0] <= now:
            _, octets, client = held.popleft()
            front.sendto(octets, client)  # type: ignore[arg-type]  # what recvfrom gave


if __name__ == "__main__":
    relay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000, *sys.argv[4:5])
