"""Why a log cannot be read, in one sentence that says whose permission is missing."""

import grp
import os
import pwd
import stat
from pathlib import Path


def why_unreadable(path: Path, error: OSError) -> str:
    """One sentence about the file, and about who may read it."""
    if isinstance(error, FileNotFoundError):
        return f"There is no {path}."
    if not isinstance(error, PermissionError):
        return f"{path} cannot be read: {error.strerror or error}."
    barred = _barred_by(path)
    return f"{path} cannot be read by {_user(os.geteuid())}: {_who_may(barred)}"


def _barred_by(path: Path) -> Path:
    """The file itself, or the directory on the way to it that may not be entered."""
    for each in reversed(path.parents):
        if not os.access(each, os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            return each
    return path


def _who_may(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "nothing is known of who may."
    is_directory = stat.S_ISDIR(found.st_mode)
    needed = stat.S_IXGRP if is_directory else stat.S_IRGRP
    what = f"{path} may be entered" if is_directory else "it may be read"
    if found.st_mode & needed and found.st_gid != 0:
        group = _group(found.st_gid)
        return f"{what} by group {group}; run `usermod -aG {group} {_user(os.geteuid())}` and start again."
    return f"{what} by {_user(found.st_uid)} alone; give a group the right, and the user of Staysub that group."


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
