"""What is sent: messages of lists and of none, by a seed, and handed to the MTA as fast as it takes them."""

import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.delivered.lists import BY_ID, DOMAIN, NO_LIST, VERP, reverse_path
from tests.delivered.receiving import DOMAINS, LIST_HOST_V6, Domain
from tests.integration.netns import Netns

MARK: Final = "xq7member"  # every subscriber's local part begins so, and nothing else holds it
MEMBERS: Final = 400  # of a domain
DOMAINS_MOST: Final = 3  # that a post without VERP goes to
SESSIONS: Final = 6
OF_A_SESSION: Final = 200  # messages

_OF_LIST: Final = ("dev", "dev", "talk", "ops", "announce", "users", "users", "news", NO_LIST)


@dataclass(frozen=True, slots=True)
class Message:
    """One that the MTA is given."""

    number: int
    mailing_list: str
    reverse_path: str
    recipients: tuple[str, ...]
    xverp: bool = False

    @property
    def octets(self) -> bytes:
        """Its header and text."""
        sender = f"{self.mailing_list or 'shop'}@{DOMAIN}"
        return (
            f"From: {sender}\r\nTo: {sender}\r\nSubject: {self.number}\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n"
            f"Message-ID: <{self.number}.{self.mailing_list}@author.example>\r\n\r\nText.\r\n"
        ).encode()


def messages(number: int, seed: int) -> Iterator[Message]:
    """So many, always the same of one seed."""
    chance = random.Random(seed)
    for each in range(number):
        mailing_list = chance.choice(_OF_LIST)
        fitting = [one for one in DOMAINS if mailing_list in one.lists]
        verp = mailing_list in VERP
        places = _some(fitting, 1 if verp else chance.randint(1, DOMAINS_MOST), chance)
        recipients = [
            f"{MARK}{n}@{place.name}"
            for place in places
            for n in chance.sample(range(MEMBERS), 1 if verp else place.group)
        ]
        user, _, domain = recipients[0].rpartition("@")
        xverp = bool(mailing_list) and BY_ID[mailing_list].verp == "XVERP"
        yield Message(each, mailing_list, reverse_path(mailing_list, user, domain), tuple(recipients), xverp)


def nowhere(sent: list[Message]) -> int:
    """How many tries must have failed in DNS: one for each message to a domain that is not there."""
    gone = {domain.name for domain in DOMAINS if not domain.hosts}
    return sum(len({to.rpartition("@")[2] for to in each.recipients} & gone) for each in sent)


def hand_over(sent: list[Message], host: Netns) -> None:
    """Give them to the MTA, over a few sessions at once; returns when all are in its queue."""
    problems: list[Exception] = []

    def run(share: list[Message]) -> None:
        try:
            for start in range(0, len(share), OF_A_SESSION):
                _session(share[start : start + OF_A_SESSION], host)
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails the run
            problems.append(error)

    threads = [threading.Thread(target=run, args=(sent[n::SESSIONS],)) for n in range(SESSIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if problems:
        raise problems[0]


def _session(share: list[Message], host: Netns) -> None:
    with host.entered():
        connection = socket.create_connection((LIST_HOST_V6, 25), timeout=120)
    with connection, connection.makefile("rb") as replies:
        _expect(replies.readline(), b"220")
        _say(connection, replies, "EHLO manager.lists.example.org", 250)
        for each in share:
            commands = [f"MAIL FROM:<{each.reverse_path}>{' XVERP' if each.xverp else ''}"]
            commands += [f"RCPT TO:<{to}>" for to in each.recipients]
            connection.sendall("".join(f"{line}\r\n" for line in (*commands, "DATA")).encode())
            for _ in commands:
                _expect(replies.readline(), b"250")
            _expect(replies.readline(), b"354")
            connection.sendall(each.octets + b".\r\n")
            _expect(replies.readline(), b"250")
        _say(connection, replies, "QUIT", 221)


def _say(connection: socket.socket, replies: object, line: str, code: int) -> None:
    connection.sendall(f"{line}\r\n".encode())
    while True:
        reply = replies.readline()  # type: ignore[attr-defined]  # a file of octets
        _expect(reply, str(code).encode())
        if reply[3:4] != b"-":
            return


def _expect(reply: bytes, code: bytes) -> None:
    if not reply.startswith(code):
        raise AssertionError(f"the MTA said {reply!r}")


def _some(places: list[Domain], number: int, chance: random.Random) -> list[Domain]:
    """So many different ones at most, the weightier oftener."""
    found = chance.choices(places, [each.weight for each in places], k=number)
    return list(dict.fromkeys(found))
