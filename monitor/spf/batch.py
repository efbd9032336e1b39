"""Many domains for many clients at once, as fast as DNS allows: what lists share is asked once.

An evaluation runs as far as the answers at hand reach. Where one is missing it is asked for, and the evaluation begins
again when it has come: evaluations cost microseconds, answers milliseconds.
"""

import contextlib
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from monitor.dns.answer import Answer, Resolver, Unanswered
from monitor.dns.cache import Kept, Key
from monitor.dns.flight import Flight
from monitor.dns.name import InvalidName, a_label, is_valid, normal
from monitor.dns.resolver import SystemResolver
from monitor.model.dns import Identity, IpAddress, SpfOutcome
from monitor.spf.check_host import check_host, mailbox
from monitor.spf.gc_pause import gc_paused
from monitor.spf.plan import Plan

VERDICTS_KEPT = 50_000  # about 1 KiB each, the answers in their traces being shared
OPEN_DOMAINS = 512  # evaluated side by side: enough to keep a server 20 ms away busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One mail domain and the clients to evaluate it for."""

    reverse_path: str
    helo: str
    client_ips: Sequence[IpAddress]
    identities: Sequence[Identity] = (Identity.MAILFROM,)


def evaluate_many(
    resolver: Resolver, requests: Iterable[Request], *, now: datetime
) -> Iterator[tuple[SpfOutcome, ...]]:
    """The outcomes of each request, in order: for each identity, for each client. DNS trouble is TEMPERROR in them.

    With a SystemResolver many questions are open at once; with any other the requests are evaluated one by one.
    """
    if not isinstance(resolver, SystemResolver):
        for request in requests:
            yield tuple(
                check_host(
                    resolver,
                    client_ip=client_ip,
                    reverse_path=request.reverse_path,
                    helo=request.helo,
                    identity=identity,
                    now=now,
                )
                for identity in request.identities
                for client_ip in request.client_ips
            )
        return
    verdicts = _VERDICTS.setdefault(resolver, Verdicts())
    with resolver.flight() as flight, gc_paused():
        yield from _Batch(flight, verdicts, now).run(requests)


_Case = tuple[str, str, Identity, IpAddress]  # reverse-path, HELO, identity, client


class Verdicts:
    """Verdicts that still hold: the same answers give the same verdict until the first of them is out of date."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Case, tuple[float, SpfOutcome]] = OrderedDict()

    def get(self, case: _Case, at: float, now: datetime) -> SpfOutcome | None:
        """The verdict as of `now`, `at` being the monotonic second; None where it is to be found anew."""
        good_until, outcome = self._kept.get(case, (0.0, None))
        return _as_of(outcome, now) if outcome is not None and good_until > at else None

    def put(self, case: _Case, outcome: SpfOutcome, good_until: float) -> None:
        """Keep a verdict until the monotonic second when the first of its answers is out of date."""
        while len(self._kept) >= VERDICTS_KEPT:
            self._kept.popitem(last=False)
        self._kept[case] = (good_until, outcome)


def _as_of(outcome: SpfOutcome, now: datetime) -> SpfOutcome:
    """The same verdict at another moment; `dataclasses.replace` takes three times as long."""
    return SpfOutcome(
        identity=outcome.identity,
        domain=outcome.domain,
        client_ip=outcome.client_ip,
        reverse_path=outcome.reverse_path,
        helo=outcome.helo,
        result=outcome.result,
        lenient_result=outcome.lenient_result,
        mechanism=outcome.mechanism,
        problem=outcome.problem,
        lookups=outcome.lookups,
        void=outcome.void,
        limit=outcome.limit,
        evaluated_at=now,
        trace=outcome.trace,
    )


_VERDICTS: WeakKeyDictionary[SystemResolver, Verdicts] = WeakKeyDictionary()


class NotYet(BaseException):  # no error, and not to be caught as one: an evaluation is left in the middle of its work
    """An answer that is not at hand; it has been asked for."""

    def __init__(self, key: Key) -> None:
        self.key = key
        super().__init__(key)


class _Answers:
    """A Resolver of what is at hand for one job: never waits, raises NotYet instead."""

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self.answers: dict[Key, Kept] = {}
        self._prepared: set[tuple[str, ...]] = set()

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup; raises NotYet."""
        del timeout_s
        key = (normal(name), rrtype)
        kept = self.answers.get(key)
        if kept is None:
            kept = self._flight.want(key)
            if kept is None:
                raise NotYet(key)
            self.answers[key] = kept
        if isinstance(kept, Unanswered):
            raise kept.with_traceback(None)
        return kept

    def prepare(self, plan: Plan, number: int, domain: str, rrtype: str, most: int) -> None:
        """Ask what a record will probably need, to have it together with what is needed now; once for each record."""
        if (domain, rrtype) not in self._prepared:
            self._prepared.add((domain, rrtype))
            self._ask_all(plan.foreseen(number, domain, rrtype, most))

    def prepare_mx(self, domain: str, rrtype: str, names: Sequence[str]) -> None:
        """Ask for the addresses of all mail exchangers of a domain at once."""
        if (domain, rrtype, "MX") not in self._prepared:
            self._prepared.add((domain, rrtype, "MX"))
            self._ask_all((name, rrtype) for name in names)

    def _ask_all(self, questions: Iterable[Key]) -> None:
        for name, rrtype in questions:
            key = (normal(name), rrtype)
            if key not in self.answers and is_valid(name):
                kept = self._flight.want(key)
                if kept is not None:
                    self.answers[key] = kept


