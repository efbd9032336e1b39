"""The clock jumps ahead by a day under `staysub run` and is put right: checks and probes go on, no list is accused.

Everything runs on the shifted clock, the store too, as on one machine.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.metrics import CLOCK_JUMPS
from monitor.model.evidence import ProbeState
from monitor.store import Store, open_store
from monitor.store.embedded import embedded_url
from tests.harness import STAYSUB, TOP, free_port, started, wait_for
from tests.integration.redis_server import redis_server
from tests.integration.shifted_clock import ShiftedClock, library, shifted_clock
from tests.servers import needs_nsd, nsd, zone_text

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(600),
    needs_nsd,
    pytest.mark.skipif(library() is None, reason="libfaketime is not installed (apt install faketime)"),
]

DAY = timedelta(days=1)
START_S = 90.0
GOES_ON_S = 60.0  # checks and probes are due every few seconds here
ZONES = {
    "lists.example.org": {"TXT": ["v=spf1 a:mail.lists.example.org -all"], "MX": [(10, "mail.lists.example.org")]},
    "mail.lists.example.org": {"AAAA": ["2001:db8:25::25", "::1"], "TXT": ["v=spf1 a -all"]},
    **{ip_address(each).reverse_pointer: {"PTR": ["mail.lists.example.org"]} for each in ("2001:db8:25::25", "::1")},
    "v6.probe.example.org": {"MX": [(10, "receiver.example.org")]},
    "receiver.example.org": {"AAAA": ["::1"]},
}
LIST = """
[schedule]
check_every = "5s"
probe_every = "10s"
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
"""
ALONE = (
    """
data_dir = "data"
[redis]
url = "{url}"
[dns]
nameservers = ["127.0.0.1:{dns}"]
"""
    + LIST
)
CONFIG = (
    """
data_dir = "data"
[web]
listen = "127.0.0.1:{web}"
[dns]
nameservers = ["127.0.0.1:{dns}"]
[receiver]
domain = "v6.probe.example.org"
hostname = "receiver.example.org"
listen = "[::1]:{smtp}"
"""
    + LIST
    + """submission = "smtp://[::1]:{smtp}"
"""
)


@dataclass
class Ground:
    """The product on a clock of its own."""

    folder: Path
    clock: ShiftedClock
    store: Store
    web: int

    def newest(self) -> tuple[datetime | None, datetime | None]:
        """When the check and the arrival that were recorded last are dated."""
        check = next(iter(self.store.evidence.read(CHECKS, "ops", 1)), None)
        arrival = next(iter(self.store.evidence.read(ARRIVALS, "ops", 1)), None)
        return check and check.evaluated_at, arrival and arrival.received_at

    def goes_on(self, what: str, within_s: float = GOES_ON_S) -> None:
        """A check and a probe of a time from now on are recorded, neither dated ahead of the clock."""
        since = self.clock.now()

        def both() -> bool:
            soon = self.clock.now() + timedelta(seconds=5)
            return all(at is not None and since <= at <= soon for at in self.newest())

        wait_for(both, f"check and probe {what}; it is {since}", within_s=within_s, every_s=0.3, said=self.said)

    def readyz(self) -> dict[str, Any]:
        """What `/readyz` says."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/readyz", timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))

    def becomes_ready(self) -> None:
        """`/readyz` says so, and when it does every part has been heard since the clock is what it is."""
        wait_for(lambda: self.readyz().get("ready"), "readiness", within_s=GOES_ON_S, said=self.readyz)
        soon = self.clock.now() + timedelta(minutes=1)
        beats = self.store.heartbeats.all()
        assert all(beats[part] <= soon for part in ("worker", "beat", "receiver", "resolver")), beats

    def is_innocent(self) -> None:
        """No list was accused of anything."""
        lost = [one for one in self.store.probes.of_list("ops") if one.state is ProbeState.LOST and not one.ours]
        assert not lost
        assert not self.store.incidents.recent()
        assert self.store.outcomes.assessment("ops").assessed_at <= self.clock.now() + timedelta(minutes=1)

    def said(self, octets: int = 3000) -> str:
        """What a reader of a failure wants to see."""
        logs = sorted((self.folder / "data" / "log").glob("*.log"))
        return f"{self.newest()}\n" + "\n".join(f"{each.name}\n{each.read_text()[-octets:]}" for each in logs)


