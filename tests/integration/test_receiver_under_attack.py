"""Other clients are served while strangers send the worst messages there are, as large as they may be."""

import contextlib
import threading
import time

import pytest

from monitor.receiver.limits import Limits
from tests.integration.house import House, address, client
from tests.integration.test_receiver_hardening import SENDER, raw, recipient

pytestmark = pytest.mark.integration

OCTETS = Limits().message_octets - 4096
SIGNED = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=lists.example.org; s=ed; h=from; bh=Zg==; b=Zg==\r\n"
) * 10 + b"From: a@lists.example.org\r\n"
ATTACKERS = 6
HEADER = 1 << 20
PATIENCE_S = 5.0  # the claim is one second, which a bench holds; an evaluation that is not linear takes minutes


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(SIGNED + b"\r\n" + b" " * OCTETS, id="a body of blanks"),
        pytest.param(SIGNED + b"\r\n" + b" a" * (OCTETS // 2), id="a blank beside each letter"),
        pytest.param(SIGNED + b"\r\n" + b"a.\r\n" * (OCTETS // 4), id="what may be the end, again and again"),
        pytest.param(SIGNED + b"\r\n" + b"\r\n" * (OCTETS // 2), id="empty lines"),
        pytest.param(SIGNED + b"a:\r\n" * (HEADER // 4) + b"\r\n", id="a header of very many fields"),
        pytest.param(SIGNED + b"X: a\r\n" + b" a\r\n" * (HEADER // 4) + b"\r\n", id="a field of very many lines"),
    ],
)
def test_no_message_keeps_other_clients_waiting(message):
    house, stop, ended = House(), threading.Event(), []

    def attack():
        while not stop.is_set():
            with contextlib.suppress(OSError), raw(receiver, SENDER, recipient(), b"DATA\r\n") as session:
                session.say(message + b"\r\n.\r\n")
                ended.append(session.reply())

    with house.receiver() as receiver:
        attackers = [threading.Thread(target=attack) for _ in range(ATTACKERS)]
        for each in attackers:
            each.start()
        try:
            waited = []
            for _ in range(5):
                began = time.monotonic()
                with client(receiver) as session:
                    assert session.noop()[0] == 250
                    assert session.docmd("MAIL", "FROM:<a@example.org>")[0] == 250
                    assert session.rcpt(address())[0] == 250
                waited.append(time.monotonic() - began)
            while not ended and attackers[0].is_alive():
                time.sleep(0.05)
        finally:
            stop.set()
            for each in attackers:
                each.join()
    assert max(waited) < PATIENCE_S
    assert set(ended) == {b"250 2.0.0 Recorded; thank you.\r\n"}
