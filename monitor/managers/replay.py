"""A machine run over given events: what a member's record would look like after them.

A replay is a value that moves forward: running it to a time and then to a later one gives the same as one run.
"""

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitor.managers.machine import Bounce, Effect, Machine, Step

TICK_RESOLUTION_S = 1e-3  # a timer never runs twice within this


class EventKind(StrEnum):
    """What can happen to a member, or to the list."""

    POST = "post"
    DELIVERED = "delivered"
    PROBE_BOUNCE = "probe-bounce"
    BOUNCE = "bounce"
    ENABLE = "enable"
    DISABLE_BY_USER = "disable-by-user"
    SET_POLICY = "set-policy"


HARD = Bounce()
ORDER = {kind: number for number, kind in enumerate(EventKind)}  # at one moment, a post goes out before all else


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, `at` seconds after the start."""

    at: float
    kind: EventKind
    bounce: Bounce = HARD
    policy: Mapping[str, Any] = field(default_factory=dict)
    sent_at: float | None = None  # of the probe that bounces, where that is known
    what: Effect | None = None  # what bounces, where that is known


@dataclass(slots=True)
class Replay:
    """One member's life under a machine; `effects` tells when each thing was done to the member."""

    machine: Machine[Any]
    probe_bounces_after: float | None = None  # None: probes arrive, but for events that say otherwise
    probes_bounce_until: float = math.inf  # those that are sent later arrive
    state: Any = None
    clock: float = 0
    removed: bool = False
    effects: dict[Effect, list[float]] = field(default_factory=lambda: {effect: [] for effect in Effect})
    _agenda: list[tuple[float, int, int, Event]] = field(default_factory=list)
    _added: int = 0
    _ticked: float = -1
    _last_sent: tuple[Effect | None, float | None] = (None, None)  # what could come back, and when it was sent

    def __post_init__(self) -> None:
        if self.state is None:
            self.state = self.machine.start()

    def add(self, events: Iterable[Event]) -> None:
        """Put events on the agenda; those before the clock happen at once when the replay goes on."""
        for event in events:
            heapq.heappush(self._agenda, (event.at, ORDER[event.kind], self._added, event))
            self._added += 1

    def run(self, until: float) -> None:
        """Let everything happen up to and including `until`."""
        while not self.removed:
            tick = self.machine.next_tick(
                self.state, self.clock if self._ticked < self.clock else self._ticked + TICK_RESOLUTION_S
            )
            event = self._agenda[0][0] if self._agenda else None
            if event is not None and event <= until and (tick is None or event <= tick):
                _, _, _, happening = heapq.heappop(self._agenda)
                self.clock = max(self.clock, happening.at)
                self._done(self._happened(happening))
            elif tick is not None and tick <= until:
                self.clock = self._ticked = tick
                self._done(self.machine.tick(self.state, tick))
            else:
                break
        self.clock = max(self.clock, until)

    @property
    def score(self) -> float | None:
        """The manager's score of the member; None where it keeps none, or the member is gone."""
        return None if self.removed else self.machine.score(self.state)

    @property
    def coming_back(self) -> tuple[tuple[float, float, Effect], ...]:
        """(when, sent when, what) of each probe or warning that is out and will bounce, in order."""
        return tuple(
            (event.at, event.sent_at, event.what)
            for _, _, _, event in sorted(self._agenda, key=lambda entry: entry[:3])
            if event.kind is EventKind.PROBE_BOUNCE and event.sent_at is not None and event.what is not None
        )

    def _happened(self, event: Event) -> Step[Any]:
        machine, state, at = self.machine, self.state, self.clock
        match event.kind:
            case EventKind.POST:
                return machine.post(state, at)
            case EventKind.DELIVERED:
                return machine.delivered(state, at)
            case EventKind.BOUNCE:
                return machine.bounce(state, at, event.bounce)
            case EventKind.PROBE_BOUNCE:
                what, sent_at = (event.what, event.sent_at) if event.what else self._last_sent
                return machine.probe_bounce(state, at, sent_at=sent_at, what=what)
            case EventKind.ENABLE:
                return machine.enable(state, at)
            case EventKind.DISABLE_BY_USER:
                return machine.disable_by_user(state, at)
            case EventKind.SET_POLICY:
                self.machine = machine.with_policy(event.policy)
                return state, ()

    def _done(self, step: Step[Any]) -> None:
        self.state, effects = step
        for effect in effects:
            self.effects[effect].append(self.clock)
            self.removed = self.removed or effect is Effect.REMOVED
            if self._comes_back(effect):
                self._last_sent = (effect, self.clock)
                if self.probe_bounces_after is not None and self.clock <= self.probes_bounce_until:
                    back_at = self.clock + self.probe_bounces_after
                    self.add([Event(at=back_at, kind=EventKind.PROBE_BOUNCE, sent_at=self.clock, what=effect)])

    def _comes_back(self, effect: Effect) -> bool:
        return self.machine.comes_back(effect)
