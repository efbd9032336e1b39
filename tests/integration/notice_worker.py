"""A worker of the survival test: judges lists, raises and resolves incidents, delivers notices, until it is killed.

`python notice_worker.py REDIS CONFIGURATION STORY ORIGIN`: STORY is a file that holds the level of all lists now, and the clock
runs FASTER times as fast as the real one since ORIGIN, so that hours of retries pass in seconds.
"""

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.admission.rules import load_rules
from monitor.config.load import load
from monitor.errors import StaysubError
from monitor.model import Assessment, Finding, RiskLevel, Severity
from monitor.operations.assess import advance
from monitor.operations.deliver import deliver
from monitor.operations.services import Services
from monitor.store import open_store

FASTER = 30
LEASE = timedelta(minutes=3)
FINDING = Finding(code="spf.ipv6-not-covered", severity=Severity.CRITICAL, message="over IPv6 it says fail")


def clock(origin: float) -> datetime:
    return datetime.fromtimestamp(origin + FASTER * (time.time() - origin), UTC)


def thought(list_id: str, level: RiskLevel, at: datetime) -> Assessment:
    findings = () if level is RiskLevel.OK else (FINDING,)
    return Assessment(list_id=list_id, assessed_at=at, level=level, reason="for the test", findings=findings)


def judge_all(services: Services, level: RiskLevel) -> None:
    """Each list twice, as two checks would, and each check as often as a redelivered task would."""
    lists = list(services.settings().lists)
    random.shuffle(lists)
    for listed in lists:
        for check in (1, 2):
            judged = thought(listed.id, level, datetime(2026, 11, 23, 12, check, tzinfo=UTC))
            services.store.outcomes.record_assessment(judged, cause=f"{level}:{check}")
            while not advance(services, listed, judged):
                pass  # somebody else took a step meanwhile, as the operation itself would find


def main() -> None:
    redis, configuration, story, origin = sys.argv[1:]
    settings = load(Path(configuration))

    def unused():
        raise AssertionError("nothing here asks DNS")

    services = Services(
        settings=lambda: settings,
        store=open_store(redis),
        resolver=unused,
        authorities=unused,
        rules=load_rules(),
        now=lambda: clock(float(origin)),
    )
    done = None
    while True:
        try:
            level = RiskLevel(Path(story).read_text())
            if level is not done:
                judge_all(services, level)
                done = level
            due = services.store.notices.claim(services.now(), limit=20, lease=LEASE)
            deliver(services, due)
        except StaysubError as error:
            sys.stderr.write(f"{error}\n")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
