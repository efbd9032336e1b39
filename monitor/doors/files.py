"""Open files: each connection is one, and a process that has none left lets nobody in."""

import contextlib
import errno
import os
import resource
import sys
from collections.abc import Iterable
from typing import Final

_NONE_LEFT: Final = (errno.EMFILE, errno.ENFILE)  # none of this process, none of the machine


def allow_files(wanted: int) -> int:
    """Raise the soft limit of open files to so many, as far as the system allows; how many may be open then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reach = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < reach:
        with contextlib.suppress(OSError):  # a unit's SystemCallFilter=~@resources
            resource.setrlimit(resource.RLIMIT_NOFILE, (reach, hard))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if allowed == resource.RLIM_INFINITY else allowed


def none_left(causes: Iterable[BaseException | None]) -> bool:
    """Whether something failed because no file may be opened: one of its causes says so, or none can be opened now.

    Look-ups of names and TLS do not say so: without its files the one knows no name, the other no certificate.
    """
    return any(isinstance(each, OSError) and each.errno in _NONE_LEFT for each in causes) or not _opens_one()


def _opens_one() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno not in _NONE_LEFT
    return True
