"""Whether a disk of ours is full, in octets or in inodes: one sentence with what to do."""

import os
from pathlib import Path
from typing import Final

FULL_OCTETS: Final = 1 << 20  # with less than this left a write of ours fails: a rewritten append-only file is larger
SOON_OCTETS: Final = 100 << 20  # about a month of ten lists, and room for the file while it is rewritten
FULL_INODES: Final = 16  # the store makes a few files when it rewrites its own


def disk_full(path: Path) -> str:
    """Why nothing can be written there; "" where it can. A directory that will be made is judged by its parent."""
    octets, inodes = free(path)
    if octets < FULL_OCTETS:
        return f"The disk of {path} is full. Free some of it: Staysub goes on by itself."
    if inodes is not None and inodes < FULL_INODES:
        return f"The disk of {path} has no inodes left. Delete files there: Staysub goes on by itself."
    return ""


def disk_soon_full(path: Path) -> str:
    """What to say while there is still a little room; "" where there is enough."""
    octets, _ = free(path)
    return f"The disk of {path} has only {octets >> 20} MiB left." if octets < SOON_OCTETS else ""


def free(path: Path) -> tuple[int, int | None]:
    """Octets and inodes that this process may still use there; None where the file system does not count inodes."""
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    found = os.statvfs(there)
    blocks, inodes = (found.f_bfree, found.f_ffree) if os.geteuid() == 0 else (found.f_bavail, found.f_favail)
    return blocks * found.f_frsize, inodes if found.f_files else None
