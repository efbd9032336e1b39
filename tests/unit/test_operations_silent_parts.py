"""A log that nobody reads is told, and lets us see all the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config.settings import Settings
from monitor.model.mta_log import STANDARD_INPUT, MtaLog
from monitor.operations.queues import QUEUES
from monitor.operations.silent_parts import parts_shown, silent_parts

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FILE = MtaLog(id="postfix", kind="postfix", path=Path("/var/log/mail.log"))
PIPED = MtaLog(id="piped", kind="exim", path=STANDARD_INPUT)
ALL = dict.fromkeys(["worker", "beat", "resolver", "web", *(f"worker:{each}" for each in QUEUES)], NOW)


def test_a_silent_follower_is_told_with_what_starts_it_and_all_else_goes_on():
    """Readiness and verdicts do not depend on it."""
    (one,) = silent_parts(ALL, Settings(mta_logs=(FILE, PIPED)), watching=True, now=NOW)
    assert (one.part, one.partly) == ("follow:postfix", True)
    assert one.sentence.endswith("Start it: staysub follow --id postfix.")
    assert one.title == "log:postfix"


def test_one_that_lives_is_not():
    """What comes on standard input comes when somebody sends it."""
    seen = {**ALL, "follow:postfix": NOW - timedelta(seconds=20)}
    settings = Settings(mta_logs=(FILE, PIPED))
    assert silent_parts(seen, settings, watching=True, now=NOW) == ()
    assert "follow:postfix" in parts_shown(settings)
    assert "follow:piped" not in parts_shown(settings)
