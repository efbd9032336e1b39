"""`make bench BENCH=scale`: what a list costs once it has a full past: octets of Redis, the workers' processor.

Each list lives a quarter of a year by the real code over real servers: a check each 15 minutes, a probe each hour, 200
bounces, three times in which its record lacked the IPv6 address. What is kept one by one (checks, probes, arrivals) is
made by the operations themselves, with NSD and a receiver on ::1; what is only counted by day is recorded as often as
it happened. Goals: 60 kB of Redis a list, 8 ms of processor a check.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import redis

from monitor.admission.rules import load_rules
from monitor.config.settings import ScheduleSettings, Settings
from monitor.dns.authority import Authorities
from monitor.dns.resolver import SystemResolver, system_resolver
from monitor.evidence.checks.source import CHECKS
from monitor.model.incidents import Notice, NoticeState
from monitor.model.lists import MailingList
from monitor.operations.check import check, check_all
from monitor.operations.list_bounces import keep_refusals
from monitor.operations.make_probe import make_probe, message_of
from monitor.operations.reassess import assess_now
from monitor.operations.receiver_backend import ReceiverBackend
from monitor.operations.services import Services
from monitor.operations.timing import probe_deadline
from monitor.probe import life
from monitor.receiver.server import Receiver
from monitor.receiver.sockets import bind
from monitor.receiver.token_addresses import TokenAddresses
from monitor.store import Store, keys
from tests.builders import a_list, a_vantage, reports_in
from tests.integration.house import client, send
from tests.integration.redis_server import redis_server
from tests.receiver_thread import in_thread
from tests.servers import NSD, nsd, zone_text

LISTS = 8
BEGIN = datetime(2026, 8, 26, tzinfo=UTC)
END = BEGIN + timedelta(days=90)
CHECK_EVERY, PROBE_EVERY = timedelta(minutes=15), timedelta(hours=1)
IN_FULL = timedelta(days=3)  # the last days are lived by the operations themselves: 288 checks, 72 probes
EPISODES = (timedelta(days=7), timedelta(days=31), timedelta(days=75))  # before the end
BROKEN, MENDED = 12, 30  # checks of an episode in which the record lacks IPv6, and those after
BOUNCES = 200
MEASURED = 5  # checks of every list
GOAL_KB, GOAL_MS = 60, 8.0
V4, V6 = ip_address("192.0.2.25"), ip_address("::1")  # the probes come from the latter
ZONES: dict[str, dict[str, list[object]]] = {
    "lists.example.org": {"TXT": ["v=spf1 include:_spf.example.net -all"], "MX": [(10, "mail.lists.example.org")]},
    "_spf.example.net": {
        "TXT": ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::/48 ip6:::1 include:_more.example.net ~all"]
    },
    "_more.example.net": {"TXT": ["v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:26::/48 -all"]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none; rua=mailto:dmarc@example.org"]},
    "mail.lists.example.org": {"A": [V4], "AAAA": [V6], "TXT": ["v=spf1 a -all"]},
    **{each.reverse_pointer: {"PTR": ["mail.lists.example.org"]} for each in (V4, V6)},
}
BROKEN_ZONES = ZONES | {"_spf.example.net": {"TXT": ["v=spf1 ip4:192.0.2.0/24 include:_more.example.net ~all"]}}


def main(arguments: list[str]) -> None:
    """Print what a list costs; an argument is another number of lists."""
    if NSD is None:
        print("scale: NSD is not installed (apt install nsd)")
        return
    number = int(arguments[0]) if arguments else LISTS
    with redis_server() as url, world(url, number) as lived:
        began = time.monotonic()
        for listed in lived.lists:
            live(lived, listed)
        print(f"{number} lists have lived {(END - BEGIN).days} days in {time.monotonic() - began:.0f} s\n")
        show_time(lived)
        show_memory(lived)


class Counted(redis.UnixDomainSocketConnection):
    """A connection whose round trips are counted: each is one write, of one command or of a whole pipeline."""

    sent = 0

    def send_packed_command(self, *command: object, **options: object) -> None:
        """Count it, and send it."""
        Counted.sent += 1
        super().send_packed_command(*command, **options)


@dataclass(kw_only=True)
class Lived:
    """Lists, and what their lives need; `at` is the time there, `well` whether the record covers IPv6."""

    store: Store
    lists: list[MailingList]
    settings: Settings
    servers: Mapping[bool, int]  # port of the name server, by whether the record is well
    at: datetime = BEGIN
    well: bool = True

    def __post_init__(self) -> None:
        self.resolvers: dict[bool, tuple[SystemResolver, Authorities]] = {}
        self.cold()
        self.services = Services(
            settings=lambda: self.settings,
            store=self.store,
            rules=load_rules(),
            now=lambda: self.at,
            resolver=lambda: self.resolvers[self.well][0],
            authorities=lambda: self.resolvers[self.well][1],
        )

    def cold(self) -> None:
        """Forget what DNS said: in a quarter of an hour its answers grow too old."""
        for well, port in self.servers.items():
            resolver = system_resolver([f"127.0.0.1:{port}"])
            self.resolvers[well] = resolver, Authorities(resolver)

    def beat(self) -> None:
        """All parts are alive."""
        for part in ("worker", "beat", "receiver", "resolver", "web", "check"):
            self.store.heartbeats.beat(part, self.at)


@contextmanager
def world(url: str, number: int) -> Iterator[Lived]:
    """Two name servers, one well and one with the fault, and an empty store."""
    lists = [a_list(id=f"list-{n}", outbound=(V4, V6), submission="smtp://[::1]:25", owners=("owner@example.net",),
                    subscribers={"gmail.com": 300, "outlook.com": 120, "yahoo.com": 80, "example.net": 20})
             for n in range(number)]  # fmt: skip
    settings = Settings(
        receiver=a_vantage(),
        schedule=ScheduleSettings(check_every=CHECK_EVERY, probe_every=PROBE_EVERY),
        list=lists,
    )
    pool = redis.ConnectionPool.from_url(url, connection_class=Counted)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staysub-scale-")))
        servers = {
            well: stack.enter_context(nsd(folder / str(well), {"": zone_text(zones)}))
            for well, zones in ((True, ZONES), (False, BROKEN_ZONES))
        }
        yield Lived(store=Store(redis.Redis(connection_pool=pool)), lists=lists, settings=settings, servers=servers)


def live(lived: Lived, listed: MailingList) -> None:
    """A quarter of a year of a list."""
    lived.at, lived.well = BEGIN, True
    lived.beat()
    checked(lived, listed)
    outcome = lived.store.evidence.read(CHECKS, listed.id, 1)[0]
    assessment, _ = assess_now(lived.services, listed)
    episodes = {END - ago: END - ago + (BROKEN + MENDED) * CHECK_EVERY for ago in EPISODES}
    bounced = {BEGIN + n * (END - BEGIN) / BOUNCES for n in range(BOUNCES)}
    while lived.at < END - IN_FULL:
        lived.at += CHECK_EVERY
        began = next((begin for begin, end in episodes.items() if begin <= lived.at < end), None)
        lived.well = began is None or lived.at >= began + BROKEN * CHECK_EVERY
        if began is not None:
            lived.beat()
            checked(lived, listed)
        else:
            slot = slot_of(lived.at)
            lived.store.evidence.record(CHECKS, replace(outcome, slot=slot, evaluated_at=lived.at))
            lived.store.outcomes.record_assessment(replace(assessment, assessed_at=lived.at), cause=f"check:{slot}")
        for at in [at for at in bounced if at <= lived.at]:
            bounced.remove(at)
            bounce(lived, listed, at)
        if lived.at.hour == lived.at.minute == 0:
            forget_marks(lived.store, listed.id)
    with receiving(lived) as receiver:
        while lived.at < END:
            lived.at += CHECK_EVERY
            lived.beat()
            if lived.at.minute == 0:
                probe(lived, listed, receiver)
            checked(lived, listed)
            if lived.at.minute == 0 and lived.at < END - timedelta(hours=2):
                forget_marks(lived.store, listed.id)
    for at in sorted(bounced):
        bounce(lived, listed, at)
    tell(lived, listed)


def slot_of(at: datetime) -> int:
    """The schedule's slot of that time."""
    return int(at.timestamp() * 1000)


