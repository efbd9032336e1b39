"""Receivers that take, put off and refuse mail at every stage, by address family, and count what they said to how many.

What a reader makes of the sending MTA's log must add up to the same, to the last recipient.

    with tallied(tmp_path) as (hosts, tally):          # hosts["list"] is where the MTA goes
        with exim(hosts["list"], …):
            post(hosts["list"], MESSAGES)
            …
        assert told(reader, log) == tally.said
"""

import asyncio
import smtplib
import socket
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from monitor.mtas.log import LogReader, Tried
from tests.integration.netns import Netns, network
from tests.servers import nsd, zone_text

LIST = ("2001:db8:25::25", "192.0.2.25")
NAME_SERVER = "2001:db8:53::53"
RETURN = "lists.test"  # where bounces go: it takes all
PIPELINED = "250-mx.test\r\n250-PIPELINING\r\n250 8BITMIME"
IPV6 = "450 4.7.26 Service unavailable, message sent over IPv6 [2001:db8:25::25] must pass either SPF or DKIM"
LONG = (
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated.\r\n"
    '550-5.7.26 A \\ and a "quotation" stand here. (host other.example said: 250 2.0.0 OK)\r\n'
    "550 5.7.26 SPF [lists.test] with ip: [2001:db8:25::25] = did not pass"
)


@dataclass(frozen=True)
class Answers:
    """What one server says at each stage; "" is that it goes on, "-" that it hangs up."""

    greeting: str = ""
    ehlo: str = ""
    mail: str = ""
    rcpt: str = ""  # but to what is asked for by the local part: "r550-x", "r450-x"
    data: str = ""
    end: str = ""


TAKES = Answers()
# domain → its servers' answers over IPv6 and IPv4; None is that there is no such server.
DOMAINS: Mapping[str, tuple[Answers | None, Answers | None]] = {
    "takes.test": (TAKES, TAKES),
    "takes6.test": (TAKES, None),
    "takes4.test": (None, TAKES),
    "greeting450.test": (Answers(greeting="450 4.3.2 not now"), TAKES),
    "greeting554.test": (Answers(greeting="554 5.7.1 not you"), Answers(greeting="554 5.7.1 not you")),
    "ehlo450.test": (Answers(ehlo="450 4.7.0 who are you"), TAKES),
    "mail450.test": (Answers(mail=IPV6), TAKES),
    "mail550.test": (Answers(mail="550 5.7.1 no mail from you"), None),
    "rcpt450.test": (Answers(rcpt=IPV6), TAKES),
    "rcpt451.test": (Answers(rcpt="451 4.7.1 Greylisted, please try again"), None),
    "rcpt550.test": (Answers(rcpt=LONG), TAKES),
    "mixed.test": (TAKES, TAKES),  # by local part
    "data450.test": (Answers(data="451 4.3.0 no data now"), TAKES),
    "end450.test": (Answers(end="450 4.7.1 read it, do not like it yet"), TAKES),
    "end550.test": (Answers(end=LONG), TAKES),
    "end451.test": (
        Answers(end="451 4.7.650 The mail server [2001:db8:25::25] has been temporarily rate limited"),
        None,
    ),
    "closes.test": (Answers(end="-"), TAKES),
    "refuses.test": (Answers(greeting="-"), Answers(greeting="-")),
    RETURN: (TAKES, TAKES),
}
# Each with its recipients, of one domain: what a server says before it knows them, it says to all.
EACH = 3
MESSAGES: Sequence[Sequence[str]] = [
    *(
        [f"{local}-{number}@{domain}" for local in ("a", "b", "c")]
        for domain in DOMAINS
        if domain != RETURN
        for number in (1, 2)
    ),
    *(
        [f"a{number}@takes.test", f"r450-b{number}@mixed.test", f"r550-c{number}@mixed.test", f"d{number}@mixed.test"]
        for number in (1, 2)
    ),
]


@dataclass
class Tally:
    """What was said, by family and code: to so many recipients, in so many transactions."""

    recipients: Counter[tuple[int, int]] = field(default_factory=Counter)
    to_nobody: Counter[tuple[int, int]] = field(default_factory=Counter)  # before any message: greeting, EHLO
    attempts: int = 0
    at: dict[str, Answers] = field(default_factory=dict)  # address → what is said there

    @property
    def said(self) -> tuple[int, dict[tuple[int, int], int]]:
        """All of it."""
        return self.attempts, dict(self.recipients)

    @property
    def said_to_messages(self) -> tuple[int, dict[tuple[int, int], int]]:
        """The same where nothing tells which message would have come next."""
        return self.attempts, {key: number for key, number in (self.recipients - self.to_nobody).items() if number}

    def count(self, family: int, reply: str, recipients: int, *, early: bool = False) -> None:
        """One more reply."""
        self.recipients[family, int(reply[:3])] += recipients
        if early:
            self.to_nobody[family, int(reply[:3])] += recipients


def told(reader: LogReader, log: bytes) -> tuple[int, dict[tuple[int, int], int]]:
    """The same of what a reader makes of a log."""
    attempts, recipients = 0, Counter[tuple[int, int]]()
    for line in log.splitlines():
        for event in reader.read(line):
            if isinstance(event, Tried) and event.code:
                attempts += event.opens
                recipients[ip_address(event.address).version, event.code] += event.number
    return attempts, {key: number for key, number in recipients.items() if number}


