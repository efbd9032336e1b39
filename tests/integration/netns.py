"""Network namespaces for tests: hosts of their own on one link, IPv6 and IPv4, torn down whatever happens.

    with network({"list": ["2001:db8:25::25"], "probe": ["2001:db8:53::53"]}, nameserver="2001:db8:53::53") as hosts:
        hosts["list"].popen("postfix", …)              # a process inside, with that resolv.conf
        with hosts["probe"].entered():                 # this thread inside: its sockets and children belong there
            listening = socket.create_server(…)

All of 2001:db8::/32 and 192.0.2.0/24 is on-link; nothing leads outside. Names are unique to the process.
"""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.harness import greeted, wait_for

CLONE_NEWNET = 0x40000000  # sched.h
PREFIX_BITS = {6: 32, 4: 24}  # the documentation prefixes, RFC 3849 and RFC 5737
OWN_ID = 64999  # above what useradd gives, below what systemd takes
NUMBERS = itertools.count()
STOP_S = 10.0


@cache
def why_not() -> str | None:
    """Why namespaces cannot be made here; None where they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "ip is not installed (apt install iproute2)"
    name = f"staysub-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"network namespaces cannot be made here: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return None


def require(*programs: str) -> None:
    """Skip the test, with the reason, unless namespaces can be made and the programs are installed."""
    reason = why_not() or next((f"{each} is not installed" for each in programs if program(each) is None), None)
    if reason:
        pytest.skip(reason)


def program(name: str) -> str | None:
    """Where a program is, also when sbin is not on PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


@dataclass(frozen=True)
class Netns:
    """One host."""

    name: str
    addresses: tuple[str, ...]

    def command(self, *args: str | Path) -> list[str]:
        """The command that runs `args` inside, with the host's own resolv.conf."""
        return ["ip", "netns", "exec", self.name, *map(str, args)]

    def run(self, *args: str | Path, check: bool = True, **options: object) -> subprocess.CompletedProcess[str]:
        """Run inside and wait."""
        ended = subprocess.run(self.command(*args), capture_output=True, text=True, check=False, **options)
        assert not check or ended.returncode == 0, f"{args}: {ended.stderr or ended.stdout}"
        return ended

    def popen(self, *args: str | Path, **options: object) -> subprocess.Popen[str]:
        """Start inside."""
        return subprocess.Popen(self.command(*args), text=True, **options)

    def greets(self) -> bool:
        """Whether an SMTP server greets inside."""
        with self.entered():
            return greeted("::1", 25)

    def add_user(self, user: str) -> tuple[int, int]:
        """A user that only this host knows, unless the machine has it: user and group id."""
        with suppress(KeyError):
            entry = pwd.getpwnam(user)
            return entry.pw_uid, entry.pw_gid
        folder = Path("/etc/netns") / self.name  # bind-mounted over /etc for what runs inside
        line = f"{user}:x:{OWN_ID}:{OWN_ID}::/nonexistent:/usr/sbin/nologin\n"
        (folder / "passwd").write_text(Path("/etc/passwd").read_text() + line)
        (folder / "group").write_text(Path("/etc/group").read_text() + f"{user}:x:{OWN_ID}:\n")
        return OWN_ID, OWN_ID

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Put the calling thread inside for the block (setns(2)); its resolv.conf stays the outside one."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            _setns(there)
            yield
        finally:
            _setns(home)
            os.close(there)
            os.close(home)


@contextmanager
def network(hosts: Mapping[str, Sequence[str]], *, nameserver: str | None = None) -> Iterator[dict[str, Netns]]:
    """Hosts with their addresses on one link. What still runs inside at the end is killed."""
    unique = f"staysub-{os.getpid()}-{next(NUMBERS)}"
    hub = f"{unique}-hub"
    made = [hub]
    try:
        _ip("netns", "add", hub)
        _ip("-n", hub, "link", "add", "link0", "type", "bridge")
        _ip("-n", hub, "link", "set", "link0", "up")
        found = {}
        for number, (host, addresses) in enumerate(hosts.items()):
            name = f"{unique}-{host}"
            made.append(name)
            _make_host(name, hub, f"port{number}", addresses)
            _write_resolv_conf(name, nameserver)
            found[host] = Netns(name, tuple(addresses))
        yield found
    finally:
        for name in reversed(made):
            _remove_host(name)


def _make_host(name: str, hub: str, port: str, addresses: Sequence[str]) -> None:
    _ip("netns", "add", name)
    no_dad = "for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $f; done"  # addresses are usable at once
    subprocess.run(["ip", "netns", "exec", name, "sh", "-c", no_dad], check=True)
    _ip("-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("-n", hub, "link", "set", port, "master", "link0", "up")
    subprocess.run(["ip", "netns", "exec", name, "sh", "-c", no_dad], check=True)
    _ip("-n", name, "link", "set", "lo", "up")
    _ip("-n", name, "link", "set", "eth0", "up")
    for position, address in enumerate(addresses):
        version = ip_address(address).version
        options = ["nodad"] if version == 6 else []
        if version == 6 and position:
            options += ["preferred_lft", "0"]  # only the first one is a source address unless asked for by name
        _ip("-n", name, "address", "add", f"{address}/{PREFIX_BITS[version]}", "dev", "eth0", *options)


def _write_resolv_conf(name: str, nameserver: str | None) -> None:
    folder = Path("/etc/netns") / name
    folder.mkdir(parents=True, mode=0o755)
    lines = [f"nameserver {nameserver}", "options timeout:2 attempts:2"] if nameserver else []
    (folder / "resolv.conf").write_text("".join(f"{line}\n" for line in lines))


def _remove_host(name: str) -> None:
    listed = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in listed.stdout.split()]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(AssertionError):  # the namespace is taken away all the same
        wait_for(lambda: not any(map(_runs, pids)), within_s=STOP_S)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    shutil.rmtree(Path("/etc/netns") / name, ignore_errors=True)


def _runs(pid: int) -> bool:
    """Whether the process lives; a zombie that its parent has not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def _ip(*args: str) -> None:
    ended = subprocess.run(["ip", *args], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"ip {' '.join(args)}: {ended.stderr.strip()}"


def _setns(descriptor: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
