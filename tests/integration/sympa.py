"""Debian's Sympa as a list manager, unpacked beside the system: its own processes in a network namespace.

$STAYSUB_SYMPA names a folder with the package and all that it needs, unpacked. It is laid over /usr for Sympa's
processes alone, and all that Sympa writes goes to a folder of the test.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.harness import started, wait_for
from tests.integration.netns import Netns, why_not

USER: Final = "sympa"  # compiled in
PROGRAMS: Final = ("sympa_msg.pl", "bulk.pl")
COMPILED_IN: Final = "usr/share/sympa/lib/Sympa/Constants.pm"
START_S: Final = 60.0
SPOOLS: Final = ("msg", "bulk/msg", "bulk/pct", "distribute", "moderation", "digest", "task", "tmp")
FOLDERS: Final = ("etc", "pids", "list_data", "arc", "bounce", "css", "pictures")
CONFIGURATION: Final = """
domain {domain}
listmaster postmaster@example.net
db_type SQLite
db_name {folder}/database
sendmail {folder}/sendmail
sendmail_aliases none
dkim_feature on
dkim_signature_apply_on any
dkim_signer_domain {domain}
dkim_selector {selector}
dkim_private_key_path {folder}/key.pem
"""
LIST: Final = """
subject {name}

status open

send public

owner
email owner@example.org
profile privileged

creation
email owner@example.org
date_epoch 1767225600

custom_subject {name}

dmarc_protection
mode {mode}
"""
RUN: Final = """
mount -t overlay overlay -o lowerdir={folder}/over:{unpacked}/usr:/usr /usr
exec "$@"
"""
# As its queue(8) does, whose place of the configuration is compiled in.
QUEUE: Final = """#!/bin/sh
set -e
new=$(mktemp {folder}/spool/tmp/XXXXXX)
{{ echo "X-Sympa-To: $1"; cat; }} >"$new"
mv "$new" "{folder}/spool/msg/$1.$(date +%s).$$"
"""
# Postfix' own sendmail(1) would not take another instance's mail. Perl is what Sympa's user can surely run.
SENDMAIL: Final = """#!/usr/bin/perl
use strict;
use Net::SMTP;
my ($from) = map { $ARGV[$_] eq '-f' ? $ARGV[$_ + 1] : () } 0 .. $#ARGV;
shift @ARGV while $ARGV[0] ne '--';
shift @ARGV;
my $session = Net::SMTP->new('::1', Timeout => 30) or exit 75;
$session->mail($from) && $session->recipient(@ARGV) && $session->data() or exit 75;
$session->datasend($_) while <STDIN>;
$session->dataend() && $session->quit() or exit 75;
"""


@dataclass(frozen=True)
class Sympa:
    """A running Sympa."""

    host: Netns
    folder: Path
    domain: str
    owner: tuple[int, int]

    @property
    def service(self) -> str:
        """The line of Postfix' master.cf by which it is handed a post."""
        return f"sympa unix - n n - - pipe flags=R user={USER} argv={self.folder}/queue ${{recipient}}"

    def add_list(self, name: str, member: str, *, mode: str) -> None:
        """A list that takes posts of everybody; `mode` is that of its dmarc_protection."""
        home = self.folder / "list_data" / name
        home.mkdir()
        (home / "config").write_text(LIST.format(name=name, mode=mode).lstrip())
        self._give()
        self._ask("add", "--quiet", f"{name}@{self.domain}", said=member)
        self._give()

    def log(self) -> str:
        """What its programs have said."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in files)

    def command(self, *words: str) -> list[str]:
        """One that runs inside, with what was unpacked over /usr."""
        return self.host.command("unshare", "--mount", "sh", self.folder / "run", *words)

    def _ask(self, *words: str, said: str = "") -> None:
        command = self.command("/usr/lib/sympa/bin/sympa.pl", *words)
        ended = subprocess.run(command, input=f"{said}\n", capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{words}: {ended.stderr}"

    def _give(self) -> None:
        """All that is here to its user."""
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, *self.owner, follow_symlinks=False)


def sympa_unpacked() -> Path | None:
    """Where the package is; None where it is not."""
    named = os.environ.get("STAYSUB_SYMPA")
    return Path(named) if named and (Path(named) / COMPILED_IN).exists() and why_not() is None else None


@contextmanager
def sympa(host: Netns, *, domain: str, selector: str, key: Path) -> Iterator[Sympa]:
    """Sympa inside `host`, which signs what it sends; it takes posts when the block begins."""
    unpacked = sympa_unpacked()
    assert unpacked is not None
    folder = Path(tempfile.mkdtemp(prefix="staysub-sympa-"))
    running = Sympa(host, folder, domain, host.add_user(USER))
    try:
        folder.chmod(0o755)
        _write(running, unpacked, selector=selector, key=key)
        running._give()
        running._ask("upgrade")  # makes the database
        running._give()
        with ExitStack() as stack:
            for name in PROGRAMS:
                command = running.command(f"/usr/lib/sympa/bin/{name}", "--foreground")
                stack.enter_context(started(command, log=folder / f"{name}.log"))
            pids = [folder / "pids" / f"{name}.pid" for name in ("sympa_msg", "bulk")]
            wait_for(lambda: all(each.exists() for each in pids), "start of Sympa", within_s=START_S, said=running.log)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(running: Sympa, unpacked: Path, *, selector: str, key: Path) -> None:
    folder = running.folder
    for name in (*(f"spool/{each}" for each in SPOOLS), *FOLDERS, "over/share/sympa/lib/Sympa"):
        (folder / name).mkdir(parents=True)
    shutil.copy(key, folder / "key.pem")
    named = {"folder": folder, "domain": running.domain, "selector": selector, "unpacked": unpacked}
    (folder / "sympa.conf").write_text(CONFIGURATION.format(**named).lstrip())
    places = (unpacked / COMPILED_IN).read_text()
    for ours, theirs in (("sympa.conf", "/etc/sympa/sympa/sympa.conf"), ("etc", "/etc/sympa"), ("pids", "/run/sympa")):
        places = places.replace(f"'{theirs}'", f"'{folder}/{ours}'")
    places = places.replace("'/var/spool/sympa'", f"'{folder}/spool'").replace("'/var/lib/sympa/", f"'{folder}/")
    (folder / "over/share/sympa/lib/Sympa/Constants.pm").write_text(places)
    (folder / "run").write_text(RUN.format(**named).lstrip())
    for name, text in (("queue", QUEUE.format(folder=folder)), ("sendmail", SENDMAIL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