def checked(lived: Lived, listed: MailingList) -> None:
    """A check by the operation."""
    lived.cold()
    check(lived.services, listed.id, slot=slot_of(lived.at))


def forget_marks(store: Store, list_id: str) -> None:
    """Redis tells the time by its own clock, and would have dropped by now the marks of what was long ago."""
    store.client.delete(keys.marks(list_id), *store.client.scan_iter(f"{keys.PREFIX}once:submit:*", count=1000))


def bounce(lived: Lived, listed: MailingList, at: datetime) -> None:
    """One subscriber's receiver refused a post."""
    text = DSN.format(at=at, queue_id=f"{slot_of(at):X}", to=f"reader-{at:%j%H}@gmail.com", list=listed.id)
    reports = reports_in(text.encode(), now=at, list_id=listed.id)
    assert reports, "the sample is no bounce"
    keep_refusals(lived.store, [replace(each, kind="policy") for each in reports])


DSN = """\
From: MAILER-DAEMON@mail.lists.example.org (Mail Delivery System)
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Subject: Undelivered Mail Returned to Sender
To: {list}-bounces@lists.example.org
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{queue_id}/mail"
Message-Id: <{queue_id}@mail.lists.example.org>

--{queue_id}/mail
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.lists.example.org
Arrival-Date: {at:%a, %d %b %Y %H:%M:%S} +0000

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.7.26
Remote-MTA: dns; gmail-smtp-in.l.google.com
Diagnostic-Code: smtp; 550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26
    Gmail requires all senders to authenticate with either SPF or DKIM.

--{queue_id}/mail--
"""


