"""Debian's OpenSMTPD as a list's MTA: an instance of its own in a network namespace; `try_again` is its retry clock.

Debian lets only one MTA be installed, and Postfix it is: $STAYSUB_OPENSMTPD names the folder where opensmtpd is
unpacked beside it. Its places are compiled in, so that folders of the test stand over the machine's for it alone; its
users `opensmtpd` and `opensmtpq` must be there.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import started
from tests.integration.netns import Netns
from tests.integration.syslog import Syslog, syslog

CONFIGURATION = """
listen on :: port 25 hostname {hostname}
listen on 0.0.0.0 port 25 hostname {hostname}
queue ttl {give_up}s
action "out" relay helo {hostname}
match from any for any action "out"
"""
AS_QUEUE = ("setpriv", "--regid", "opensmtpq", "--clear-groups")
DAY_S = 86_400


@dataclass(frozen=True)
class OpenSmtpd:
    """A running instance; it takes mail from its whole link on port 25."""

    folder: Path
    syslog: Syslog
    control: list[str]

    def log(self) -> str:
        """What it has logged."""
        return self.syslog.text()

    def queue(self) -> list[str]:
        """Its envelopes: one a recipient."""
        return [path.name for path in (self.folder / "spool/smtpd/queue").rglob("????????????????") if path.is_file()]

    def try_again(self) -> None:
        """Try every envelope now. Its own first delay is 400 seconds, compiled in."""
        subprocess.run([*self.control, "schedule", "all"], capture_output=True, check=True)


def opensmtpd_folder() -> Path | None:
    """Where it is unpacked; None where it is not."""
    folder = os.environ.get("STAYSUB_OPENSMTPD")
    return Path(folder) if folder else None


@contextmanager
def opensmtpd(host: Netns, *, hostname: str, give_up_s: int = DAY_S) -> Iterator[OpenSmtpd]:
    """OpenSMTPD inside `host`; it takes mail when the block begins, and sends it by DNS."""
    unpacked = opensmtpd_folder()
    assert unpacked is not None
    folder = Path(tempfile.mkdtemp(prefix="staysub-opensmtpd-"))
    try:
        folder.chmod(0o755)
        over = _make_places(folder, unpacked)
        config = folder / "smtpd.conf"
        config.write_text(CONFIGURATION.format(hostname=hostname, give_up=give_up_s))
        with syslog(host, hostname) as log:
            command = host.command(*log.command(unpacked / "usr/sbin/smtpd", "-F", "-f", config, over=over))
            control = host.command(
                *log.command(
                    *AS_QUEUE, unpacked / "usr/sbin/smtpctl", over=over
                )  # it is unpacked without its setgid bit
            )
            running = OpenSmtpd(folder, log, control)
            with started(command, log=folder / "start.log", ready=host.greets, said=running.log):
                yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_places(folder: Path, unpacked: Path) -> dict[str | Path, str | Path]:
    for each in ("spool/smtpd", "lib/opensmtpd/empty", "run"):
        (folder / each).mkdir(parents=True)
        (folder / each).chmod(0o711 if each.startswith("spool") else 0o755)
    queue = pwd.getpwnam("opensmtpq")
    for each, uid, gid, mode in (
        ("offline", 0, queue.pw_gid, 0o770),
        ("purge", queue.pw_uid, 0, 0o700),
        ("queue", queue.pw_uid, 0, 0o700),
        ("incoming", queue.pw_uid, 0, 0o700),
        ("corrupt", queue.pw_uid, 0, 0o700),
        ("temporary", queue.pw_uid, 0, 0o700),
    ):
        path = folder / "spool/smtpd" / each
        path.mkdir()
        os.chown(path, uid, gid)
        path.chmod(mode)
    return {
        "/var/spool": folder / "spool",
        "/var/lib": folder / "lib",
        "/run": folder / "run",
        "/usr/libexec": unpacked / "usr/libexec",
    }
