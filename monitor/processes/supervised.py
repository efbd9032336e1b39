"""A part that `staysub run` started ends when its supervisor does, even one that was killed outright."""

import ctypes
import os
import signal
import sys

SUPERVISOR = "STAYSUB_SUPERVISOR"  # in a part's environment: the process id of its supervisor

_PR_SET_PDEATHSIG = 1  # prctl(2) of Linux; the setting survives execve(2)


def end_with_supervisor(by: signal.Signals = signal.SIGTERM) -> None:
    """Ask the system to send us this signal when our supervisor ends.

    Without one, or where there is no such call, does nothing.
    """
    supervisor = os.environ.get(SUPERVISOR, "")
    if not supervisor.isdigit() or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
    if os.getppid() != int(supervisor):  # it ended before we asked
        sys.exit(0)
