"""`make bench BENCH=pages`: how quickly the pages answer with ten thousand lists, while checks keep coming in.

The goal is 100 ms for 95 of 100 overviews. The lists' documents are real ones, with findings, admissions and forecasts.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import uvicorn

from monitor.config.settings import Settings
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.checks.source import CHECKS
from monitor.store import Store, open_store
from tests import seed
from tests.integration.redis_server import redis_server
from tests.pages import pages_of

LISTS = 10_000
CHECKS_A_SECOND = 11  # ten thousand lists, each every 15 minutes
ASKED = 100
GOAL_MS = 100.0
CHECKS_MADE, ARRIVALS_MADE, BOUNCES_MADE = 100, 200, 500  # of the list whose page is asked for: as many as it reads
PATHS = (
    "/",
    "/?by=list",
    "/?by=domain&q=list-99",
    "/?q=list-99",
    "/?level=watch&offset=300",
    "/lists/ipv6-ops",
    "/lists/ipv6-ops?whatif=rest&window=90d",
    "/api/v1/lists?limit=50",
    "/metrics",
)
KINDS = ("ipv6-ops", "dns-void", "no-ptr", *("gardening",) * 60)  # five in a hundred are not well


def main(arguments: list[str]) -> None:
    """Print a table; an argument is another number of lists."""
    lists = int(arguments[0]) if arguments else LISTS
    with redis_server() as url, _served(open_store(url), lists) as client:
        first = _asked(client, "/")
        print(f"{lists} lists; the first overview after the start took {first:.0f} ms")
        print(f"{'path':38} {'median':>8} {'p95':>8} {'worst':>8}  ms")
        for path in PATHS:
            took = sorted(_asked(client, path) for _ in range(ASKED))
            median, p95, worst = took[len(took) // 2], took[len(took) * 95 // 100 - 1], took[-1]
            goal = "" if urlsplit(path).path != "/" else "  within the goal" if p95 <= GOAL_MS else "  OVER THE GOAL"
            print(f"{path:38} {median:8.1f} {p95:8.1f} {worst:8.1f}{goal}")


@contextmanager
def _served(store: Store, lists: int) -> Iterator[httpx.Client]:
    seed.fill(store)
    assessed = {kind: store.outcomes.assessment(kind) for kind in set(KINDS)}
    ids = [f"list-{number}" for number in range(lists)]
    for number, list_id in enumerate(ids):
        store.outcomes.record_assessment(replace(assessed[KINDS[number % len(KINDS)]], list_id=list_id), cause="bench")
    _lived(store, "ipv6-ops")
    settings = Settings(file_lists=tuple(seed.mailing_list(list_id) for list_id in ("ipv6-ops", *ids)))
    app = pages_of(lambda: settings, store, lambda: datetime.now(UTC))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    done = threading.Event()

    def keep_checking() -> None:
        number = 0
        while not done.wait(1 / CHECKS_A_SECOND):
            number += 1
            newest = replace(assessed["no-ptr"], list_id=random.choice(ids), assessed_at=datetime.now(UTC))
            store.outcomes.record_assessment(newest, cause=f"bench:{number}")

    writer = threading.Thread(target=keep_checking, daemon=True)
    writer.start()
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    done.set()
    writer.join()
    server.should_exit = True


def _lived(store: Store, list_id: str) -> None:
    """Give a list as much of a past as its page ever reads."""
    check, arrival = store.evidence.read(CHECKS, list_id, 1)[0], store.evidence.read(ARRIVALS, list_id, 1)[0]
    for number in range(CHECKS_MADE):
        at = check.evaluated_at - number * timedelta(minutes=15)
        store.evidence.record(CHECKS, replace(check, slot=number + 1, evaluated_at=at))
    for number in range(ARRIVALS_MADE):
        at = arrival.received_at - number * timedelta(hours=1)
        store.evidence.record_arrival(replace(arrival, probe_id=f"bench-{number}", received_at=at))
    for number in range(BOUNCES_MADE):
        store.evidence.record(BOUNCES, seed.bounce(list_id, seed.NOW - number * timedelta(hours=1)))


def _asked(client: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, path
    return took