@contextmanager
def product(folder: Path):
    web, smtp = free_port(), free_port()
    with nsd(folder / "nsd", {"": zone_text(ZONES)}) as dns, shifted_clock(folder) as clock:
        (folder / "staysub.toml").write_text(CONFIG.format(web=web, smtp=smtp, dns=dns))
        environ = {k: v for k, v in os.environ.items() if k != "STAYSUB_CONFIG"}
        run = started([*STAYSUB, "run"], cwd=folder, env={**environ, **clock.environ}, log=folder / "run.log")
        with run:
            store = open_store(embedded_url(folder / "data"))
            ground = Ground(folder, clock, store, web)
            wait_for((folder / "data" / "redis" / "redis.sock").exists, "store", said=ground.said)
            yield ground


def test_a_day_forward_and_back_costs_a_minute(tmp_path):
    with product(tmp_path) as ground:
        ground.goes_on("at the start", START_S)
        ground.becomes_ready()
        assert ground.readyz()["clock"] == []
        ground.clock.jump(DAY)
        ground.goes_on("a day ahead")
        ground.becomes_ready()
        ground.clock.jump(-DAY)
        ground.goes_on("after the clock was put right")
        ground.becomes_ready()
        ground.is_innocent()
        (said,) = ground.readyz()["clock"]
        assert "went back by 1 d" in said
        logs = ground.said(octets=1 << 20)
        assert "clock_jumped" in logs
        assert "clock_put_back" in logs
        totals = ground.store.metric_totals.all()
        assert [totals[CLOCK_JUMPS.field(to)] for to in ("forward", "back")] == [1, 1]


def test_a_year_and_back_and_a_clock_that_is_set_back_alone(tmp_path):
    """Set back alone it is as if all before had been of a time to come."""
    with product(tmp_path) as ground:
        ground.goes_on("at the start", START_S)
        for by in (365 * DAY, -365 * DAY, -DAY):
            ground.clock.jump(by)
            ground.goes_on(f"after a jump by {by}")
            ground.becomes_ready()
        ground.is_innocent()
        assert "went back by 1 d" in ground.readyz()["clock"][0]


@contextmanager
def celery(folder: Path, *words: str, **environ: str):
    log = folder / f"{words[0]}.log"
    environment = {**os.environ, "PYTHONPATH": str(TOP), **environ, "STAYSUB_CONFIG": str(folder / "staysub.toml")}
    with started([sys.executable, "-m", "celery", "-A", "tasks", *words], cwd=folder, env=environment, log=log):
        yield log


def test_a_worker_on_a_machine_whose_clock_is_wrong_works_by_redis(tmp_path):
    """It throws no message of beat's away, and dates nothing by its own clock; also while that jumps."""
    with redis_server() as url, nsd(tmp_path / "nsd", {"": zone_text(ZONES)}) as dns, shifted_clock(tmp_path) as clock:
        (tmp_path / "staysub.toml").write_text(ALONE.format(url=url, dns=dns))
        store = open_store(url)
        clock.jump(DAY)
        with celery(tmp_path, "beat"), celery(tmp_path, "worker", "-c", "1", **clock.environ) as log:
            for by in (timedelta(), DAY, -3 * DAY):
                clock.jump(by)
                since = datetime.now(UTC)

                def checked(since: datetime = since) -> bool:
                    found = store.evidence.read(CHECKS, "ops", 1)
                    return bool(found) and since <= found[0].evaluated_at <= datetime.now(UTC) + timedelta(seconds=1)

                wait_for(checked, f"check after a jump by {by}", within_s=START_S, said=log.read_text)
            assert "clock_jumped" in log.read_text()
            assert (store.heartbeats.last_seen("worker") or since) <= datetime.now(UTC) + timedelta(seconds=1)
