"""How our command is typed where this process was started."""

import os
import shutil
import sys
from pathlib import Path


def typed() -> str:
    """How our command is typed here: by its name where the shell finds it, else by the path beside our interpreter."""
    beside = Path(sys.executable).with_name("staysub")
    if shutil.which("staysub") or not beside.exists():
        return "staysub"
    return min(os.path.relpath(beside), str(beside), key=len)
