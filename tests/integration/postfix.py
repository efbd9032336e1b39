"""Debian's Postfix as a list's MTA: an instance of its own in a network namespace, its retry clock compressed."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import started, wait_for
from tests.integration.netns import Netns, program

# Defaults of postconf(5) are 300 s, 4000 s, 300 s and 5 d.
FAST = {
    "minimal_backoff_time": "2s",
    "maximal_backoff_time": "4s",
    "queue_run_delay": "1s",
    "maximal_queue_lifetime": "1d",
    "bounce_queue_lifetime": "1d",
}

# The default of import_environment.
IMPORTED = (
    "MAIL_CONFIG",
    "MAIL_DEBUG",
    "MAIL_LOGTAG",
    "TZ",
    "XAUTHORITY",
    "DISPLAY",
    "LANG=C",
    "POSTLOG_SERVICE",
    "POSTLOG_HOSTNAME",
)

MAIN = {
    "compatibility_level": "3.6",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "inet_interfaces": "all",
    "inet_protocols": "all",
    "smtp_address_preference": "ipv6",
    "mynetworks": "[2001:db8::]/32, 192.0.2.0/24, [::1]/128",
    "mydestination": "",
    "alias_maps": "",
    "alias_database": "",
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
    "smtp_tls_security_level": "may",
    "smtp_connect_timeout": "5s",
    "smtputf8_enable": "yes",
} | FAST

# master(5); nothing is chrooted, so that each process sees the namespace's own resolv.conf. `postlog` is what
# maillog_file needs.
SERVICES = """
smtp      inet  n - n -    -  smtpd
pickup    unix  n - n 60   1  pickup
cleanup   unix  n - n -    0  cleanup
qmgr      unix  n - n 300  1  qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -    -  trivial-rewrite
bounce    unix  - - n -    0  bounce
defer     unix  - - n -    0  bounce
trace     unix  - - n -    0  bounce
verify    unix  - - n -    1  verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -    -  proxymap
proxywrite unix - - n -    1  proxymap
smtp      unix  - - n -    -  smtp
relay     unix  - - n -    -  smtp
showq     unix  n - n -    -  showq
error     unix  - - n -    -  error
retry     unix  - - n -    -  error
discard   unix  - - n -    -  discard
local     unix  - n n -    -  local
virtual   unix  - n n -    -  virtual
lmtp      unix  - - n -    -  lmtp
anvil     unix  - - n -    1  anvil
scache    unix  - - n -    1  scache
postlog   unix-dgram n - n - 1 postlogd
"""


RELOADED = "reload -- version"  # what master(8) logs


@dataclass(frozen=True)
class Postfix:
    """A running instance; it takes mail from its whole link on port 25."""

    host: Netns
    folder: Path

    @property
    def config(self) -> Path:
        """Its configuration directory."""
        return self.folder / "etc"

    def log(self) -> str:
        """What it has logged."""
        path = self.folder / "log" / "mail.log"
        return path.read_text() if path.exists() else ""

    def queue(self) -> list[dict[str, object]]:
        """The messages in its queue, as `postqueue -j` says."""
        said = self.host.run(program("postqueue") or "postqueue", "-c", self.config, "-j").stdout
        return [json.loads(line) for line in said.splitlines()]

    def deferred(self) -> set[str]:
        """The ids of the messages that wait for another try; also those that are tried now."""
        deferred = self._ids("deferred")  # in this order: none is missed on its way between the two
        return deferred | self._ids("active") | self._ids("deferred")

    def is_idle(self) -> bool:
        """Whether it has nothing to do now."""
        return not any(map(self._ids, ("maildrop", "incoming", "active")))

    def _ids(self, queue: str) -> set[str]:
        return {path.name for path in (self.folder / "spool" / queue).rglob("*") if path.is_file()}

    def add_service(self, line: str) -> None:
        """One more in its master.cf, in use after the next reload."""
        with (self.config / "master.cf").open("a") as services:
            services.write(f"{line}\n")

    def reload(self, **settings: str) -> None:
        """Go on with these settings over its own: mail that comes from now on, and each new connection."""
        lines = [f"{key} = {value}" for key, value in settings.items()]
        self.host.run(program("postconf") or "postconf", "-c", self.config, "-e", *lines)
        before = self.log().count(RELOADED)
        self.host.run(program("postfix") or "postfix", "-c", self.config, "reload")
        wait_for(lambda: self.log().count(RELOADED) > before, "reload of Postfix", said=self.log)

    def flush(self) -> None:
        """Try every queued message now."""
        self.host.run(program("postqueue") or "postqueue", "-c", self.config, "-f")


@contextmanager
def postfix(
    host: Netns,
    *,
    hostname: str,
    environ: Mapping[str, str] | None = None,
    under: Path | None = None,
    **settings: str,
) -> Iterator[Postfix]:
    """Postfix inside `host`, with `settings` over the ones above; it takes mail when the block begins.

    `environ` is handed to each of its processes; its folder is made `under` one, else where temporary files are.
    """
    folder = Path(tempfile.mkdtemp(prefix="staysub-postfix-", dir=under))
    instance = Postfix(host, folder)
    command = program("postfix")
    assert command is not None

    environ = environ or {}
    if environ:
        settings = {"import_environment": " ".join((*IMPORTED, *environ))} | settings

    def stop(_: object) -> None:
        host.run(command, "-c", instance.config, "stop", check=False)

    try:
        _write(instance, {"myhostname": hostname} | MAIN | settings)
        with started(
            host.command(command, "-c", instance.config, "start-fg"),
            log=folder / "start.log",
            ready=host.greets,
            said=instance.log,
            stop=stop,
            env={**os.environ, **environ},
        ):
            yield instance
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(instance: Postfix, settings: dict[str, str]) -> None:
    folder = instance.folder
    folder.chmod(0o755)  # Postfix' unprivileged processes pass through
    for name in ("etc", "spool", "data", "log"):
        (folder / name).mkdir(mode=0o755)
    shutil.chown(folder / "data", "postfix", "postfix")
    paths = {
        "queue_directory": folder / "spool",
        "data_directory": folder / "data",
        "maillog_file": folder / "log" / "mail.log",
        "maillog_file_prefixes": folder / "log",
    }
    lines = [f"{key} = {value}" for key, value in (settings | paths).items()]
    (instance.config / "main.cf").write_text("\n".join(lines) + "\n")
    (instance.config / "master.cf").write_text(SERVICES.lstrip())
    for name in ("postfix-script", "post-install", "postfix-files", "dynamicmaps.cf"):
        source = Path("/etc/postfix") / name
        if source.exists():
            (instance.config / name).symlink_to(source)
