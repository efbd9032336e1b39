"""`python -m tests.torment [--minutes 10] [--seed N] [--without KIND,…] [--only KIND,…]`: a torment that stays.

Prints what is being done, and one line of figures at the end. Exits with 1 where anything was lost, double, accused or
unwell.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.torment.account import Verdict, count
from tests.torment.journal import Done
from tests.torment.lists import LISTS, TURNING
from tests.torment.plan import KILL, LASTS, TURN, Step, make_plan
from tests.torment.torments import Torments
from tests.torment.witness import Witness, tracebacks
from tests.torment.world import World, world_in

WARM_S: Final = 150.0  # at most, until every list was checked and probed
SETTLE_S: Final = 270.0  # at most: longer than the lease of a killed worker's work, three minutes
SETTLE_SHARE: Final = 0.45  # of a short run
# What was wrong now and then is rightly told for a week after it, as sporadic: so one passes before we count.
WEEK_PASSES_S: Final = 45.0  # after everything was put right
A_WEEK: Final = timedelta(days=8)
LOOK_S: Final = 10.0  # between two looks whether all is well
JUMP_FROM: Final = timedelta(seconds=40)  # a notice that waits longer is reached by moving the clock
TICK_S: Final = 0.1
TOLD_AT_ONCE: Final = 3  # of what is not well


class Conductor:
    """One run."""

    def __init__(self, world: World, *, seed: int, minutes: float, without: set[str]) -> None:
        self.world, self.seed, self.minutes = world, seed, minutes
        self.witness = Witness(world.journal, world.ports.web)
        self.torments = Torments(world, seed=seed)
        self.began_s = time.monotonic()
        self.calm_bytes: dict[str, int] = {}
        self.steps: list[Step] = []
        settle_s = min(SETTLE_S, SETTLE_SHARE * 60 * minutes)
        self.ends_s = self.began_s + 60 * minutes
        self.right_at_s = self.ends_s - settle_s
        self._without, self._told = without, set[str]()

    def say(self, sentence: str) -> None:
        """One line with the time since the beginning."""
        passed = time.monotonic() - self.began_s
        print(f"{passed // 60:3.0f}:{passed % 60:04.1f}  {sentence}", flush=True)  # noqa: T201 - a program's output

    def run(self) -> Verdict:
        """All of it."""
        self._warm_up()
        self._torment()
        return self._settle()

    def _warm_up(self) -> None:
        self.witness.start()
        self.say(f"Everything is started; logs are in {self.world.folder / 'log'}.")
        limit_s = time.monotonic() + WARM_S
        while time.monotonic() < limit_s:
            handed = {one.list_id for one in self.world.journal.handed if one.code == 250}
            if len(handed) == len(LISTS) and self.witness.ready().get("ready"):
                break
            self._wait(1.0)
        else:
            self.say("Not every list was probed in time; going on.")
        self.calm_bytes = {part.name: part.memory_bytes() for part in self.world.everything}
        self.say("Calm: every list was checked and probed.")

    def _torment(self) -> None:
        began_s, world = time.monotonic(), self.world
        length_s = max(0.0, self.right_at_s - began_s)
        plan = list(
            make_plan(self.seed, length_s=length_s, parts=tuple(world.parts), turning=TURNING, without=self._without)
        )
        undos: list[tuple[float, Step, Callable[[], None]]] = []
        while plan or undos or time.monotonic() - began_s < length_s:
            now_s = time.monotonic()
            while plan and plan[0].at_s <= now_s - began_s:
                step = plan.pop(0)
                self.say(_words(step))
                undos.append((now_s + step.for_s, step, self.torments.apply(step)))
                self.steps.append(step)
            for each in [one for one in undos if one[0] <= now_s]:
                undos.remove(each)
                until_s, step, undo = each
                undo()
                world.journal.done.append(
                    Done(began_s=until_s - step.for_s, ended_s=now_s, kind=step.kind, target=step.target)
                )
            world.keep()
            time.sleep(TICK_S)

    def _settle(self) -> Verdict:
        """Put everything right and wait until all is well, moving the clock to what waits; at the latest at the end."""
        self.torments.put_right()
        right_s = time.monotonic()
        self.say("Everything is put right; settling.")
        verdict, week_passed = None, False
        while True:
            self._wait(LOOK_S)
            over = time.monotonic() > self.ends_s
            if not week_passed and time.monotonic() - right_s > WEEK_PASSES_S:
                week_passed = True
                self._jump(A_WEEK, "A week passes.")
                continue
            found = self._verdict(right_s)
            verdict = found or verdict
            if verdict is not None:
                self._tell(verdict)
            may_mend = found is None or found.lost or found.unwell
            if (week_passed and not may_mend) or (over and verdict is not None):
                return verdict
            if over and time.monotonic() > self.ends_s + WARM_S:
                return Verdict(lost=(), double=(), accused=(), unwell=("The pages do not answer.",))

    def _tell(self, verdict: Verdict) -> None:
        """How much is not well, and some of what was not said before."""
        wrong = verdict.wrong
        self.say(f"Not well: {len(wrong)}." if wrong else "All is well.")
        new = [sentence for sentence in wrong if sentence not in self._told][:TOLD_AT_ONCE]
        self._told.update(new)
        for sentence in new:
            self.say(f"  {sentence}")

    def _verdict(self, right_s: float) -> Verdict | None:
        world = self.world
        end = self.witness.end(
            right_s=right_s,
            broken=frozenset(world.servers.broken),
            memory={part.name: (self.calm_bytes[part.name], part.memory_bytes()) for part in world.everything},
            tracebacks={part.name: tracebacks(part.log) for part in world.everything},
            dead=tuple(part.name for part in world.everything if not part.alive),
        )
        if end is None:
            return None
        waiting = [datetime.fromisoformat(one.next_attempt_at) for one in end.notices if one.next_attempt_at]
        there = datetime.now(UTC) + world.clock.ahead
        if waiting and min(waiting) - there > JUMP_FROM:
            self._jump(min(waiting) - there, f"The clock goes on by {min(waiting) - there}, to when a notice is due.")
        return count(world.journal, end)

    def _jump(self, by: timedelta, why: str) -> None:
        self.say(why)
        began_s = time.monotonic()
        self.world.jump(by)
        self.world.journal.done.append(Done(began_s=began_s, ended_s=time.monotonic(), kind="clock-goes-on"))

    def _wait(self, seconds: float) -> None:
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s:
            self.world.keep()
            time.sleep(TICK_S)

    def figures(self, verdict: Verdict) -> str:
        """The one line."""
        kinds = Counter("kills" if step.kind == KILL else step.kind for step in self.steps)
        stalls = sum(kinds[kind] for kind in ("redis-stopped", "redis-asleep", "part-stopped"))
        journal = self.world.journal
        exits = {part.name: part.exits for part in self.world.everything if part.exits}
        done = (
            f"{kinds['kills'] + kinds['redis-killed']} kills, {stalls} stalls, {kinds['redis-emptied']} times emptied, "
            f"{sum(number for kind, number in kinds.items() if kind.startswith('clock'))} times another time, "
            f"{kinds[TURN]} turns, {len(self.steps)} torments in all, {len(journal.taken)} probes, "
            f"{len(journal.told)} notices{f', ended by themselves {exits}' if exits else ''}"
        )
        minutes = (time.monotonic() - self.began_s) / 60
        return (
            f"torment: {minutes:.0f} min, seed {self.seed}, {done}: {len(verdict.lost)} lost, {len(verdict.double)} double, "
            f"{len(verdict.accused)} accused, {len(verdict.unwell)} unwell"
        )


def _words(step: Step) -> str:
    if step.kind == TURN:
        return f"{step.target} is {'broken' if step.broken else 'mended'}"
    lasts = f" for {step.for_s:g} s" if step.for_s else ""
    return f"{step.kind}{f' {step.target}' if step.target else ''}{lasts}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 where nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torment")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="the same seed makes the same plan")
    parser.add_argument("--without", default="", help="kinds that are left out, by comma")
    parser.add_argument("--only", default="", help="the only kinds, by comma")
    asked = parser.parse_args(arguments)
    every = {*LASTS, KILL}
    chosen = set(filter(None, asked.only.split(","))) or every
    without = set(filter(None, asked.without.split(","))) | (every - chosen)
    unknown = (without | chosen) - every
    if unknown:
        parser.error(f"There is no torment {', '.join(sorted(unknown))}; there are {', '.join(sorted(every))}.")
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(100_000)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts with it ignored what is in the background
    folder = Path(tempfile.mkdtemp(prefix="staysub-torment-"))
    with world_in(folder) as world:
        conductor = Conductor(world, seed=seed, minutes=asked.minutes, without=without)
        conductor.say(f"Seed {seed}; the same again: make torment MINUTES={asked.minutes:g} SEED={seed}")
        try:
            verdict = conductor.run()
        except KeyboardInterrupt:
            conductor.say(f"Ended before its time. Logs: {folder / 'log'}")
            return 130
        finally:
            conductor.witness.stop()
    for sentence in verdict.wrong:
        print(sentence)  # noqa: T201 - a program's output
    print(conductor.figures(verdict))  # noqa: T201 - a program's output
    if verdict.wrong:
        print(f"Logs: {folder / 'log'}")  # noqa: T201 - a program's output
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
