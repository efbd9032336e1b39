"""`python -m tests.delivered [--messages N] [--seed N] [--kills N]`: what receivers answered, and what the log tells.

Prints both counts and where they differ. Exits with 1 where they do, or where a subscriber's name is found.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from tests.delivered.account import NOTHING, Counted, Key, Sum, differences, only, total
from tests.delivered.run import PATHS, Outcome, run

DIFFERENCES_SHOWN: Final = 40


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.delivered", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=60)
    asked = parser.parse_args()
    began_s = time.monotonic()
    outcome = run(asked.messages, seed=asked.seed, kills=asked.kills, say=_sayer(began_s))
    print("\n".join(_lines(outcome)))  # noqa: T201 - a program's output
    return 1 if outcome.wrong else 0


def _sayer(began_s: float) -> Callable[[str], None]:
    def say(sentence: str) -> None:
        passed = time.monotonic() - began_s
        print(f"{passed // 60:3.0f}:{passed % 60:04.1f}  {sentence}", flush=True)  # noqa: T201 - a program's output

    return say


def _lines(outcome: Outcome) -> Iterator[str]:
    yield ""
    yield from (f"{name:32}{value}" for name, value in outcome.facts.items())
    yield ""
    names = list(outcome.told)
    yield f"{'receiver':16}{'IPv':4}{'action':8}{'receivers counted':>20}" + "".join(f"{name:>20}" for name in names)
    coarse = {name: _coarse(told) for name, told in {"": outcome.true, **outcome.told}.items()}
    for key in sorted(coarse[""]):
        yield f"{key.receiver or '-':16}{key.family:<4}{key.action:8}" + "".join(
            f"{_shown(counted.get(key, NOTHING)):>20}" for counted in coarse.values()
        )
    yield f"{'all':28}" + "".join(f"{_shown(total(counted)):>20}" for counted in coarse.values())
    yield "(attempts / recipients; follow and replies tell of the lists alone)"
    yield ""
    for name, told in outcome.told.items():
        true = outcome.true if name == "import log" else only(outcome.true, PATHS.values())
        found = differences(true, told)
        yield f"{name}: {len(found)} of {len(true)} rows differ."
        for each in found[:DIFFERENCES_SHOWN]:
            yield f"  {each.key}: {_shown(each.told)} is told, {_shown(each.true)} is true"
    yield from outcome.wrong or ["Nothing is wrong."]


def _coarse(counted: Counted) -> dict[Key, Sum]:
    """By receiver, family and action alone."""
    found: dict[Key, Sum] = {}
    for key, each in counted.items():
        coarse = Key("", key.receiver, key.family, key.action, "")
        found[coarse] = found.get(coarse, NOTHING) + each
    return found


def _shown(each: Sum) -> str:
    return f"{each.attempts:,} / {each.recipients:,}"


if __name__ == "__main__":
    sys.exit(main())
