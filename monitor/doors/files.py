"""Open files: each connection is one, and a process that has none left lets nobody in."""

import contextlib
import resource
import sys


def allow_files(wanted: int) -> int:
    """Raise the soft limit of open files to so many, as far as the system allows; how many may be open then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reach = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < reach:
        with contextlib.suppress(OSError):  # a unit's SystemCallFilter=~@resources
            resource.setrlimit(resource.RLIMIT_NOFILE, (reach, hard))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if allowed == resource.RLIM_INFINITY else allowed
