"""`python -m bench NAME …`: runs bench/NAME.py, which defines `main(arguments)`; without a name, all of them."""

import importlib
import sys
from pathlib import Path

BENCHMARKS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if "def main(" in path.read_text())


def run(arguments: list[str]) -> None:
    """Run the benchmark that the first argument names, or every one."""
    names = [name for name in BENCHMARKS if name != "__main__"]
    if arguments and arguments[0] not in names:
        sys.exit(f"There is no benchmark {arguments[0]!r}; there are: {', '.join(names)}.")
    for name in arguments[:1] or names:
        importlib.import_module(f"bench.{name}").main(arguments[1:])


run(sys.argv[1:])
