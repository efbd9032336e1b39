"""Debian's Sendmail as a list's MTA: an instance of its own in a network namespace, its retry clock compressed.

Debian lets only one MTA be installed, and Postfix it is: $STAYSUB_SENDMAIL names the folder where sendmail-bin and
sendmail-cf are unpacked beside it. It needs m4 and libwrap0, which are installed.
"""

import os
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

CONFIGURATION = """define(`_CF_DIR_', `{cf}/')dnl
include(`{cf}/m4/cf.m4')dnl
OSTYPE(`linux')dnl
undefine(`ALIAS_FILE')dnl
undefine(`STATUS_FILE')dnl
define(`HELP_FILE', `')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`confPID_FILE', `{folder}/sendmail.pid')dnl
define(`confDOMAIN_NAME', `{hostname}')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confDEF_USER_ID', `mail:mail')dnl
define(`confTO_IDENT', `0')dnl
define(`confTO_QUEUERETURN', `{give_up}s')dnl
define(`confTO_QUEUEWARN', `5d')dnl
define(`confTO_CONNECT', `3s')dnl
define(`confTO_RESOLVER_RETRANS', `1s')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unresolvable_domains')dnl
DAEMON_OPTIONS(`Family=inet6, Name=MTA, Port=smtp')dnl
MAILER(`smtp')dnl
"""
DAY_S = 86_400
RETRY_S = 2


@dataclass(frozen=True)
class Sendmail:
    """A running instance; it takes mail from its whole link on port 25."""

    folder: Path
    syslog: Syslog

    def log(self) -> str:
        """What it has logged."""
        return self.syslog.text()

    def queue(self) -> list[str]:
        """The ids of the messages in its queue."""
        return [path.name[2:] for path in (self.folder / "queue").glob("qf*")]


def sendmail_folder() -> Path | None:
    """Where it is unpacked; None where it is not."""
    folder = os.environ.get("STAYSUB_SENDMAIL")
    return Path(folder) if folder else None


@contextmanager
def sendmail(host: Netns, *, hostname: str, give_up_s: int = DAY_S) -> Iterator[Sendmail]:
    """Sendmail inside `host`; it takes mail when the block begins, and sends it by DNS."""
    unpacked = sendmail_folder()
    assert unpacked is not None
    folder = Path(tempfile.mkdtemp(prefix="staysub-sendmail-"))
    try:
        folder.chmod(0o755)
        (folder / "queue").mkdir(mode=0o700)
        cf = unpacked / "usr/share/sendmail/cf"
        source = CONFIGURATION.format(cf=cf, folder=folder, hostname=hostname, give_up=give_up_s)
        config = folder / "sendmail.cf"
        config.write_text(subprocess.run(["m4"], input=source, capture_output=True, text=True, check=True).stdout)
        with syslog(host, hostname) as log:
            running = Sendmail(folder, log)
            binary = unpacked / "usr/libexec/sendmail/sendmail"
            command = host.command(*log.command(binary, "-C", config, "-bD", f"-q{RETRY_S}s"))
            with started(command, log=folder / "start.log", ready=host.greets, said=running.log):
                yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)
