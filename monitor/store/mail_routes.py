"""Where subscribers' domains receive their mail: each domain once for all lists, when it is due, and what was found."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from monitor.dns.mail_route import mail_domain
from monitor.model.mail_route import MailHost, MailRoute
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, text, translated
from monitor.store.unreadable import readable

# After a list was last checked that had the domain: longer than a list may wait for its next check, which is 7 days at
# most (schedule.check_every), with a day for what was down meanwhile.
WANTED_FOR: Final = timedelta(days=8)
TURN_KEPT: Final = timedelta(minutes=1)  # longer than any turn
CHUNK: Final = 1000  # domains a command: no other has to wait long for its turn at Redis
FAMILIES: Final = ((None, "-"), (True, "y"), (False, "n"))
_LETTER: Final[Mapping[bool | None, str]] = dict(FAMILIES)
_OF_LETTER: Final[Mapping[str, bool | None]] = {letter: value for value, letter in FAMILIES}


class MailRoutes(Part):
    """Three keys about the same domains, and a key a mail server that lives as long as what was found of it."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._claim = client.register_script(scripts.CLAIM_ROUTES)

    def want(self, domains: Sequence[str], now: datetime, *, every: timedelta) -> None:
        """A list has these domains, those with the most subscribers first: new ones are due one after another, `every`.

        Where there are ROUTES_MOST already, new ones are left out, the last first. May be repeated.
        """
        with translated("noted whose mail servers are to be looked up"):
            known = self._redis.zcard(keys.ROUTES_DUE)
            for start in range(0, len(domains), CHUNK):
                chunk = list(domains[start : start + CHUNK])
                there = self._redis.zmscore(keys.ROUTES_DUE, chunk)
                new = [each for each, score in zip(chunk, there, strict=True) if score is None]
                fresh = new[: max(0, keys.ROUTES_MOST - known)]
                left_out = set(new[len(fresh) :])
                wanted = [each for each in chunk if each not in left_out]
                if not wanted:
                    continue
                pipe = self._redis.pipeline(transaction=True)
                pipe.zadd(keys.ROUTES_WANTED, dict.fromkeys(wanted, now.timestamp()), gt=True)
                if fresh:
                    pace_s = every.total_seconds()
                    due = {each: now.timestamp() + (start + n) * pace_s for n, each in enumerate(fresh)}
                    pipe.zadd(keys.ROUTES_DUE, due, nx=True)
                pipe.execute()
                known += len(fresh)

    def claim(self, now: datetime, *, limit: int, lease: timedelta, longest: timedelta) -> tuple[str, ...]:
        """At most `limit` domains that are due, now leased to the caller; none while another turn goes on.

        That is until its `end_turn`, or for `longest`.
        """
        with translated("claimed domains to be looked up"):
            found = self._claim(
                keys=[keys.ROUTES_DUE, keys.ROUTES_TURN],
                args=[now.timestamp(), limit, lease.total_seconds(), longest.total_seconds()],
            )
            nobodys = [each for each in found if mail_domain(text(each)) != text(each)]
            if nobodys:  # none of ours: they would be claimed for ever
                self._redis.zrem(keys.ROUTES_DUE, *nobodys)
                self._redis.zrem(keys.ROUTES_WANTED, *nobodys)
        return tuple(text(each) for each in found if each not in nobodys)

    def end_turn(self, next_at: datetime) -> None:
        """The turn is over; the next one may be from then on. May be repeated."""
        with translated("ended a turn of looking up domains"):
            self._redis.set(keys.ROUTES_TURN, next_at.timestamp(), ex=TURN_KEPT)

    def of(self, domains: Sequence[str]) -> dict[str, MailRoute]:
        """What is known of these; a domain that was never looked up is left out."""
        found: dict[str, MailRoute] = {}
        with translated("read where domains receive their mail"):
            for start in range(0, len(domains), CHUNK):
                chunk = list(domains[start : start + CHUNK])
                for domain, kept in zip(chunk, self._redis.hmget(keys.ROUTES, chunk), strict=True):
                    route = None if kept is None else readable(keys.ROUTES, partial(_read_route, kept))
                    if route is not None:
                        found[domain] = route
        return found

    def keep(self, routes: Mapping[str, MailRoute]) -> None:
        """What was found of these domains, each due again when that no longer holds; not of one that was forgotten.

        May be repeated.
        """
        if not routes:
            return
        with translated("kept where domains receive their mail"):
            known = self._redis.zmscore(keys.ROUTES_DUE, list(routes))
            wanted = {
                each: route for (each, route), score in zip(routes.items(), known, strict=True) if score is not None
            }
            if wanted:
                pipe = self._redis.pipeline(transaction=True)
                pipe.hset(keys.ROUTES, mapping={each: _written_route(route) for each, route in wanted.items()})
                due = {each: route.holds_until.timestamp() for each, route in wanted.items()}
                pipe.zadd(keys.ROUTES_DUE, due, xx=True)
                pipe.execute()

    def hosts(self, names: Sequence[str], now: datetime) -> dict[str, MailHost]:
        """What is known of these mail servers and still holds."""
        if not names:
            return {}
        with translated("read what is known of mail servers"):
            kept = self._redis.mget([keys.mail_host(each) for each in names])
        read = {
            name: readable(keys.mail_host(name), partial(_read_host, one))
            for name, one in zip(names, kept, strict=True)
            if one is not None
        }
        return {name: host for name, host in read.items() if host is not None and host.holds_until > now}

    def keep_hosts(self, hosts: Mapping[str, MailHost], now: datetime) -> None:
        """What was found of mail servers, for as long as it holds. May be repeated."""
        with self._transaction("kept what was found of mail servers") as pipe:
            for name, host in hosts.items():
                life_s = int((host.holds_until - now).total_seconds())
                if life_s > 0:
                    pipe.set(keys.mail_host(name), _written_host(host), ex=life_s)

    def sweep(self, now: datetime, *, latest: timedelta) -> int:
        """Forget what no list has had for a while, and let nothing be due later than `latest`; how many are forgotten.

        What is due later was written while the clock ran ahead. A part at a time; may be repeated.
        """
        with translated("forgot domains that no list has"):
            before = (now - WANTED_FOR).timestamp()
            gone = self._redis.zrangebyscore(keys.ROUTES_WANTED, "-inf", before, start=0, num=CHUNK)
            after = (now + latest).timestamp()
            late = self._redis.zrangebyscore(keys.ROUTES_DUE, f"({after}", "+inf", start=0, num=CHUNK)
            pipe = self._redis.pipeline(transaction=True)
            if gone:
                pipe.hdel(keys.ROUTES, *gone)
                pipe.zrem(keys.ROUTES_DUE, *gone)
                pipe.zrem(keys.ROUTES_WANTED, *gone)
            if late:
                soon = {each: now.timestamp() + random.random() * latest.total_seconds() for each in late}
                pipe.zadd(keys.ROUTES_DUE, soon, xx=True)
            if gone or late:
                pipe.execute()
        return len(gone)