@dataclass(slots=True)
class _Job:
    """One request in work."""

    number: int
    request: Request
    fresh: list[tuple[int, Identity, IpAddress]]  # what no verdict was at hand for
    todo: list[tuple[int, Identity, IpAddress]]  # what is left of it
    outcomes: list[SpfOutcome | None]
    resolver: _Answers
    missing: set[Key] = field(default_factory=set)
    waits_s: float = 0.0  # the longest of the questions that are waited for now
    waited_s: float = 0.0  # for answers, in all: not for its turn among other requests


class _Batch:
    """The requests in work, and which of them wait for which answer."""

    def __init__(self, flight: Flight, verdicts: Verdicts, now: datetime) -> None:
        self._flight, self._verdicts, self._now = flight, verdicts, now
        self._waiting: defaultdict[Key, list[_Job]] = defaultdict(list)
        self._done: dict[int, tuple[SpfOutcome, ...]] = {}

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[SpfOutcome, ...]]:
        """The outcomes of each request, in order."""
        numbered = enumerate(requests)
        given, taken, more = 0, 0, True
        while True:
            while more and taken - given < OPEN_DOMAINS:
                number, request = next(numbered, (-1, None))
                if request is None:
                    more = False
                else:
                    taken += 1
                    self._start(number, request)
            while given in self._done:
                yield self._done.pop(given)
                given += 1
            if given == taken:
                if not more:
                    return
                continue
            ready: list[_Job] = []
            for key, kept in self._flight.land():
                for job in self._waiting.pop(key, ()):
                    job.resolver.answers[key] = kept
                    job.missing.discard(key)
                    job.waits_s = max(job.waits_s, kept.question.took_ms / 1000)
                    if not job.missing:
                        job.waited_s += job.waits_s
                        job.waits_s = 0.0
                        ready.append(job)
            for job in ready:
                self._work(job)

    def _start(self, number: int, request: Request) -> None:
        pairs = [(identity, client_ip) for identity in request.identities for client_ip in request.client_ips]
        at, path, helo = time.monotonic(), request.reverse_path, request.helo
        outcomes = [self._verdicts.get((path, helo, *pair), at, self._now) for pair in pairs]
        todo = [(place, *pair) for place, pair in enumerate(pairs) if outcomes[place] is None]
        job = _Job(number, request, todo, todo, outcomes, _Answers(self._flight))
        # Every evaluation begins with the record: nothing is gained by trying before it is there.
        for identity in {identity for _, identity, _ in todo}:
            _, domain = mailbox(request.reverse_path, request.helo, identity)
            with contextlib.suppress(InvalidName):
                key = (normal(a_label(domain)), "TXT")
                if "." in domain and self._flight.want(key) is None:
                    job.missing.add(key)
        if job.missing:
            self._wait(job)
        else:
            self._work(job)

    def _work(self, job: _Job) -> None:
        """Evaluate what can be with the answers at hand; of each family and identity the first that cannot waits."""
        stuck: set[tuple[Identity, int]] = set()
        todo = []
        for place, identity, client_ip in job.todo:
            if (identity, client_ip.version) not in stuck:
                try:
                    job.outcomes[place] = check_host(
                        job.resolver,
                        client_ip=client_ip,
                        reverse_path=job.request.reverse_path,
                        helo=job.request.helo,
                        identity=identity,
                        now=self._now,
                        waited_s=job.waited_s,
                    )
                except NotYet as not_yet:
                    job.missing.add(not_yet.key)
                    stuck.add((identity, client_ip.version))
                else:
                    continue
            todo.append((place, identity, client_ip))
        job.todo = todo
        if not todo:
            outcomes = self._done[job.number] = tuple(outcome for outcome in job.outcomes if outcome is not None)
            cache, request = self._flight.cache, job.request
            good_until = min(map(cache.good_until, job.resolver.answers), default=0.0)
            for place, identity, client_ip in job.fresh if good_until else ():
                self._verdicts.put(
                    (request.reverse_path, request.helo, identity, client_ip), outcomes[place], good_until
                )
        self._wait(job)

    def _wait(self, job: _Job) -> None:
        for key in job.missing:
            self._waiting[key].append(job)
