"""One run: mail is delivered, the log is turned and followed by one that is killed; then all counts are compared."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import redis

from monitor.config.load import load
from tests.delivered.account import Counted, Difference, differences, of_document, of_receivers, only, total
from tests.delivered.following import LOG_ID, Following, configuration
from tests.delivered.leaks import in_redis
from tests.delivered.lists import LISTS
from tests.delivered.mail import MARK, hand_over, messages, nowhere
from tests.delivered.turning import Turning, line_count
from tests.delivered.world import World, world
from tests.harness import PATIENCE_S, STAYSUB, TOP, started, wait_for
from tests.integration.redis_server import redis_server

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
DELIVERED_S: Final = 3600.0  # at most, until the queue is empty
LIFETIME_S: Final = 45
SAID_EVERY_S: Final = 15.0
PATHS: Final = {each.id: each.reverse_path for each in LISTS}


@dataclass
class Outcome:
    """What was counted by whom, and what is wrong."""

    true: Counted
    true_local: int
    told: dict[str, Counted] = field(default_factory=dict)  # by who told it
    facts: dict[str, Any] = field(default_factory=dict)  # how much, how long
    wrong: list[str] = field(default_factory=list)

    def compare(self, name: str, told: Counted, true: Counted) -> tuple[Difference, ...]:
        """Note what somebody told, and where it is not true."""
        self.told[name] = told
        found = differences(true, told)
        if found:
            self.wrong.append(f"{name}: {len(found)} of {len(true)} rows are not as the receivers counted them.")
        return found

    def expect(self, name: str, told: object, true: object) -> None:
        """Note a number that is not what it ought to be."""
        if told != true:
            self.wrong.append(f"{name}: {told} is told, {true} is true.")


def run(
    number: int, *, seed: int, kills: int, lifetime_s: int = LIFETIME_S, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Deliver so many messages; what is put off for longer than that bounces."""
    sent = list(messages(number, seed))
    with _folder() as folder, redis_server() as redis_url, world(folder, seed, lifetime_s) as hosts:
        turning = Turning(hosts.mta, seed)
        config = configuration(folder, redis_url, turning.path)
        following = Following(config, redis_url, seed)
        resets, began_s = hosts.resets(), time.monotonic()
        with following.killed_now_and_then(kills), turning.going_on():
            hand_over(sent, hosts.hosts["list"])
            say(f"{number} messages are in the queue after {time.monotonic() - began_s:.0f} s.")
            _deliver(hosts, say)
        delivered_s = time.monotonic() - began_s
        say(f"The queue is empty after {delivered_s:.0f} s.")
        following.caught_up(lambda: line_count(turning))
        lines = line_count(turning)
        say(f"The follower, killed {following.kills} times, has read {lines} lines.")
        counted = hosts.truth()
        outcome = Outcome(
            of_receivers(counted["rows"]),
            sum(counted["hung_up"].values()) + hosts.resets() - resets + nowhere(sent),
        )
        outcome.facts |= {
            "messages handed over": number,
            "messages taken by receivers": counted["messages"],
            "lines": lines,
            "seconds of delivery": round(delivered_s, 1),
            "lines a second of Postfix": round(lines / delivered_s),
            "turned": dict(turning.turned),
            "kills": following.kills,
            "attempts": total(outcome.true).attempts,
            "recipients": total(outcome.true).recipients,
            "local": outcome.true_local,
        }
        _compare_followed(outcome, following, lines, config)
        _compare_imported(outcome, turning, lines)
        _look_for_leaks(outcome, following, config, redis_url)
        return outcome


def _deliver(hosts: World, say: Callable[[str], None]) -> None:
    looked_s = time.monotonic()

    def empty() -> bool:
        nonlocal looked_s
        left = len(hosts.mta.deferred())
        idle = hosts.mta.is_idle()
        if time.monotonic() - looked_s > SAID_EVERY_S:
            looked_s = time.monotonic()
            say(f"{left} messages are still in the queue.")
            if not left:
                hosts.mta.flush()  # a reload may lose the sign that mail came in: it is looked for each 300 s
        return not left and idle

    wait_for(lambda: empty() and empty(), "empty queue", within_s=DELIVERED_S, every_s=1.0, said=hosts.mta.queue)