@contextmanager
def receiving(lived: Lived) -> Iterator[Receiver]:
    """Our receiver on ::1, over the store."""
    keys = lived.store.signing_keys.all()
    addresses = TokenAddresses(
        keys=lambda: keys,
        list_ids=lambda: {each.id for each in lived.lists},
        rules=lived.services.rules,
        clock=lived.services.now,
    )
    with in_thread(
        lived.settings.receivers[0],
        backend=ReceiverBackend(services=lived.services, addresses=addresses),
        resolver=lived.resolvers[True][0],
        sock=bind(("::1", 0)),
    ) as receiver:
        yield receiver


def probe(lived: Lived, listed: MailingList, receiver: Receiver) -> None:
    """A probe that the list's MTA takes at once and hands on four seconds later."""
    store, now = lived.store, lived.at
    deadline = probe_deadline(now, lived.settings.schedule)
    vantage = lived.settings.receivers[0]
    made = make_probe(store.signing_key(), listed, vantage, slot=slot_of(now), now=now, deadline_at=deadline)
    assert store.probes.open(made, now=now), "a probe is open"
    assert store.probes.begin_attempt(made, now) is None
    queue_id = f"{slot_of(now):X}"
    taken = partial(life.submitted, reply=f"250 2.0.0 Ok: queued as {queue_id}", now=now + timedelta(milliseconds=180))
    store.probes.change(made.id, taken)
    hops = HOPS.format(at=now, later=now + timedelta(seconds=1), queue_id=queue_id)
    lived.at = now + timedelta(seconds=4)
    message = hops.replace("\n", "\r\n").encode() + message_of(made, listed, lived.settings)
    with client(receiver, helo=listed.helo) as session:
        code, said = send(session, made.forward_path, message, sender=made.reverse_path)
    assert code == 250, said
    lived.at = now


