"""A Debian machine to install packages on: this one, with all that is changed in memory, and gone at the end.

Needs root: a mount namespace of its own, in which an overlay lies over the file system.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness import started

NEEDED = ("unshare", "nsenter", "dpkg", "dpkg-deb", "adduser", "runuser")
MADE = """
set -e
mount -t tmpfs tmpfs {d}
mkdir {d}/upper {d}/work {d}/system
mount -t overlay overlay -o lowerdir=/,upperdir={d}/upper,workdir={d}/work {d}/system
mount -t proc proc {d}/system/proc
mount --rbind /dev {d}/system/dev
mount -t tmpfs tmpfs {d}/system/tmp
chmod 1777 {d}/system/tmp
mount -t tmpfs tmpfs {d}/system/run
touch {told}
exec sleep infinity
"""
# What stands in for systemd, which runs nowhere here: it notes what it is told, and a file says what is active.
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/tmp/systemctl
case "$*" in
*is-enabled*) echo enabled ;;
*is-active*) test -e /tmp/active ;;
*start*) touch /tmp/active ;;
*stop*) rm -f /tmp/active ;;
esac
"""
POLICY = "#!/bin/sh\nexit 0\n"  # services may be started and stopped, which a container's own policy forbids
NOTED_BY_OTHERS = ("var/lib/dpkg/", "var/log/", "var/cache/", "var/lib/systemd/", "var/lib/ucf/", "etc/")
USERS = ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow")


@dataclass(frozen=True)
class Machine:
    """Its root as it is seen from here, and from inside."""

    root: Path
    inside: str
    pid: int

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command on it, as root, with little in its environment."""
        entered = ["nsenter", "--target", str(self.pid), "--mount", "chroot", self.inside]
        environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        ended = subprocess.run([*entered, *command], env=environ, capture_output=True, text=True, check=False)
        assert not check or ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
        return ended

    def as_staysub(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command as the package's user, in its directory."""
        return self.run(
            "runuser",
            "-u",
            "staysub",
            "--",
            "sh",
            "-c",
            'cd /var/lib/staysub && exec "$@"',
            "sh",
            *command,
            check=check,
        )

    def bring(self, path: Path) -> str:
        """A file of ours, put on it; its name there."""
        shutil.copy(path, self.root / "tmp")
        return f"/tmp/{path.name}"  # noqa: S108 - of the machine, which nobody else is on

    def changed(self) -> set[str]:
        """Every file and link that is not as this machine has it, but for what is dpkg's own, and the users."""
        upper = self.root.parent / "upper"
        found = {str(path.relative_to(upper)) for path in upper.rglob("*") if not path.is_dir() or path.is_symlink()}
        return {name for name in found if not name.startswith(NOTED_BY_OTHERS) or name.startswith("etc/staysub")}


@contextmanager
def debian_machine(folder: Path) -> Iterator[Machine]:
    """Such a machine during the block. Skips where there can be none."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a mount namespace")
    for program in NEEDED:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing (apt install dpkg-dev adduser util-linux)")
    folder.mkdir()
    told = folder.with_name("ready")
    # unshare becomes the shell, and that the sleeper: its process is the one whose namespace the machine is.
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", MADE.format(d=folder, told=told)]
    with started(command, log=folder.with_name("machine.log"), ready=told.exists) as process:
        machine = Machine(Path(f"/proc/{process.pid}/root{folder}/system"), f"{folder}/system", process.pid)
        (machine.root / "usr/bin/systemctl").unlink(missing_ok=True)
        for name, text in (("usr/bin/systemctl", SYSTEMCTL), ("usr/sbin/policy-rc.d", POLICY)):
            (machine.root / name).write_text(text)
            (machine.root / name).chmod(0o755)
        (machine.root / "run/systemd/system").mkdir(parents=True)
        yield machine
