"""`staysub worker`: a Celery worker for each kind of work, forked from one process so that they share their memory.

`python -m tasks.workers`: processes of ours, not of Celery's making. A kind that dies is started again, and meanwhile
the others work.
"""

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from typing import Final

from monitor.operations.queues import KINDS, WorkerKind
from monitor.processes.forked import run_forked
from tasks.app import app

# What workers tell each other; ours need not know. Celery's heartbeat would wait for Redis without end as they end.
ALONE: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def arguments(kind: WorkerKind, *, loglevel: str, concurrency: int | None, probes: int | None) -> list[str]:
    """What Celery is told for a worker of that kind; `concurrency` is for checks, `probes` for probes."""
    told = [
        "worker",
        "--queues",
        ",".join(kind.queues),
        "--loglevel",
        loglevel,
        "--hostname",
        f"{kind.name}@%h",
        *ALONE,
    ]
    threads = probes if kind.name == "probes" and probes else kind.threads
    if threads is not None:
        return [*told, "--pool", "threads", "--concurrency", str(threads)]
    return told if concurrency is None else [*told, "--concurrency", str(concurrency)]


def main(argv: Sequence[str] | None = None) -> int:
    """Run all kinds until SIGINT or SIGTERM; 0 where all ended well."""
    parser = argparse.ArgumentParser(prog="tasks.workers")
    parser.add_argument("--loglevel", default="info")
    parser.add_argument("--concurrency", type=int)
    parser.add_argument("--probes", type=int)
    given = parser.parse_args(argv)
    app.loader.import_default_modules()  # once, before the fork
    gc.collect()
    gc.freeze()  # what is there by now is not walked through any more, and so not copied

    def work(number: int) -> None:
        told = arguments(KINDS[number], loglevel=given.loglevel, concurrency=given.concurrency, probes=given.probes)
        app.worker_main(told)

    # Who is killed outright has no time either: what is cut off is done again, and SIGTERM would wait for its end.
    return run_forked(len(KINDS), work, again=True, orphans=signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(main())