HOPS = """\
Received: from localhost (localhost [127.0.0.1])
	by mail.lists.example.org (Postfix) with ESMTP id {queue_id}2A
	for <probe@v6.probe.example.org>; {later:%a, %d %b %Y %H:%M:%S} +0000 (UTC)
Received: from staysub.example.net (staysub.example.net [198.51.100.7])
	(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))
	by mail.lists.example.org (Postfix) with ESMTPS id {queue_id}
	for <probe@v6.probe.example.org>; {at:%a, %d %b %Y %H:%M:%S} +0000 (UTC)
"""


def tell(lived: Lived, listed: MailingList) -> None:
    """All notices of the list were delivered."""
    waiting = [each for each in lived.store.notices.of_list(listed.id, 500) if each.state is NoticeState.PENDING]
    lived.store.notices.save(*map(delivered, waiting))


def delivered(notice: Notice) -> Notice:
    """The notice once a relay has taken it."""
    return replace(notice, state=NoticeState.DELIVERED, next_attempt_at=None, finished_at=notice.created_at)


def used_memory(raw: redis.Redis) -> int:
    """Octets that Redis has allocated, its own overhead with them, once nothing waits to be freed."""
    while (info := raw.info("memory"))["lazyfree_pending_objects"]:
        time.sleep(0.01)
    return int(info["used_memory"])


def show_memory(lived: Lived) -> None:
    """What Redis holds for one list, by kind of key: what it gives back when these are deleted."""
    raw, number = lived.store.client, len(lived.lists)
    kinds: dict[str, list[bytes]] = defaultdict(list)
    for key in raw.scan_iter(count=1000):
        name = key.decode().removeprefix(keys.PREFIX).split(":")
        kinds[":".join(name[:2]) if name[0] in {"kept", "bases"} else name[0]].append(key)
    held, count = used_memory(raw), raw.dbsize()
    given: dict[str, int] = {}
    for name, found in kinds.items():
        before = used_memory(raw)
        raw.delete(*found)
        given[name] = before - used_memory(raw)
    used = (held - used_memory(raw)) / number
    print(f"{'keys':22} {'a list':>8} {'octets a list':>14}")
    for name, octets in sorted(given.items(), key=lambda each: -each[1]):
        print(f"{name:22} {len(kinds[name]) / number:8.1f} {octets / number:14.0f}")
    goal = "within the goal" if used <= GOAL_KB * 1000 else "OVER THE GOAL"
    print(f"{'all':22} {count / number:8.1f} {used:14.0f}  {goal} of {GOAL_KB} kB")


def show_time(lived: Lived) -> None:
    """What a check of a list with a full past takes of the worker's processor, and how it talks to Redis."""
    took: dict[str, list[float]] = defaultdict(list)
    raw, services = lived.store.client, lived.services
    began = asked = 0
    for _ in range(MEASURED):
        lived.at += CHECK_EVERY
        lived.beat()
        lived.cold()
        sent, commands = Counted.sent, commands_of(raw)
        claims = [(each.id, slot_of(lived.at)) for each in lived.lists]
        timed(took["a whole check"], lambda claims=claims: check_all(services, claims), len(claims))
        began, asked = Counted.sent - sent - 1, commands_of(raw) - commands - 1
    for listed in lived.lists:
        timed(took["judging it, of that"], lambda listed=listed: assess_now(services, listed), 1)
    for what, each in took.items():
        print(f"{what:22} {sorted(each)[len(each) // 2]:6.1f} ms of processor (median of {len(each)})")
    whole = sorted(took["a whole check"])[MEASURED // 2]
    print(f"{'':22} {'within the goal' if whole <= GOAL_MS else 'OVER THE GOAL'} of {GOAL_MS:g} ms")
    print(f"a check talks to Redis {began / len(lived.lists):.1f} times, in {asked / len(lived.lists):.1f} commands\n")


def commands_of(raw: redis.Redis) -> int:
    """How many commands the server has carried out."""
    return int(raw.info("stats")["total_commands_processed"])


def timed(into: list[float], do: Callable[[], object], pieces: int) -> None:
    """How many milliseconds of this process's processor each piece took."""
    began = time.process_time()
    do()
    into.append((time.process_time() - began) * 1000 / pieces)
