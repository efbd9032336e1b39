"""A worker of the survival test: judges lists, raises and resolves incidents, delivers notices, until it is killed.

`python notice_worker.py REDIS CONFIGURATION STORY ORIGIN`: STORY is a file that holds the level of all lists now, and
the clock runs FASTER times as fast as the real one since ORIGIN, so that hours of retries pass in seconds.
"""

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.admission.rules import load_rules
from monitor.config.load import load
from monitor.errors import StaysubError
from monitor.model.findings import Severity
from monitor.model.risk import RiskLevel
from monitor.operations.deliver import deliver
from monitor.operations.reassess import step_incident
from monitor.operations.services import Services
from monitor.store import open_store
from tests.builders import a_finding, an_assessment
from tests.seed import claim_notices

FASTER = 60
LEASE = timedelta(minutes=3)
CHECK_EVERY = timedelta(minutes=15)  # 15 s of real time
FINDING = a_finding("spf.ipv6-not-covered", Severity.CRITICAL)


def clock(origin: float) -> datetime:
    return datetime.fromtimestamp(origin + FASTER * (time.time() - origin), UTC)


class Judge:
    """Checks of every list: two at once when the level is another one, then one an interval, as the schedule has them.

    What a killed Redis had promised and lost (up to two seconds of it, under `appendfsync everysec`) is made good by
    the next check. A round that is cut short goes on where it was.
    """

    def __init__(self, services: Services) -> None:
        self.services, self.level, self.again_at = services, None, services.now()
        self.left: list[tuple[str, str, datetime]] = []

    def work(self, level: RiskLevel) -> None:
        now = self.services.now()
        if level is not self.level:
            first = [(f"{level}:{number}", datetime(2026, 11, 23, 12, number, tzinfo=UTC)) for number in (1, 2)]
            self.begin(level, first, now)
        elif now >= self.again_at and not self.left:
            slot = int(now.timestamp() // CHECK_EVERY.total_seconds())
            self.begin(level, [(f"{level}:{slot}", now)], now)
        while self.left:
            self.judge(*self.left[-1])
            self.left.pop()

    def begin(self, level: RiskLevel, checks: list[tuple[str, datetime]], now: datetime) -> None:
        lists = [each.id for each in self.services.settings().file_lists]
        random.shuffle(lists)
        self.left = [(list_id, cause, at) for list_id in lists for cause, at in reversed(checks)]
        self.level, self.again_at = level, now + CHECK_EVERY

    def judge(self, list_id: str, cause: str, at: datetime) -> None:
        """What one check does, however often its task is delivered."""
        findings = () if self.level is RiskLevel.OK else (FINDING,)
        judged = an_assessment(self.level, list_id=list_id, assessed_at=at, findings=findings)
        self.services.store.outcomes.record_assessment(judged, cause=cause)
        while not step_incident(self.services, self.services.watched(list_id), judged):
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
    judge = Judge(services)
    while True:
        try:
            judge.work(RiskLevel(Path(story).read_text()))
            due = claim_notices(services.store, services.now())
            deliver(services, due)
        except StaysubError as error:
            sys.stderr.write(f"{error}\n")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