def post(host: Netns, messages: Iterable[Sequence[str]]) -> None:
    """Hand messages to the MTA on `host`, as a list manager does."""
    with host.entered():
        for number, recipients in enumerate(messages):
            with smtplib.SMTP("::1", 25, timeout=30) as session:
                session.sendmail(
                    f"dev-bounces@{RETURN}",
                    list(recipients),
                    f"Message-ID: <{number}@{RETURN}>\r\nFrom: author@{RETURN}\r\nSubject: a post\r\n\r\nText.\r\n",
                )


@contextmanager
def tallied(folder: Path) -> Iterator[tuple[dict[str, Netns], Tally]]:
    """The hosts `list` and `receiver`, the latter with all servers and the name server."""
    tally = Tally()
    zones: dict[str, dict[str, list[object]]] = {}
    for number, (domain, answers) in enumerate(DOMAINS.items(), start=1):
        zones[domain] = {"MX": [(10, f"mx.{domain}")]}
        places = {"AAAA": f"2001:db8:99::{number:x}", "A": f"192.0.2.{100 + number}"}
        zones[f"mx.{domain}"] = {}
        for (rrtype, address), each in zip(places.items(), answers, strict=True):
            if each is not None:
                zones[f"mx.{domain}"][rrtype] = [address]
                tally.at[address] = each
    with ExitStack() as stack:
        hosts = stack.enter_context(
            network({"list": LIST, "receiver": [NAME_SERVER, *tally.at]}, nameserver=NAME_SERVER)
        )
        with hosts["receiver"].entered():
            stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones)}, port=53, hosts=(NAME_SERVER,)))
            sock = socket.create_server(("::", 25), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
        stack.enter_context(_serving(sock, tally))
        yield hosts, tally


@contextmanager
def _serving(sock: socket.socket, tally: Tally) -> Iterator[None]:
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _Session(tally, reader, writer).run()
            writer.close()

        async with await asyncio.start_server(session, sock=sock):
            ready.set()
            await asyncio.Event().wait()

    def run() -> None:
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    task = loop.create_task(serve())
    thread = threading.Thread(target=run, name="tally")
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


class _HungUp(ConnectionError):
    """This side ended the session."""


class _Session:
    """One session; the sizes of messages to servers that refuse before they know recipients are known."""

    def __init__(self, tally: Tally, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tally, self.reader, self.writer = tally, reader, writer
        address = ip_address(writer.get_extra_info("sockname")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        self.family = address.version
        self.answers = tally.at[str(address)]

    def say(self, reply: str, default: str) -> bool:
        """Whether it goes on."""
        if reply == "-":
            raise _HungUp
        self.writer.write(f"{reply or default}\r\n".encode())
        return not reply

    async def run(self) -> None:
        """The whole session."""
        answers, tally, turned_away = self.answers, self.tally, False
        if not self.say(answers.greeting, "220 mx.test ready"):
            tally.attempts += 1
            tally.count(self.family, answers.greeting, EACH, early=True)
        while line := await self.reader.readline():
            verb = line[:4].upper().decode("ascii", "replace")
            if verb in ("EHLO", "HELO"):
                if not self.say(answers.ehlo, PIPELINED if verb == "EHLO" else "250 mx.test") and not turned_away:
                    turned_away = True  # once, also where HELO is tried after EHLO
                    tally.attempts += 1
                    tally.count(self.family, answers.ehlo, EACH, early=True)
            elif verb == "MAIL":
                await self.transaction()
            elif verb == "QUIT":
                self.say("", "221 bye")
                return
            else:
                self.say("", "250 ok" if verb == "RSET" else "503 no")

    async def transaction(self) -> None:
        """From MAIL to the reply to the message."""
        answers, tally, taken = self.answers, self.tally, 0
        tally.attempts += 1
        refused = not self.say(answers.mail, "250 ok")
        if refused:
            tally.count(self.family, answers.mail, EACH)
        while line := await self.reader.readline():
            verb = line[:4].upper().decode("ascii", "replace")
            if verb == "RCPT":
                reply = answers.rcpt or asked_for(line.decode())
                if refused:
                    self.say("503 no", "")
                elif self.say(reply, "250 ok"):
                    taken += 1
                else:
                    tally.count(self.family, reply, 1)
            elif verb == "DATA":
                if not taken:
                    self.say("", "503 nobody")
                elif self.say(answers.data, "354 go on"):
                    await self.reader.readuntil(b"\r\n.\r\n")
                    reply = "250-2.0.0 taken\r\n250 2.0.0 in the queue"
                    tally.attempts -= answers.end == "-"  # nobody answered
                    self.say(answers.end, reply)
                    tally.count(self.family, answers.end or reply, taken)
                    return
                else:
                    tally.count(self.family, answers.data, taken)
            elif verb == "RSET":
                self.say("", "250 ok")
                return
            elif verb == "QUIT":
                self.say("", "221 bye")
                raise _HungUp
            else:
                self.say("", "503 no")


def asked_for(line: str) -> str:
    """The reply that a recipient's local part asks for."""
    for code, reply in {"450": "450 4.2.2 mailbox busy", "550": "550 5.1.1 no such user"}.items():
        if f"<r{code}-" in line:
            return reply
    return ""
