"""`staysub follow`, killed at random moments and started again at once, and what it has kept in the end."""

import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import redis

from monitor.config.toml import Table, write_document
from monitor.store import Store
from tests.delivered.account import Counted, of_rows
from tests.delivered.lists import DOMAIN, LISTS
from tests.delivered.receiving import LIST_HOST_V4, LIST_HOST_V6
from tests.delivered.world import HOSTNAME
from tests.harness import STAYSUB, TOP, free_port, wait_for

LOG_ID: Final = "postfix"
BETWEEN_KILLS_S: Final = (0.3, 8.0)  # a start takes about one
CAUGHT_UP_S: Final = 120.0


def configuration(folder: Path, redis_url: str, log: Path) -> Path:
    """The lists, and the log that their mail is in."""
    lists = [
        Table(
            id=each.id,
            address=f"{each.id}@{DOMAIN}",
            reverse_path=each.reverse_path,
            helo=HOSTNAME,
            outbound=[LIST_HOST_V6, LIST_HOST_V4],
            manager=each.manager,
            mta="postfix",
        )
        for each in LISTS
    ]
    path = folder / "staysub.toml"
    document = {
        "data_dir": str(folder / "data"),
        "redis": Table(url=redis_url),
        "web": Table(listen=f"127.0.0.1:{free_port()}"),
        "list": lists,
        "mta_log": [Table(id=LOG_ID, kind="postfix", path=str(log))],
    }
    path.write_text(write_document(document))
    return path


class Following:
    """One follower at a time."""

    def __init__(self, config: Path, redis_url: str, seed: int) -> None:
        self.log = config.with_name("follow.log")
        self.store = Store(redis.Redis.from_url(redis_url))
        self.kills = 0
        self._random = random.Random(f"{seed}:kills")
        self._command = [*STAYSUB, "--config", str(config), "follow"]

    @contextmanager
    def killed_now_and_then(self, kills: int) -> Iterator[None]:
        """So many times at most while the block runs; behind it until all that is there has been read."""
        over = threading.Event()
        self._process = self._start()

        def run() -> None:
            while self.kills < kills and not over.wait(self._random.uniform(*BETWEEN_KILLS_S)):
                if self._process.poll() is not None:
                    return
                self._process.kill()
                self._process.wait()
                self.kills += 1
                self._process = self._start()

        thread = threading.Thread(target=run, name="kills")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            if self._process.poll() is not None:
                raise AssertionError(f"the follower has ended by itself:\n{self.log.read_text()[-4000:]}")

    def caught_up(self, lines: Callable[[], int]) -> None:
        """Wait until so many lines were read; then let it end."""
        try:
            wait_for(
                lambda: self.store.followed.place(LOG_ID).lines >= lines(),
                "follower that has read all",
                within_s=CAUGHT_UP_S,
                every_s=1.0,
                said=lambda: f"{self.store.followed.place(LOG_ID)}\n{self.log.read_text()[-4000:]}",
            )
        finally:
            self._process.terminate()
            self._process.wait(30)

    def counted(self) -> Counted:
        """What is kept of all lists."""
        found: dict = {}
        for each in LISTS:
            found |= of_rows(each.reverse_path, self.store.replies.of_list(each.id))
        return found

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=TOP)
