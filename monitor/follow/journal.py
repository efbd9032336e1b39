"""The journal of systemd units, by journalctl(1): each entry a line as syslog writes it, its cursor the place."""

import json
import os
import re
import select
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from monitor.follow.batch import Batch
from monitor.follow.lines import LINE_OCTETS_MOST, part
from monitor.inert import inert

BLOCK_OCTETS: Final = 1 << 16
AGAIN_S: Final = 5.0  # after which it is started again
ERROR_OCTETS: Final = 2000  # of what it complains of
FIELDS: Final = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_COMM,_HOSTNAME"
GROUPS: Final = "this user must be in the group systemd-journal (or adm)"
# systemd.journal-fields(7): of a cursor `t` is the time of its entry, in microseconds.
_TIME: Final = re.compile(r"(?:^|;)t=([0-9a-f]{1,16})(?:;|$)")
_WORD: Final = re.compile(r"[^\s\[\]:]+")


class Journal:
    """What journalctl tells of the units, from behind the cursor on, or since then where there is none."""

    def __init__(
        self, units: Sequence[str], cursor: str, *, since: float, command: Sequence[str] = ("journalctl",)
    ) -> None:
        self._units = tuple(units)
        self._cursor = cursor
        self._since = since
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._start_at = 0.0
        self._rest = b""
        self._inside = False
        self._complaint = b""
        self._lost_cursor = False  # the entry is gone from the journal: by time, what is not newer is left out
        self._problem = ""

    def close(self) -> None:
        """End journalctl."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._process = None
        self._rest, self._inside = b"", False

    def read(self, most: int, within_s: float) -> Batch:
        """As LogSource.read."""
        deadline = time.monotonic() + within_s
        if self._process is None and not self._start(deadline):
            return Batch(problem=self._problem)
        lines: list[bytes] = []
        cursor = None
        while len(lines) < most and self._process is not None:
            left = max(0.0, deadline - time.monotonic()) if not lines else 0.0
            block = self._block(left)
            if block is None:
                break
            parted = part(self._rest + block, inside=self._inside)
            self._rest, self._inside = (self._rest + block)[parted.octets :], parted.inside
            for each in parted.lines:
                entry = self._entry(each)
                if entry is not None:
                    cursor, line = entry
                    lines.append(line)
                elif len(each) == LINE_OCTETS_MOST:  # an entry that is too long: nothing that can be read
                    lines.append(each)
        if cursor is not None:
            self._cursor, self._problem = cursor, ""
        return Batch(lines=lines, cursor=cursor, at_end=len(lines) < most, problem=self._problem)

    def _start(self, deadline: float) -> bool:
        """Start it, unless it has just failed."""
        if time.monotonic() < self._start_at:
            time.sleep(max(0.0, min(deadline, self._start_at) - time.monotonic()))
            return False
        self._start_at = time.monotonic() + AGAIN_S
        begin = f"--since=@{self._after() or self._since:.6f}"
        if self._cursor and not self._lost_cursor:
            begin = f"--after-cursor={self._cursor}"
        units = [f"--unit={each}" for each in self._units]
        options = ["--output=json", f"--output-fields={FIELDS}", "--all", "--no-pager", "--no-tail", "--follow"]
        self._complaint = b""
        try:
            self._process = subprocess.Popen(
                [*self._command, *options, begin, *units],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
            )
        except OSError as error:
            self._problem = f"journalctl cannot be run: {error.strerror or error}. Name the log file by path."
            return False
        return True

    def _block(self, within_s: float) -> bytes | None:
        """What it says next; None where it says nothing in that time, or has ended."""
        process = self._process
        if process is None or process.stdout is None or process.stderr is None:
            return None
        deadline = time.monotonic() + within_s
        while True:
            ready = select.select([process.stdout, process.stderr], [], [], max(0.0, deadline - time.monotonic()))[0]
            if not ready:
                return None
            if process.stderr in ready:
                complaint = os.read(process.stderr.fileno(), BLOCK_OCTETS)
                self._complaint = (self._complaint + complaint)[-ERROR_OCTETS:]
                self._problem = self._why()
                if complaint and process.stdout not in ready:
                    continue
            block = os.read(process.stdout.fileno(), BLOCK_OCTETS) if process.stdout in ready else b""
            if block:
                return block
            if process.stdout in ready:
                self._ended(process)
                return None

    def _ended(self, process: "subprocess.Popen[bytes]") -> None:
        """It will be started again."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
        if process.stderr is not None:
            os.set_blocking(process.stderr.fileno(), False)
            with suppress(BlockingIOError):
                self._complaint = (self._complaint + os.read(process.stderr.fileno(), BLOCK_OCTETS))[-ERROR_OCTETS:]
        self._lost_cursor = b"seek to cursor" in self._complaint
        self._problem = self._why() or "journalctl has ended; it is started again."
        self.close()

    def _why(self) -> str:
        """What it complains of, in one sentence; "" for nothing."""
        said = self._complaint.decode(errors="replace").strip()
        if re.search(r"permission|not seeing messages", said, re.IGNORECASE):
            return f"journalctl shows no entries of {', '.join(self._units)}: {GROUPS}."
        last = said.splitlines()[-1] if said else ""
        return f"journalctl says: {inert(last)}" if last else ""

    def _after(self) -> float:
        """When the entry of the cursor was logged; 0 where there is none."""
        found = _TIME.search(self._cursor)
        return int(found[1], 16) / 1e6 if found else 0.0

    def _entry(self, line: bytes) -> tuple[str, bytes] | None:
        """An entry's cursor and its line; None for one that cannot be read, or was read already."""
        try:
            entry = json.loads(line)
            cursor, at = str(entry["__CURSOR"]), int(entry["__REALTIME_TIMESTAMP"]) / 1e6
            line = entry_line(entry, at)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
            return None
        if self._lost_cursor and at <= self._after():
            return None
        self._lost_cursor = False
        return cursor, line


def entry_line(entry: dict[str, Any], at: float) -> bytes:
    """`2026-11-28T19:01:02.123456+00:00 mx postfix/smtp[123]: …`, on one line. Raises what a strange entry makes."""
    stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
    host = _word(entry.get("_HOSTNAME"), "localhost")
    program = _word(entry.get("SYSLOG_IDENTIFIER"), _word(entry.get("_COMM"), "unknown"))
    number = _word(entry.get("SYSLOG_PID"), _word(entry.get("_PID"), "0"))
    said = entry["MESSAGE"]
    message = bytes(said) if isinstance(said, list) else str(said or "").encode(errors="replace")
    header = f"{stamp} {host} {program}[{number}]: ".encode(errors="replace")
    return header + message.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\0", b"")


def _word(value: object, otherwise: str) -> str:
    found = _WORD.match(value) if isinstance(value, str) else None
    return found[0] if found else otherwise
