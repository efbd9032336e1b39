"""`python -m tests.delivered.sink SEED FILE`: all receiving hosts in one process, which counts what it answered.

It listens on port 25 of every address of its network namespace; which host it is it sees by the address. At SIGTERM it
writes its counts, [host, family, list, code, enhanced code, attempts, recipients], and per host how often it hung up.
"""

import asyncio
import json
import random
import re
import signal
import socket
import sys
from collections import Counter
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from tests.delivered.lists import BY_ID, has_verp, list_of
from tests.delivered.receiving import DATA, END, GREETING, GROUP_OF, HANG_UP, HELO, HOST_OF, MAIL, ONLY, RCPT, Answer

_ENHANCED: Final = re.compile(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?: |$)")
_END_OF_DATA: Final = b"\r\n.\r\n"


class Counts:
    """What was answered."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.attempts: Counter[tuple[Any, ...]] = Counter()
        self.recipients: Counter[tuple[Any, ...]] = Counter()
        self.hung_up: Counter[str] = Counter()
        self.messages = 0

    def write(self, path: Path) -> None:
        """To a file, as JSON."""
        keys = sorted(set(self.attempts) | set(self.recipients))
        rows = [[*key, self.attempts[key], self.recipients[key]] for key in keys]
        path.write_text(json.dumps({"rows": rows, "hung_up": self.hung_up, "messages": self.messages}))


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.buffer = b""
        self.in_data = False
        self.reverse_path: str | None = None
        self.taken = 0  # recipients of this transaction
        self.opened = False  # whether it is counted already
        self.out: list[str] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        address = ip_address(transport.get_extra_info("sockname")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        self.host, self.family = HOST_OF[str(address)], address.version
        found = self.answer(GREETING)
        if found is None:
            self.say(f"220 {self.host.name} ESMTP")
        else:
            self.refuse(found, GROUP_OF[self.host.name])
        self.flush()
        if found is not None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.transport.is_closing():
            if self.in_data:
                ending = self.buffer.find(_END_OF_DATA)
                if ending < 0:
                    break
                self.buffer = self.buffer[ending + len(_END_OF_DATA) :]
                self.in_data = False
                self.end_of_data()
            else:
                line, found, rest = self.buffer.partition(b"\r\n")
                if not found:
                    break
                self.buffer = rest
                self.command(line.decode())
        self.flush()

    def command(self, line: str) -> None:
        """One line."""
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO" | "HELO":
                self.helo(verb.upper())
            case "MAIL":
                self.mail(_path(rest))
            case "RCPT":
                self.rcpt()
            case "DATA":
                self.data()
            case "RSET":
                self.reverse_path = None
                self.say("250 2.0.0 Ok")
            case "QUIT":
                self.say("221 2.0.0 Bye")
                self.flush()
                self.transport.close()
            case _:
                self.say("502 5.5.2 no such command")

    def helo(self, verb: str) -> None:
        """A client whose EHLO is refused comes back with HELO, so it is refused twice and counted once."""
        if verb == "EHLO":
            self.refused_helo = self.answer(HELO)
        found = self.refused_helo
        if found is not None and (verb == "HELO" or found.reply == HANG_UP):
            self.refuse(found, GROUP_OF[self.host.name])
        elif found is not None:
            self.say(found.reply)
        else:
            pipelining = "250-PIPELINING|" if self.host.pipelining and verb == "EHLO" else ""
            self.say(f"250-{self.host.name}|{pipelining}250 8BITMIME" if verb == "EHLO" else f"250 {self.host.name}")

    def mail(self, path: str) -> None:
        """A transaction begins."""
        self.taken, self.opened, self.reverse_path = 0, False, path
        found = self.answer(MAIL)
        if found is None:
            self.say("250 2.1.0 Ok")
        else:
            self.refuse(found, 1 if has_verp(path) else GROUP_OF.get(self.host.name, 1))
            self.reverse_path = None

    def rcpt(self) -> None:
        """One recipient."""
        if self.reverse_path is None:
            self.say("503 5.5.1 need MAIL")
            return
        found = self.answer(RCPT)
        if found is None:
            self.taken += 1
            self.say("250 2.1.5 Ok")
        else:
            self.refuse(found, 1)

    def data(self) -> None:
        """To those that were taken."""
        if self.reverse_path is None or not self.taken:
            self.say("554 5.5.1 no valid recipients")
            return
        found = self.answer(DATA)
        if found is None:
            self.in_data = True
            self.say("354 go on")
        else:
            self.refuse(found, self.taken)
            self.reverse_path = None

    def end_of_data(self) -> None:
        """The message is here."""
        found = self.answer(END)
        if found is None:
            self.counts.messages += 1
            taken = self.host.taken.replace("{id}", f"{self.counts.messages:012x}")
            self.refuse(Answer(END, taken, 1.0), self.taken)
        else:
            self.refuse(found, self.taken)
        self.reverse_path = None

    def answer(self, stage: str) -> Answer | None:
        """What is said there now; None: go on."""
        for each in self.host.answers:
            if each.stage == stage and each.family in (0, self.family) and self.counts.random.random() < each.share:
                return each
        return None

    def refuse(self, answer: Answer, recipients: int) -> None:
        """Give the last word to so many recipients, and count it."""
        if answer.reply == HANG_UP:
            self.counts.hung_up[self.host.name] += not self.opened
            self.flush()
            self.transport.close()
            return
        path = self.reverse_path
        whose = BY_ID[ONLY[self.host.name]].reverse_path if path is None else list_of(path)
        first = answer.reply.partition("|")[0]
        enhanced = _ENHANCED.match(first)
        key = (self.host.name, self.family, whose, int(first[:3]), enhanced[1] if enhanced else "")
        self.counts.attempts[key] += not self.opened
        self.counts.recipients[key] += recipients
        self.opened = True
        self.say(answer.reply)
        if answer.reply.startswith("421"):
            self.flush()
            self.transport.close()

    def say(self, reply: str) -> None:
        """A reply of one or several lines."""
        lines = reply.split("|")
        for n, line in enumerate(lines):
            code, text = (line[:3], line[4:]) if line[:3].isdigit() else (lines[0][:3], line)
            self.out.append(f"{code}{'-' if n < len(lines) - 1 else ' '}{text}\r\n")

    def flush(self) -> None:
        """All that was said since the last time, in one segment."""
        if self.out and not self.transport.is_closing():
            self.transport.write("".join(self.out).encode())
        self.out.clear()


def _path(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]


async def _serve(seed: int, path: Path) -> None:
    counts, over = Counts(seed), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    sock = socket.create_server(("::", 25), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
    async with await loop.create_server(lambda: Session(counts), sock=sock):
        await over.wait()
    counts.write(path)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
