"""Debian's Exim as a list's MTA: an instance of its own, inside a network namespace, with its retry clock compressed.

Debian lets only one MTA be installed. Where that is another one, $STAYSUB_EXIM names an exim4 unpacked beside it
(`apt-get download exim4-daemon-light`, `dpkg -x`), without its setuid bit, or a script that
sets $LD_LIBRARY_PATH for it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import started
from tests.integration.netns import Netns, program

USER = "Debian-exim"  # compiled in
RETRY_S = 2

CONFIGURATION = """
exim_path = {binary}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
primary_hostname = {hostname}
acl_smtp_rcpt = accept
deliver_drop_privilege = true
tls_advertise_hosts =
daemon_smtp_ports = 25
local_interfaces = <; ::0 ; 0.0.0.0
begin routers
{router}
  transport = remote
  no_more
begin transports
remote:
  driver = smtp
  hosts_try_fastopen =
{relay}
begin retry
*  *  F,{give_up}s,{retry}s
"""
BY_DNS = "dns:\n  driver = dnslookup"
TO_ONE = "all:\n  driver = accept"
DAY_S = 86_400


@dataclass(frozen=True)
class Exim:
    """A running instance; it takes mail from its whole link on port 25."""

    folder: Path

    def log(self) -> str:
        """What it has logged."""
        path = self.folder / "log" / "mainlog"
        return path.read_text() if path.exists() else ""


def exim_program() -> str | None:
    """Where exim4 is; None where it is not."""
    return os.environ.get("STAYSUB_EXIM") or program("exim4")


@contextmanager
def exim(host: Netns, *, hostname: str, relay: tuple[str, int] | None = None, give_up_s: int = DAY_S) -> Iterator[Exim]:
    """Exim inside `host`; it takes mail when the block begins, and sends it by DNS or all to one relay."""
    binary = exim_program()
    assert binary is not None
    folder = Path(tempfile.mkdtemp(prefix="staysub-exim-"))
    uid, gid = host.add_user(USER)
    try:
        folder.chmod(0o755)
        for name in ("spool", "log"):
            (folder / name).mkdir()
            os.chown(folder / name, uid, gid)
        config = folder / "exim.conf"
        named = {"binary": binary, "folder": folder, "hostname": hostname, "retry": RETRY_S, "give_up": give_up_s}
        to = "" if relay is None else f"  hosts = <; {relay[0]}\n  hosts_override\n  port = {relay[1]}"
        config.write_text(CONFIGURATION.format(router=BY_DNS if relay is None else TO_ONE, relay=to, **named))
        command = host.command(binary, "-C", config, "-bdf", "-q1s")
        running = Exim(folder)
        with started(command, log=folder / "start.log", ready=host.greets, said=running.log):
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)