def _compare_followed(outcome: Outcome, following: Following, lines: int, config: Path) -> None:
    """What the follower kept, as the store has it and as `staysub replies` says it."""
    of_lists = only(outcome.true, PATHS.values())
    outcome.compare("follow", following.counted(), of_lists)
    place = following.store.followed.place(LOG_ID)
    outcome.expect("follow: lines", place.lines, lines)
    outcome.expect("follow: attempts", place.attempts, total(outcome.true).attempts)
    outcome.expect("follow: local", place.local, outcome.true_local)
    outcome.expect("follow: unread", (place.unread, place.sample), (0, ""))
    said = [each for name in PATHS for each in _replies(outcome, config, name)]
    _hold_no_name(outcome, "replies", json.dumps(said))
    outcome.compare("replies", of_document(said, PATHS), of_lists)


def _compare_imported(outcome: Outcome, turning: Turning, lines: int) -> None:
    """What `staysub import log` says of the same lines, without any configuration."""
    began_s = time.monotonic()
    command = [*STAYSUB, "import", "log", "--kind", "postfix", "-", "--dry-run", "--json"]
    ended = subprocess.run(
        command, input=b"".join(turning.octets()), capture_output=True, cwd=turning.path.parent, check=False, env=_env()
    )
    taken_s = time.monotonic() - began_s
    if ended.returncode:
        outcome.wrong.append(f"import log: exit {ended.returncode}: {ended.stderr.decode()[-2000:]}")
        return
    said = json.loads(ended.stdout)
    outcome.facts["lines a second of import log"] = round(lines / taken_s)
    outcome.compare("import log", of_document(said["replies"]), outcome.true)
    outcome.expect("import log: lines", said["lines"], lines)
    outcome.expect("import log: attempts", said["attempts"], total(outcome.true).attempts)
    outcome.expect("import log: local", said["local"], outcome.true_local)
    outcome.expect("import log: unread", said["unread"], 0)
    _hold_no_name(outcome, "import log", ended.stdout.decode())


def _look_for_leaks(outcome: Outcome, following: Following, config: Path, redis_url: str) -> None:
    """Whether a subscriber's name stands anywhere."""
    client = redis.Redis.from_url(redis_url)
    outcome.facts["keys in Redis"] = client.dbsize()
    outcome.wrong += [f"Redis holds names of subscribers at {key}." for key in in_redis(client, MARK.encode())]
    _hold_no_name(outcome, "the follower's log", following.log.read_text())
    metrics = f"http://{load(config).web.listen}/metrics"
    log = config.with_name("web.log")
    with started(
        [*STAYSUB, "--config", str(config), "web"], log=log, cwd=TOP, ready=lambda: _get(metrics), within_s=PATIENCE_S
    ):
        _hold_no_name(outcome, "/metrics", _get(metrics))
    _hold_no_name(outcome, "the log of the pages", log.read_text())


def _hold_no_name(outcome: Outcome, where: str, text: str) -> None:
    if MARK in text.lower():
        outcome.wrong.append(f"{where} holds names of subscribers.")


def _replies(outcome: Outcome, config: Path, name: str) -> list[dict[str, Any]]:
    command = [*STAYSUB, "--config", str(config), "replies", name, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=TOP, check=False)
    if ended.returncode:
        outcome.wrong.append(f"replies {name}: exit {ended.returncode}: {ended.stderr[-2000:]}")
        return []
    found: list[dict[str, Any]] = json.loads(ended.stdout)["replies"]
    return found


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TOP)}


@contextmanager
def _folder() -> Iterator[Path]:
    """In memory: the queue's files are written out one by one, and a disc would be all that is measured."""
    folder = Path(tempfile.mkdtemp(prefix="staysub-delivered-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)  # Postfix's unprivileged processes pass through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
