"""A journal of its own, in namespaces: systemd's journald, and what Staysub reads of one unit by journalctl.

Run by `unshare --mount --pid --fork --mount-proc`, so that this process is the first one: what that says of a unit is
the unit's. Prints what was read, as JSON.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from monitor.follow.journal import Journal

UNIT = "postfix@-.service"
RUN = Path("/run/systemd/journal")


def said(message, unit=UNIT):
    """A native message (systemd.io/JOURNAL_NATIVE_PROTOCOL); one with an end of line in it is written by its length."""
    field = (
        b"MESSAGE=" + message if b"\n" not in message else b"MESSAGE\n" + len(message).to_bytes(8, "little") + message
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.connect(str(RUN / "socket"))
        way.send(f"SYSLOG_IDENTIFIER=postfix/smtp\nSYSLOG_PID=7\nUNIT={unit}\n".encode() + field + b"\n")


def read(source, count):
    lines, cursor, ends = [], "", time.monotonic() + 20
    while len(lines) < count and time.monotonic() < ends:
        batch = source.read(1000, 0.2)
        lines += batch.lines
        cursor = batch.cursor or cursor
    return lines, cursor


def main():
    for place in ("/run", "/var/log"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    RUN.mkdir(parents=True)
    daemon = subprocess.Popen(["/usr/lib/systemd/systemd-journald"], stderr=subprocess.DEVNULL)
    while not (RUN / "socket").exists():
        time.sleep(0.05)
    said(b"4F: one")
    said(b"of another", "other.service")
    said(b"4F: t\xffwo")
    first = Journal([UNIT], "", since=time.time() - 60)
    before, cursor = read(first, 2)
    first.close()
    said(b"4F: three\nNov 28 forged")
    second = Journal([UNIT], cursor, since=0.0)
    after, _ = read(second, 1)
    said(b"4F: four")
    after += read(second, 1)[0]
    more = second.read(10, 1.0).lines
    second.close()
    daemon.terminate()
    daemon.wait()
    sys.stdout.write(json.dumps([each.decode("latin-1") for each in (*before, *after, *more)]))


if __name__ == "__main__":
    assert os.getpid() == 1
    main()
