"""Probes: their documents, and that a list never has two open ones."""

from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.metrics import PROBES, PROBES_BEGUN
from monitor.model.evidence import Probe
from monitor.model.tally import counted_lost
from monitor.probe.life import GONE_WRONG, OPEN
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.codec import pack
from monitor.store.streams import place_of
from monitor.store.unreadable import readable, replies, unpacked


class Probes(Part):
    """One document a probe, one pointer a list to its open probe."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._open = client.register_script(scripts.OPEN_PROBE)
        self._change = client.register_script(scripts.CHANGE_PROBE)

    def open(self, probe: Probe, *, now: datetime) -> bool:
        """Begin this probe. False where it was begun before, or where another one of the list is open."""
        open_ms = max(1, int((probe.deadline_at - now).total_seconds() * 1000))
        late = 2 * (probe.deadline_at - probe.scheduled_at)  # for so long its token holds
        by_hand = probe.slot < 0
        with translated("began a probe"):
            begun = self._open(
                keys=[keys.probe(probe.id), keys.probe_open(probe.list_id), keys.probes(probe.list_id), keys.COUNTS],
                args=[
                    probe.id,
                    pack(probe),
                    int((keys.PROBE_BY_HAND_TTL if by_hand else keys.PROBE_TTL).total_seconds()),
                    open_ms,
                    probe.scheduled_at.timestamp(),
                    keys.PROBES_KEPT,
                    PROBES_BEGUN.field(),
                    (probe.scheduled_at - late).timestamp(),
                    keys.probe(""),
                    int(keys.PROBE_BY_HAND_TTL.total_seconds()),
                    int(keys.PROBE_TTL.total_seconds()),
                ],
            )
        return bool(begun)

    def begin_attempt(self, probe: Probe, now: datetime) -> datetime | None:
        """Mark the next try to submit this probe. None where it is ours to make; else when that very try was begun."""
        mark = keys.once("submit", f"{probe.id}:{probe.attempts}")
        life = probe.deadline_at - probe.scheduled_at + keys.WORK_MARK
        with translated("began to submit a probe"):
            if self._redis.set(mark, str(now.timestamp()), nx=True, ex=life):
                return None
            begun = self._redis.get(mark)
        return now if begun is None else readable(mark, lambda: moment(begun)) or now

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
                document = self._redis.get(key)
                before = unpacked(Probe, key, document)
                if document is None or before is None:
                    return None
                after = transition(before)
                if after == before or self._written(document, before, after):
                    return before, after

    def _written(self, document: bytes, before: Probe, after: Probe) -> bool:
        """Write what became of a probe; False where somebody else was faster."""
        ended = after.state not in OPEN
        counted = PROBES.field(after.state) if ended and after.state is not before.state else ""
        lost = (after.state in GONE_WRONG) - (before.state in GONE_WRONG)
        written = self._change(
            keys=[keys.probe(after.id), keys.probe_open(after.list_id), keys.days(after.list_id), keys.COUNTS],
            args=[
                document,
                pack(after),
                after.id if ended else "",
                counted,
                *place_of(counted_lost(after, lost) if lost else None),
                int(keys.OUTCOME_TTL.total_seconds()),
            ],
        )
        return bool(written)

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
            found = self._documents(Probe, [keys.probe(text(ids[0])) for ids in replies(pipe) if ids])
        return {each.list_id: each for each in found}

    def current(self, list_id: str) -> Probe | None:
        """The list's open probe, if there is one."""
        with translated("read the open probe of a list"):
            probe_id = self._redis.get(keys.probe_open(list_id))
        return None if probe_id is None else self.get(text(probe_id))