def _written_route(route: MailRoute) -> str:
    """Shortly: there are many."""
    ways = _LETTER[route.ipv4] + _LETTER[route.ipv6] + "l" * route.ipv6_later + "0" * route.null_mx
    times = (route.looked_up_at, route.holds_until, route.ipv6_since)
    return json.dumps([ways, route.problem, *map(_seconds, times), *route.hosts], separators=(",", ":"))


def _read_route(kept: bytes) -> MailRoute:
    ways, problem, looked_up_at, holds_until, since, *hosts = json.loads(kept)
    return MailRoute(
        hosts=tuple(map(str, hosts)),
        ipv4=_OF_LETTER[ways[0]],
        ipv6=_OF_LETTER[ways[1]],
        ipv6_later="l" in ways,
        null_mx="0" in ways,
        looked_up_at=_moment(looked_up_at),
        holds_until=_moment(holds_until) or datetime.fromtimestamp(0, UTC),
        ipv6_since=_moment(since),
        problem=str(problem),
    )


def _written_host(host: MailHost) -> str:
    return json.dumps([_LETTER[host.ipv4] + _LETTER[host.ipv6], _seconds(host.holds_until), host.problem])


def _read_host(kept: bytes) -> MailHost:
    ways, until, problem = json.loads(kept)
    holds_until = datetime.fromtimestamp(int(until), UTC)
    return MailHost(ipv4=_OF_LETTER[ways[0]], ipv6=_OF_LETTER[ways[1]], holds_until=holds_until, problem=str(problem))


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _moment(seconds: Any) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
