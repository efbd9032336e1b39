"""Who listens on a port of this machine, as far as this user may see it: Linux's /proc, and nothing elsewhere."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_LISTEN: Final = "0A"  # TCP_LISTEN in the column "st" of /proc/net/tcp (proc_net_tcp of the kernel's documentation)


def holder(host: str, port: int) -> str:
    """`nginx (process 812)`: who keeps others from listening on that address; "" where that cannot be found out.

    Processes of other users are seen by root alone.
    """
    with suppress(OSError, ValueError, IndexError):
        addresses = map(ip_address, ("127.0.0.1", "::1") if host == "localhost" else (host,))
        inodes = {f"socket:[{inode}]" for each in addresses for inode in _listening(each, port)}
        for process in _PROC.iterdir() if inodes else ():
            if process.name.isdigit() and inodes & set(_files(process)):
                return f"{_name(process)} (process {process.name})"
    return ""


def _name(process: Path) -> str:
    """What it is called; ours are interpreters by name. Of others' arguments nothing is told: they may be secrets."""
    arguments = (process / "cmdline").read_bytes().split(b"\0")
    called = {Path(os.fsdecode(each)).name for each in arguments[:2]}
    if "staysub" in called or arguments[1:3] == [b"-m", b"monitor"]:
        return "another Staysub"
    return (process / "comm").read_text(errors="replace").strip()


def _listening(wanted: IPv4Address | IPv6Address, port: int) -> Iterator[str]:
    """The inodes of sockets that listen on that port, at that address or where either is at all of them."""
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (_PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                where, _, there = fields[1].partition(":")
                at = _address(where)
                apart = at.version == 4 and wanted.version == 6  # ours shut IPv4 out; those of others may not
                overlaps = at == wanted or at.is_unspecified or wanted.is_unspecified
                if fields[3] == _LISTEN and int(there, 16) == port and overlaps and not apart:
                    yield fields[9]


def _address(column: str) -> IPv4Address | IPv6Address:
    """The address as the kernel prints it: words of 32 bits, each in the machine's own order."""
    octets = bytes.fromhex(column)
    if sys.byteorder == "little":
        octets = b"".join(octets[n : n + 4][::-1] for n in range(0, len(octets), 4))
    return IPv4Address(octets) if len(octets) == 4 else IPv6Address(octets)


def _files(process: Path) -> Iterator[str]:
    """What its descriptors lead to; nothing where we may not see that, or it has gone."""
    with suppress(OSError):
        for each in (process / "fd").iterdir():
            with suppress(OSError):
                yield str(each.readlink())
