"""The log turned while it is written and read: renamed, or copied and cut off, its predecessors packed."""

import gzip
import os
import random
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.integration.netns import program
from tests.integration.postfix import Postfix

EVERY_S: Final = (2.0, 6.0)


class Turning:
    """Turns the log of Postfix as logrotate(8) does: `.1`, then `.2.gz` and so on."""

    def __init__(self, mta: Postfix, seed: int) -> None:
        self._mta = mta
        self._random = random.Random(f"{seed}:turning")
        self.path = mta.folder / "log" / "mail.log"
        self.turned: Counter[str] = Counter()

    def files(self) -> list[Path]:
        """All of the log, the oldest first."""
        found = [each for each in self.path.parent.glob("mail.log.*") if each.name.split(".")[2].isdigit()]
        newest = [self.path] if self.path.exists() else []
        return [*sorted(found, key=lambda each: -int(each.name.split(".")[2])), *newest]

    def octets(self) -> Iterator[bytes]:
        """What is in them."""
        for each in self.files():
            yield gzip.decompress(each.read_bytes()) if each.suffix == ".gz" else each.read_bytes()

    def turn(self) -> None:
        """Once."""
        if not self.path.exists() or not self.path.stat().st_size:
            return
        for each in self.files():
            if each == self.path:
                continue
            number = int(each.name.split(".")[2])
            if each.suffix != ".gz":  # in its own place, as logrotate does it, before it is moved
                subprocess.run(["gzip", each], check=True)
                each = each.with_name(f"{each.name}.gz")  # noqa: PLW2901 - it is the same file
            each.rename(each.with_name(f"mail.log.{number + 1}.gz"))
        way = self._random.choice((self._rename, self._copy_and_cut_off))
        way(self.path.with_name("mail.log.1"))
        self.turned[way.__name__.strip("_")] += 1

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Again and again while the block runs, and once more."""
        over, problems = threading.Event(), list[Exception]()

        def run() -> None:
            while not over.wait(self._random.uniform(*EVERY_S)):
                try:
                    self.turn()
                except Exception as error:  # noqa: BLE001 - whatever it is, it fails the run
                    problems.append(error)
                    return

        thread = threading.Thread(target=run, name="turning")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if problems:
            raise problems[0]
        self.turn()

    def _rename(self, to: Path) -> None:
        self.path.rename(to)
        self._mta.host.run(program("postfix") or "postfix", "-c", self._mta.config, "reload")

    def _copy_and_cut_off(self, to: Path) -> None:
        """While nobody writes: what is written between the copy and the cut is lost to everybody."""
        writers = self._writers()
        for each in writers:
            os.kill(each, signal.SIGSTOP)
        try:
            shutil.copyfile(self.path, to)
            os.truncate(self.path, 0)
        finally:
            for each in writers:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGCONT)

    def _writers(self) -> list[int]:
        found = subprocess.run(
            ["ip", "netns", "pids", self._mta.host.name], capture_output=True, text=True, check=True
        ).stdout.split()
        return [int(each) for each in found if _is(each, "postlogd")]


def _is(process: str, name: str) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text().strip() == name
    return False


def line_count(turning: Turning) -> int:
    """Lines in all of the log's files."""
    return sum(each.count(b"\n") for each in turning.octets())
