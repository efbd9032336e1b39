"""What is done to the parts, and when: a plan that a seed gives. Pure: the same seed makes the same plan."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Each kind with the seconds that it lasts, from and to. Most outlast a time limit of the parts or a turn of their
# loops (two seconds); none outlasts what a run of ten minutes can afford.
LASTS: Final = {
    "redis-stopped": (4, 14),  # SIGSTOP: connections stand, nothing answers
    "redis-asleep": (3, 9),  # DEBUG SLEEP: the same from within
    "redis-killed": (2, 8),  # SIGKILL, and away for so long
    "redis-emptied": (0, 0),  # FLUSHALL
    "redis-read-only": (4, 12),  # the replica of a server that is not there
    "redis-full": (4, 12),  # maxmemory below what it holds
    "dns-silent": (5, 15),
    "dns-servfail": (5, 15),
    "dns-lossy": (8, 20),  # every other answer is lost
    "mta-hangs": (5, 15),
    "mta-drips": (8, 20),
    "mta-refuses": (5, 15),  # 4yz
    "mta-resets": (5, 15),
    "relay-hangs": (5, 15),
    "relay-drips": (8, 20),
    "relay-refuses": (5, 15),
    "relay-resets": (5, 15),
    "hook-hangs": (5, 15),
    "hook-drips": (8, 20),
    "hook-500": (5, 15),
    "hook-resets": (5, 15),
    "clock-day-ahead": (6, 15),  # and back
    "clock-minutes-ahead": (6, 15),
    "clock-minutes-behind": (6, 15),
    "clock-apart": (6, 15),  # a day ahead of that of Redis, and back
    "part-stopped": (4, 12),  # SIGSTOP of one part with all of its processes
    "hostile-mail": (6, 6),
    "hostile-web": (6, 6),
}
# What the parts stand on fails beside what they speak with: one of each at a time.
TRACKS: Final = (("redis", "clock", "part", "hostile"), ("dns", "mta", "relay", "hook"))
KILL, TURN = "kill", "turn"  # beside them, all the time: a part is killed; a list's record is broken or mended
CALM_S: Final = (3.0, 8.0)  # between one torment and the next
KILL_EVERY_S: Final = (5.0, 11.0)  # a part of Celery needs some four seconds to start
# A list is broken and mended by turns. An incident is told after two checks, but a check whose worker was killed comes
# again after its lease of three minutes: what lasts shorter may pass unseen.
TURN_EVERY_S: Final = (70.0, 160.0)
TURNS_A_LIST: Final = 6  # three incidents within a day are flapping, and each further one takes longer to end


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Step:
    """One thing done, `at_s` seconds after the torment began, for `for_s` seconds."""

    at_s: float
    kind: str
    target: str = ""  # a part, or a list
    for_s: float = 0.0
    broken: bool = False  # of a turn: what the list's record is from now on


def make_plan(
    seed: int,
    *,
    length_s: float,
    parts: Sequence[str],
    turning: Sequence[str],
    without: Collection[str] = (),
) -> tuple[Step, ...]:
    """The steps in their order; nothing goes on after `length_s`. `without` are kinds that are left out."""
    steps = [
        *(step for track in TRACKS for step in _torments(seed, track, length_s, parts, without)),
        *(() if KILL in without else _kills(random.Random(f"{seed}:kills"), length_s, parts)),
        *_turns(random.Random(f"{seed}:turns"), length_s, turning),
    ]
    return tuple(sorted(steps))


def _torments(
    seed: int, track: Sequence[str], length_s: float, parts: Sequence[str], without: Collection[str]
) -> Iterator[Step]:
    """One after the other, all kinds of the track in each round, each round in another order."""
    dice = random.Random(f"{seed}:{track[0]}")
    kinds = [kind for kind in LASTS if kind.startswith(tuple(track)) and kind not in without]
    at_s = 0.0
    while kinds:
        for kind in dice.sample(kinds, len(kinds)):
            for_s = round(dice.uniform(*LASTS[kind]), 1)
            if at_s + for_s > length_s:
                return
            yield Step(
                at_s=round(at_s, 1), kind=kind, for_s=for_s, target=dice.choice(parts) if kind == "part-stopped" else ""
            )
            at_s += for_s + dice.uniform(*CALM_S)


def _kills(dice: random.Random, length_s: float, parts: Sequence[str]) -> Iterator[Step]:
    """Every part in turn, each round in another order; Redis has a kind of its own."""
    at_s = dice.uniform(*KILL_EVERY_S)
    while True:
        for part in dice.sample(parts, len(parts)):
            if at_s > length_s:
                return
            yield Step(at_s=round(at_s, 1), kind=KILL, target=part)
            at_s += dice.uniform(*KILL_EVERY_S)


def _turns(dice: random.Random, length_s: float, turning: Sequence[str]) -> Iterator[Step]:
    for each in turning:
        at_s, broken = dice.uniform(0, TURN_EVERY_S[1]), False
        for _ in range(TURNS_A_LIST):
            if at_s > length_s:
                break
            broken = not broken
            yield Step(at_s=round(at_s, 1), kind=TURN, target=each, broken=broken)
            at_s += dice.uniform(*TURN_EVERY_S)
