"""The clock jumps ahead by a day under `staysub run` and is put right: checks and probes go on, no list is accused.

Everything runs on the shifted clock, the store too, as on one machine.
"""

import json
import os
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import ProbeState
from monitor.store import Store, open_store
from monitor.store.embedded import embedded_url
from tests.harness import STAYSUB, free_port, started, wait_for
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
    "lists.example.org": {"TXT": ["v=spf1 ip6:::1 -all"], "MX": [(10, "mail.lists.example.org")]},
    "mail.lists.example.org": {"AAAA": ["::1"], "TXT": ["v=spf1 a -all"]},
    ip_address("::1").reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    "v6.probe.example.org": {"MX": [(10, "receiver.example.org")]},
    "receiver.example.org": {"AAAA": ["::1"]},
}
CONFIG = """
data_dir = "data"
[web]
listen = "127.0.0.1:{web}"
[dns]
nameservers = ["127.0.0.1:{dns}"]
[receiver]
domain = "v6.probe.example.org"
hostname = "receiver.example.org"
listen = "[::1]:{smtp}"
[schedule]
check_every = "5s"
probe_every = "10s"
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["::1"]
submission = "smtp://[::1]:{smtp}"
"""


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

    def said(self) -> str:
        """What a reader of a failure wants to see."""
        with suppress(OSError):
            logs = sorted((self.folder / "data" / "logs").glob("*"))
            return f"{self.newest()}\n" + "\n".join(f"{each.name}\n{each.read_text()[-3000:]}" for each in logs)
        return ""


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
        wait_for(lambda: ground.readyz().get("ready"), "readiness", said=ground.readyz)
        ground.clock.jump(DAY)
        ground.goes_on("a day ahead")
        ground.clock.jump(-DAY)
        ground.goes_on("after the clock was put right")
        wait_for(lambda: ground.readyz().get("ready"), "readiness", said=ground.readyz)
        lost = [each for each in ground.store.probes.of_list("ops") if each.state is ProbeState.LOST and not each.ours]
        assert not lost
        assert not ground.store.incidents.recent()
        assert ground.store.outcomes.assessment("ops").assessed_at <= datetime.now(UTC) + timedelta(minutes=1)
