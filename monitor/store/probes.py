"""Probes: their documents, and that a list never has two open ones."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from redis.exceptions import WatchError

from monitor.metrics import PROBES, PROBES_BEGUN
from monitor.model.evidence import Probe, ProbeState
from monitor.store import keys, scripts
from monitor.store.client import Redis, text, translated
from monitor.store.codec import decode, encode
from monitor.store.metric_totals import queue_counts

OPEN_STATES = frozenset({ProbeState.SCHEDULED, ProbeState.SUBMITTED, ProbeState.DEFERRED})


class Probes:
    """One document a probe, one pointer a list to its open probe."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._open = client.register_script(scripts.OPEN_PROBE)
        self._release = client.register_script(scripts.RELEASE)

    def open(self, probe: Probe, *, now: datetime) -> bool:
        """Begin this probe. False where it was begun before, or where another one of the list is open."""
        open_ms = max(1, int((probe.deadline_at - now).total_seconds() * 1000))
        with translated("began a probe"):
            begun = self._open(
                keys=[keys.probe(probe.id), keys.probe_open(probe.list_id), keys.probes(probe.list_id), keys.COUNTS],
                args=[
                    probe.id,
                    encode(probe),
                    int(keys.PROBE_TTL.total_seconds()),
                    open_ms,
                    probe.scheduled_at.timestamp(),
                    keys.PROBES_KEPT,
                    PROBES_BEGUN.field(),
                ],
            )
        return bool(begun)

    def begin_attempt(self, probe: Probe, now: datetime) -> datetime | None:
        """Mark the next try to submit this probe. None where it is ours to make; else when that very try was begun."""
        mark = keys.once("submit", f"{probe.id}:{probe.attempts}")
        with translated("began to submit a probe"):
            life_s = int(keys.ONCE_TTL.total_seconds())
            if self._redis.set(mark, str(now.timestamp()), nx=True, ex=life_s):
                return None
            begun = self._redis.get(mark)
        return now if begun is None else datetime.fromtimestamp(float(begun), tz=UTC)

    def get(self, probe_id: str) -> Probe | None:
        """That probe, or None where it is unknown or expired."""
        with translated("read a probe"):
            document = self._redis.get(keys.probe(probe_id))
        return None if document is None else decode(Probe, document)

    def change(self, probe_id: str, transition: Callable[[Probe], Probe]) -> tuple[Probe, Probe] | None:
        """Apply a pure transition and answer (before, after); None where the probe is unknown.

        Worker and receiver change the same probe at the same time: the transition is applied to what the other one
        left, and so may be called more than once.
        """
        key = keys.probe(probe_id)
        with translated("changed a probe"):
            while True:
                with self._redis.pipeline(transaction=True) as pipe:
                    pipe.watch(key)
                    document = pipe.get(key)
                    if document is None:
                        return None
                    before = decode(Probe, document)
                    after = transition(before)
                    if after == before:
                        return before, after
                    pipe.multi()
                    pipe.set(key, encode(after), keepttl=True)
                    if after.state is not before.state and after.state not in OPEN_STATES:
                        queue_counts(pipe, {PROBES.field(after.state): 1})
                    try:
                        pipe.execute()
                    except WatchError:
                        continue
                if after.state not in OPEN_STATES:
                    self._release(keys=[keys.probe_open(after.list_id)], args=[after.id])
                return before, after

    def of_list(self, list_id: str, limit: int = 50) -> tuple[Probe, ...]:
        """The list's probes, newest first."""
        with translated("read the probes of a list"):
            ids = [text(i) for i in self._redis.zrevrange(keys.probes(list_id), 0, limit - 1)]
            documents = self._redis.mget([keys.probe(i) for i in ids]) if ids else []
        return tuple(decode(Probe, document) for document in documents if document is not None)

    def newest(self, list_ids: Sequence[str]) -> dict[str, Probe]:
        """Each list's newest probe, in two questions; a list that was never probed is left out."""
        with translated("read the newest probes of some lists"):
            pipe = self._redis.pipeline(transaction=False)
            for list_id in list_ids:
                pipe.zrevrange(keys.probes(list_id), 0, 0)
            ids = [text(found[0]) for found in pipe.execute() if found]
            documents = self._redis.mget([keys.probe(each) for each in ids]) if ids else []
        found = [decode(Probe, document) for document in documents if document is not None]
        return {each.list_id: each for each in found}

    def current(self, list_id: str) -> Probe | None:
        """The list's open probe, if there is one."""
        with translated("read the open probe of a list"):
            probe_id = self._redis.get(keys.probe_open(list_id))
        return None if probe_id is None else self.get(text(probe_id))
