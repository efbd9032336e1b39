"""A syslog for one MTA of a test: /dev/log in a mount namespace of its own, and what rsyslog's file would have.

The host has its name there, too.

    with syslog(host, "mail.lists.test") as log:
        started(host.command(*log.command("sendmail", "-bD")), …)
        log.text()
"""

import re
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.netns import Netns

DEVICES = ("null", "zero", "random", "urandom")
# The folder here and the host's name; then what stands over the machine's folders for what runs inside; the command.
ALONE = """set -e
mount --make-rprivate /
folder=$1; hostname "$2"; shift 2
for each in null zero random urandom; do mount --bind /dev/$each $folder/dev/$each; done
mount --rbind $folder/dev /dev
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
shift
exec "$@"
"""
_PRIORITY = re.compile(rb"^<\d+>")
_STAMP_OCTETS = len("Nov 28 10:00:00 ")
OCTETS_MAX = 1 << 16
WAITING_MAX = 4096  # datagrams; a program whose signal comes while it waits to log may lose its line


@dataclass
class Syslog:
    """What programs have logged so far."""

    folder: Path
    host: str
    lines: list[bytes] = field(default_factory=list)

    def command(self, *args: str | Path, over: Mapping[str | Path, str | Path] | None = None) -> list[str]:
        """The command that runs `args` with this syslog, and with folders of `over` in the place of the machine's."""
        mounts = [str(each) for place, folder in (over or {}).items() for each in (folder, place)]
        return [
            "unshare",
            "--mount",
            "--uts",
            "sh",
            "-c",
            ALONE,
            "sh",
            str(self.folder),
            self.host,
            *mounts,
            "--",
            *map(str, args),
        ]

    def text(self) -> str:
        """All of it, as a file has it."""
        return b"".join(self.lines).decode("utf-8", "replace")

    def take(self, datagram: bytes) -> None:
        """One line more, as rsyslog's traditional format has it."""
        said = _PRIORITY.sub(b"", datagram).rstrip(b"\n\0")
        head, rest = said[:_STAMP_OCTETS], said[_STAMP_OCTETS:]
        self.lines.append(head + self.host.partition(".")[0].encode() + b" " + rest + b"\n")


@contextmanager
def syslog(host: Netns, hostname: str) -> Iterator[Syslog]:
    """It is there until the end of the block, and has room for what a busy machine takes late."""
    folder = Path(tempfile.mkdtemp(prefix="staysub-syslog-"))
    log = Syslog(folder, hostname)
    host.run("sh", "-c", f"echo {WAITING_MAX} > /proc/sys/net/unix/max_dgram_qlen")
    try:
        folder.chmod(0o755)
        (folder / "dev").mkdir()
        for each in DEVICES:
            (folder / "dev" / each).touch()
        with host.entered():
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            sock.bind(str(folder / "dev" / "log"))
            (folder / "dev" / "log").chmod(0o666)
            thread = threading.Thread(target=_take_all, args=(sock, log), name="syslog")
            thread.start()
            try:
                yield log
            finally:
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                    last.sendto(b"", str(folder / "dev" / "log"))
                thread.join(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_all(sock: socket.socket, log: Syslog) -> None:
    while datagram := sock.recv(OCTETS_MAX):
        log.take(datagram)
