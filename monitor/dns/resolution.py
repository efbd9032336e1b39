"""One question's way over the servers, without a socket: whom to ask next, how, and when to give up.

A server that does not answer, fails or refuses is followed by the next; a truncated response by TCP at the same server
(RFC 7766 section 5); an alias by its target. FORMERR, NOTIMP or BADVERS is followed by a try without EDNS (RFC 6891
section 7), and so are silence and SERVFAIL in the later rounds: there are servers, and firewalls before them, that
cannot bear the option.

Addresses that the server itself makes up (DNS64, RFC 6147) are not believed: where an answer may hold some, the same
server is asked for the IPv4 addresses that they would be made of.

A datagram may be lost: the first wait is short and each round's twice as long. An answer that comes late is still an
answer.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from monitor.dns.answer import Answer, Record, Unanswered, answered, unanswered
from monitor.dns.dns64 import SYNTHESISED, Prefixes, doubtful, genuine
from monitor.dns.name import labels_of, normal
from monitor.dns.servers import Server
from monitor.dns.wire import Message, question

ROUNDS = 5  # times that each server is asked: with a fifth of all datagrams lost, three questions in ten thousand fail
PLAIN_FROM = 2  # the round, counted from 0, from which a server that was silent or failed is asked without EDNS
MIN_TRY_S = 0.4  # the shortest wait for one server; as long as most of the world's round trips take
MAX_ALIASES = 16  # CNAME records followed for one question; as far as BIND's resolver went
NO_EDNS = ("FORMERR", "NOTIMP", "BADVERS")  # what a server says that knows no EDNS, or none of our version
MAX_TTL_S = 86400  # a day: longer is not trusted; RFC 8767 section 4 suggests days to weeks as the cap
MAX_NEGATIVE_TTL_S = 10800  # three hours, RFC 2308 section 5


class Attempt(NamedTuple):
    """One message to one server."""

    server: Server
    tcp: bool
    edns: bool
    asked: bytes  # question section
    timeout_s: float
    name: str | None = None  # the name asked for, where it is at hand in normal form


class Resolution:
    """The state of one question. Feed it what came back; it says what to do next, or is `done`."""

    def __init__(
        self,
        name: str,
        rrtype: str,
        servers: Sequence[Server],
        *,
        started: float,
        timeout_s: float,
        plain: Collection[Server] = (),
        prefixes: Callable[[Server], Prefixes] = lambda _: (),
        in_trouble: Callable[[], None] = lambda: None,
    ) -> None:
        """`plain` are servers that are known to know no EDNS; `prefixes` says what a server makes up addresses with.

        `in_trouble` is called, without waiting for it, each time that a server gave no usable answer.
        """
        self.name, self.rrtype = normal(name), rrtype
        self.answer: Answer | None = None
        self.error: Unanswered | None = None
        self.cache_s = 0  # how long the answer may be kept
        self._servers = tuple(servers)
        self.started, self._deadline = started, started + timeout_s
        self._first_s = timeout_s / ((2**ROUNDS - 1) * max(len(servers), 1))  # each round waits twice as long
        self._plain = plain
        self._turn = 0
        self._out: set[Server] = set()  # those that said no: asking again brings the same
        self._failed: set[Server] = set()  # those that said SERVFAIL, which may pass, or may be for the EDNS option
        self._again: tuple[Server, bool, bool] | None = None  # server, tcp, edns
        self._moved = False  # an alias has led to another name to ask for
        self._aliases: set[str] = set()
        self._ttl_s = MAX_TTL_S
        self._reasons: list[tuple[str, Server]] = []
        self._prefixes, self._in_trouble = prefixes, in_trouble
        self._doubted: tuple[tuple[Record, ...], Prefixes] | None = None  # an answer that waits for another
        self._aim(self.name, rrtype)

    @property
    def done(self) -> bool:
        """Whether there is an answer or an error."""
        return self.answer is not None or self.error is not None

    @property
    def urgent(self) -> bool:
        """Whether there is something to do before the last attempt's time is up."""
        return self.done or self._again is not None or self._moved

    def next_attempt(self, now: float) -> Attempt | None:
        """What to send now; None when done."""
        if self.done:
            return None
        if self._reasons:
            self._in_trouble()
        self._moved = False
        left = self._deadline - now
        if self._again is not None:
            server, tcp, edns = self._again
            self._again = None
        else:
            chosen = self._choose()
            if chosen is None:
                self._give_up(now)
                return None
            server, tcp, edns = chosen
        if left <= 0:
            self._give_up(now)
            return None
        if tcp:
            return Attempt(server, tcp, edns, self._asked, left, self._at)
        round_ = (self._turn - 1) // len(self._servers)
        wait_s = max(MIN_TRY_S, self._first_s * 2**round_)
        return Attempt(server, tcp, edns, self._asked, min(wait_s, left), self._at)

    def _choose(self) -> tuple[Server, bool, bool] | None:
        """The next server in turn, each as often as there are rounds; None when all have been asked enough."""
        count = len(self._servers)
        while self._turn < ROUNDS * count:
            server, round_ = self._servers[self._turn % count], self._turn // count
            self._turn += 1
            if server in self._out:
                continue
            if server in self._failed:
                self._out.add(server)  # once more, and without EDNS
                return server, False, False
            return server, False, round_ < PLAIN_FROM and server not in self._plain
        return None

    def trouble(self, attempt: Attempt, reason: str) -> None:
        """A server did not give a message: `timeout`, `network`, `unroutable` or `malformed`."""
        self._reasons.append((reason, attempt.server))
        if attempt.tcp or reason in ("network", "unroutable"):
            self._out.add(attempt.server)

    def message(self, attempt: Attempt, message: Message, now: float) -> None:
        """A server's response to an attempt, be it the last one or one whose time was up."""
        if attempt.asked != self._asked or self.done:
            return  # what has been answered already
        if message.truncated and not attempt.tcp:
            self._again = (attempt.server, True, attempt.edns)
        elif message.rcode in NO_EDNS and attempt.edns:
            self._again = (attempt.server, attempt.tcp, False)
        elif message.rcode == "SERVFAIL" and attempt.edns and not attempt.tcp:
            self._reasons.append(("servfail", attempt.server))
            self._failed.add(attempt.server)
        elif not message.usable:
            self._refused(attempt, message.rcode.lower())
        else:
            self._take(attempt, message, now)

    def _take(self, attempt: Attempt, message: Message, now: float) -> None:
        records: list[Record] = []
        aliases = {one.name: one for one in message.answers if one.rrtype == "CNAME"}
        moved = False
        while True:
            for one in message.answers:
                if one.rrtype == self._type and one.name == self._at:
                    records.append(one.value)
                    self._ttl_s = min(self._ttl_s, one.ttl_s)
            alias = aliases.get(self._at)
            if records or alias is None:
                break
            self._ttl_s = min(self._ttl_s, alias.ttl_s)
            target = normal(str(alias.value))
            self._aliases.add(self._at)
            if target in self._aliases or len(self._aliases) > MAX_ALIASES:
                self._fail("cname-chain", attempt.server, now)
                return
            self._aim(target, self._type)
            moved = True
        if records:
            if len(records) > 1:
                records = list(dict.fromkeys(records))  # a set holds each record once (RFC 2181 section 5)
            self._found(tuple(records), attempt, now)
            return
        soa = next((one for one in message.authority if one.rrtype == "SOA"), None)
        if message.rcode == "NOERROR" and soa is None and moved:
            # The alias leads out of what this server knows: its target is asked for.
            self._moved, self._turn, self._out, self._failed = True, 0, set(), set()
            return
        referral = soa is None and any(one.rrtype == "NS" for one in message.authority)  # RFC 2308 section 2.2
        if message.rcode == "NOERROR" and referral and not (message.recursive or message.authoritative):
            self._refused(attempt, "refused")  # this server neither knows nor asks others
            return
        if self._doubted is not None:
            self._found((), attempt, now)
            return
        negative = min(soa.ttl_s, int(str(soa.value)), MAX_NEGATIVE_TTL_S) if soa is not None else 0
        self._ttl_s = min(self._ttl_s, negative)
        self._finish((), message.rcode, attempt.server, now)

    def _found(self, records: tuple[Record, ...], attempt: Attempt, now: float) -> None:
        """Take records for the answer, unless the server may have made them up: then ask it for what tells."""
        made: tuple[Record, ...] = ()
        if self._doubted is not None:
            believed, prefixes = self._doubted
            records, made = genuine(self.rrtype, believed, records, prefixes)
        elif self.rrtype in SYNTHESISED and (prefixes := self._prefixes(attempt.server)):
            name = self.name if self.rrtype == "PTR" else self._at
            if (tells := doubtful(name, self.rrtype, records, prefixes)) is not None:
                self._doubted = records, prefixes
                self._turn, self._out, self._failed, self._aliases = 0, set(), set(), set()
                self._again = (attempt.server, False, attempt.edns)
                self._aim(*tells)
                return
        self._finish(records, "NOERROR", attempt.server, now, made)

    def _aim(self, name: str, rrtype: str) -> None:
        self._at, self._type = name, rrtype
        labels = labels_of(name)
        if labels is None:  # a name that cannot be in DNS: nothing is there
            self.answer = answered(self.name, self.rrtype, (), rcode="NXDOMAIN")
            self._asked = b""
        else:
            self._asked = question(labels, rrtype)

    def _refused(self, attempt: Attempt, reason: str) -> None:
        self._reasons.append((reason, attempt.server))
        self._out.add(attempt.server)

    def _finish(
        self, records: tuple[Record, ...], rcode: str, server: Server, now: float, made: tuple[Record, ...] = ()
    ) -> None:
        self.cache_s = self._ttl_s
        self.answer = answered(
            self.name,
            self.rrtype,
            records,
            rcode=rcode,
            server=str(server),
            ttl_s=self._ttl_s,
            took_ms=round((now - self.started) * 1000, 3),
            synthesised=made,
        )

    def _give_up(self, now: float) -> None:
        # What a server said outweighs that another was silent: it is the better hint at the cause.
        said = [pair for pair in self._reasons if pair[0] not in ("timeout", "network", "unroutable")]
        pairs = said or self._reasons
        reason = pairs[-1][0] if pairs else "timeout"
        servers = ", ".join(dict.fromkeys(str(server) for _, server in self._reasons))
        self._fail(reason, servers, now)

    def _fail(self, reason: str, server: Server | str, now: float) -> None:
        took_ms = round((now - self.started) * 1000, 3)
        self.error = unanswered(self.name, self.rrtype, reason, server=str(server), took_ms=took_ms)
