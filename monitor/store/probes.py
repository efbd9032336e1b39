"""Probes: their documents, and that a list never has two open ones."""

from collections.abc import Callable, Sequence
from datetime import datetime

from redis.exceptions import WatchError

from monitor.metrics import PROBES, PROBES_BEGUN
from monitor.model.evidence import Probe
from monitor.probe.life import OPEN
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.codec import decode, encode
from monitor.store.metric_totals import queue_counts


class Probes(Part):
    """One document a probe, one pointer a list to its open probe."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
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
            if self._redis.set(mark, str(now.timestamp()), nx=True, ex=keys.ONCE_TTL):
                return None
            begun = self._redis.get(mark)
        return now if begun is None else moment(begun)

    def get(self, probe_id: str) -> Probe | None:
        """That probe, or None where it is unknown or expired."""
        with translated("read a probe"):
            return self._document(Probe, keys.probe(probe_id))

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
                    if after.state is not before.state and after.state not in OPEN:
                        queue_counts(pipe, {PROBES.field(after.state): 1})
                    try:
                        pipe.execute()
                    except WatchError:
                        continue
                if after.state not in OPEN:
                    self._release(keys=[keys.probe_open(after.list_id)], args=[after.id])
                return before, after

    def of_list(self, list_id: str, limit: int = 50) -> tuple[Probe, ...]:
        """The list's probes, newest first."""
        with translated("read the probes of a list"):
            return self._newest(Probe, keys.probes(list_id), keys.probe, limit)

    def newest(self, list_ids: Sequence[str]) -> dict[str, Probe]:
        """Each list's newest probe, in two questions; a list that was never probed is left out."""
        with translated("read the newest probes of some lists"):
            pipe = self._redis.pipeline(transaction=False)
            for list_id in list_ids:
                pipe.zrevrange(keys.probes(list_id), 0, 0)
            found = self._documents(Probe, [keys.probe(text(ids[0])) for ids in pipe.execute() if ids])
        return {each.list_id: each for each in found}

    def current(self, list_id: str) -> Probe | None:
        """The list's open probe, if there is one."""
        with translated("read the open probe of a list"):
            probe_id = self._redis.get(keys.probe_open(list_id))
        return None if probe_id is None else self.get(text(probe_id))
