"""When each list is due for what, and who has claimed it: a sorted set with leases."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from monitor.model.ahead import AWAY
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.unreadable import readable

# A list that is new is looked at within this time, however rarely it is due: nobody waits an hour for a first answer.
FIRST_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One piece of work that is ours for the length of the lease.

    `slot` is the same when the claim is made again after its lease ran out, so (kind, list, slot) names the work.
    """

    kind: str  # "check" or "probe"
    list_id: str
    slot: int

    @property
    def member(self) -> str:
        """Its name in the sorted set."""
        return f"{self.kind}:{self.list_id}"


class Schedule(Part):
    """The sorted set of due times."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._claim = client.register_script(scripts.CLAIM_DUE)
        self._finish = client.register_script(scripts.FINISH_CLAIM)
        self._bring_forward = client.register_script(scripts.BRING_FORWARD)

    def gone(self, wanted: Collection[str]) -> tuple[str, ...]:
        """Ids of lists that are checked by the schedule and are not among the wanted ones."""
        with translated("looked for lists that are gone"):
            members = [text(member) for member in self._redis.hkeys(keys.SCHEDULE_EVERY)]
        known = {member.removeprefix("check:") for member in members if member.startswith("check:")}
        return tuple(sorted(known - set(wanted)))

    def sync(self, every: Mapping[tuple[str, str], timedelta], now: datetime) -> None:
        """Make the set hold exactly these (kind, list id) with these intervals. May be repeated at will.

        A new one is due soon; one whose interval shrank is due within the new interval; one that is gone is dropped.
        """
        wanted = {f"{kind}:{list_id}": interval.total_seconds() for (kind, list_id), interval in every.items()}
        with translated("brought the schedule up to date"):
            known = {text(m): _seconds(s) for m, s in self._redis.hgetall(keys.SCHEDULE_EVERY).items()}
            gone = known.keys() - wanted.keys()
            changed = {member: s for member, s in wanted.items() if known.get(member) != s}
            if not gone and not changed:
                return
            pipe = self._redis.pipeline(transaction=True)
            if gone:
                pipe.zrem(keys.SCHEDULE, *gone)
                pipe.hdel(keys.SCHEDULE_SLOT, *gone)
                pipe.hdel(keys.SCHEDULE_EVERY, *gone)
            for member, interval_s in changed.items():
                soonest = now.timestamp() + random.random() * min(FIRST_WITHIN.total_seconds(), interval_s)
                if member in known:
                    pipe.zadd(keys.SCHEDULE, {member: now.timestamp() + interval_s}, xx=True, lt=True)
                pipe.zadd(keys.SCHEDULE, {member: soonest}, nx=True)
                pipe.hset(keys.SCHEDULE_EVERY, member, str(interval_s))
            pipe.execute()

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> tuple[Claim, ...]:
        """At most `limit` due pieces of work, now leased to the caller. Two callers never get the same one."""
        with translated("claimed what is due"):
            flat = self._claim(
                keys=[keys.SCHEDULE, keys.SCHEDULE_SLOT, keys.SCHEDULE_EVERY],
                args=[now.timestamp(), limit, lease.total_seconds(), random.randrange(2**31)],
            )
            claims = [_claim_of(text(member), text(slot)) for member, slot in zip(flat[::2], flat[1::2], strict=True)]
            nobodys = [member for member, claim in zip(flat[::2], claims, strict=True) if claim is None]
            if nobodys:  # no piece of work of ours: it would be claimed for ever
                self._redis.zrem(keys.SCHEDULE, *nobodys)
                self._redis.hdel(keys.SCHEDULE_SLOT, *nobodys)
        return tuple(claim for claim in claims if claim is not None)

    def finish(self, claim: Claim, *, next_due: datetime) -> bool:
        """End the claim. False where it had been ended before: nothing changes then."""
        with translated("ended a claim"):
            done = self._finish(
                keys=[keys.SCHEDULE, keys.SCHEDULE_SLOT], args=[claim.member, claim.slot, next_due.timestamp()]
            )
        return bool(done)

    def bring_forward(self, kind: str, list_id: str, *, due: datetime) -> bool:
        """Let a list be due by then; False where it is anyway, or somebody has it in hand. May be repeated."""
        with translated("brought work forward"):
            sooner = self._bring_forward(
                keys=[keys.SCHEDULE, keys.SCHEDULE_SLOT], args=[f"{kind}:{list_id}", due.timestamp()]
            )
        return bool(sooner)

    def pull_back(self, now: datetime, *, by: timedelta, lease: timedelta, longest: timedelta, jitter: float) -> int:
        """Let nothing be due later than its interval, or a lease, allows; how many were. May be repeated.

        Such times were written while the clock ran ahead. Each is put back `by` as much as the clock was; where that
        does not do, it is due after an interval: no list is probed twice within one. `jitter` is the share by which
        intervals may be longer. Each is looked at where the clock went back, or where the last is due later than the
        `longest` interval allows; else that one question is all.
        """
        with translated("looked for what is due too late"):
            last = self._redis.zrange(keys.SCHEDULE, -1, -1, withscores=True)
            latest = now + longest * (1 + jitter) + AWAY
            if not by and (not last or last[0][1] <= latest.timestamp()):
                return 0
            pipe = self._redis.pipeline(transaction=True)
            pipe.zrange(keys.SCHEDULE, 0, -1, withscores=True)
            pipe.hgetall(keys.SCHEDULE_EVERY)
            pipe.hkeys(keys.SCHEDULE_SLOT)
            due, every, claimed = pipe.execute()
            given_out, at, late = set(claimed), now.timestamp(), {}
            for member, score in due:
                if member in given_out:
                    most = lease.total_seconds()
                    again = at + most
                else:
                    most = (_seconds(every.get(member)) or 0.0) * (1 + jitter)
                    again = score - by.total_seconds()
                    if again > at + most:
                        again = at + random.uniform(1 - jitter, 1) * (_seconds(every.get(member)) or 0.0)
                if score - at > most + AWAY.total_seconds():
                    late[member] = again
            if late:
                self._redis.zadd(keys.SCHEDULE, late, xx=True, lt=True)
        return len(late)

    def leases(self, now: datetime) -> dict[str, tuple[int, timedelta]]:
        """Of each kind: how many pieces of work are given out, and how long ago the first of them was due."""
        with translated("looked at the leases"):
            slots = self._redis.hgetall(keys.SCHEDULE_SLOT)
        found: dict[str, tuple[int, timedelta]] = {}
        for member, slot in slots.items():
            kind = text(member).split(":", 1)[0]
            count, oldest = found.get(kind, (0, timedelta(0)))
            age = readable(keys.SCHEDULE_SLOT, partial(_age, slot, now))
            if age is None:
                continue
            found[kind] = count + 1, max(oldest, age)
        return found

    def overdue(self, now: datetime) -> int:
        """How many pieces of work are due and not given out."""
        with translated("counted what is due"):
            return int(self._redis.zcount(keys.SCHEDULE, "-inf", now.timestamp()))


def _seconds(kept: bytes | None) -> float | None:
    """An interval; None for one that cannot be read: it is written anew."""
    return None if kept is None else readable(keys.SCHEDULE_EVERY, lambda: float(kept))


def _claim_of(member: str, slot: str) -> Claim | None:
    """The piece of work of that name; None where it is none of ours."""
    kind, colon, list_id = member.partition(":")
    return readable(keys.SCHEDULE, lambda: Claim(kind=kind, list_id=list_id, slot=int(slot))) if colon else None


def _age(slot: bytes, now: datetime) -> timedelta:
    return now - moment(int(slot) / 1000)
