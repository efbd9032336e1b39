"""A log followed by processes that are killed at any moment, while it grows and is turned: each line counts once."""

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.configured import STORE
from tests.harness import TOP, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

LOG = """
[[mta_log]]
kind = "postfix"
path = "{folder}/mail.log"
"""
LISTS = "".join(
    f"""
[[list]]
id = "list-{n}"
address = "list-{n}@lists.example.org"
reverse_path = "list-{n}-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25", "2001:db8:25::25"]
"""
    for n in range(5)
)
LINES = 21_000
KILLS = 15
GMAIL = "gmail-smtp-in.l.google.com[2a00:1450:4013:c00::1b]"
SAID = {
    "accept": "dsn=2.0.0, status=sent (250 2.0.0 OK  1764357600 a-1 - gsmtp)",
    "defer": f"dsn=4.7.28, status=deferred (host {GMAIL} said: 421 4.7.28 Our system has detected an unusual rate "
    "(in reply to end of DATA command))",
    "reject": f"dsn=5.7.26, status=bounced (host {GMAIL} said: 550-5.7.26 This mail is unauthenticated 550 5.7.26 no "
    "(in reply to end of DATA command))",
}


class Writer:
    """Writes messages into a log as Postfix does, turns it now and then, and knows what it wrote."""

    def __init__(self, path, chance):
        self.path, self.chance = path, chance
        self.lines, self.number = 0, 0
        self.truth = Counter()  # recipients, by list and action
        self.refused = {f"list-{n}": set() for n in range(5)}
        self.file = path.open("ab", buffering=0)

    def message(self):
        """All lines of one message to one list."""
        self.number += 1
        list_id, queue_id = f"list-{self.number % 5}", f"{self.number:010X}"
        lines = [f"qmgr[2]: {queue_id}: from=<{list_id}-bounces@lists.example.org>, size=900, nrcpt=9 (queue active)"]
        for _ in range(self.chance.randrange(1, 6)):
            member, action = f"m{self.chance.randrange(500)}@gmail.com", self.chance.choice(list(SAID))
            lines.append(
                f"smtp[{self.number % 9 + 3}]: {queue_id}: to=<{member}>, relay={GMAIL}:25, "
                f"delay=1.2, delays=0.1/0/0.5/0.6, {SAID[action]}"
            )
            self.truth[list_id, action] += 1
            if action == "reject":
                self.refused[list_id].add(member)
        if self.chance.random() < 0.9:
            lines.append(f"qmgr[2]: {queue_id}: removed")
        stamp = datetime.now(UTC).isoformat(timespec="microseconds")
        for line in lines:
            octets = f"{stamp} mx postfix/{line}\n".encode()
            cut = self.chance.randrange(len(octets))
            self.file.write(octets[:cut])
            self.file.write(octets[cut:])
        self.lines += len(lines)

    def turn(self):
        """As logrotate does it, in one of its ways."""
        for n in range(40, 0, -1):
            for end in ("", ".gz"):
                old = self.path.with_name(f"mail.log.{n}{end}")
                if old.exists():
                    old.rename(self.path.with_name(f"mail.log.{n + 1}{end}"))
        first, second = self.path.with_name("mail.log.1"), self.path.with_name("mail.log.2")
        if self.chance.random() < 0.5:
            shutil.copy2(self.path, first)
            os.truncate(self.path, 0)
        else:
            self.path.rename(first)
            self.message()  # until it is told, the writer goes on in the old file
            self.file.close()
            self.file = self.path.open("ab", buffering=0)
        if second.exists() and self.chance.random() < 0.7:
            packed = second.with_name("mail.log.2.gz")
            packed.write_bytes(gzip.compress(second.read_bytes()))
            second.unlink()


def start(path):
    command = [sys.executable, "-m", "monitor", "--config", path, "follow"]
    return subprocess.Popen(command, cwd=TOP, stderr=subprocess.DEVNULL)


def counted(store):
    found = Counter()
    for n in range(5):
        for key, row in store.replies.of_list(f"list-{n}"):
            found[f"list-{n}", str(key.action)] += row.recipients
    return found


def end(processes):
    for each in processes:
        each.terminate()
    for each in processes:
        each.wait(30)


def all_is_told(store, writer):
    """The counts are those of who wrote the log, to the last recipient and subscriber."""
    place = store.followed.place("postfix")
    assert (place.lines, place.unread) == (writer.lines, 0)
    assert counted(store) == writer.truth
    for list_id, members in writer.refused.items():
        assert len(store.replies.refused(list_id)) == len(members)


@pytest.mark.parametrize("at_once", [1, 2], ids=["one", "two at once"])
def test_kills_lose_and_double_nothing(store, configure, tmp_path, at_once):
    """Followers die outright while the log is written and turned; of two at once one keeps what both read."""
    path, chance = configure(STORE + LOG + LISTS), random.Random(at_once)
    writer = Writer(tmp_path / "mail.log", chance)
    processes = [start(path) for _ in range(at_once)]
    kills, kill_at = 0, time.monotonic() + 2.0
    try:
        while writer.lines < LINES or kills < KILLS:
            for _ in range(chance.randrange(1, 40)):
                writer.message()
            if chance.random() < 0.02:
                writer.turn()
            if time.monotonic() > kill_at:
                one = chance.randrange(at_once)
                processes[one].send_signal(signal.SIGKILL)
                processes[one].wait(20)
                processes[one] = start(path)
                kills += 1
                kill_at = time.monotonic() + chance.uniform(1.2, 2.5)
            time.sleep(0.02)
        wait_for(lambda: store.followed.place("postfix").lines >= writer.lines, within_s=60)
        time.sleep(1.5)  # what was doubled would come now
    finally:
        end(processes)
    all_is_told(store, writer)


def test_an_emptied_store_is_filled_anew_from_what_is_there(store, configure, tmp_path):
    """What is lost with the store is read again, as far as the files go back, and counts once."""
    path = configure(STORE + LOG + LISTS)
    writer = Writer(tmp_path / "mail.log", random.Random(7))
    process = start(path)
    try:
        for _ in range(300):
            writer.message()
        wait_for(lambda: store.followed.place("postfix").lines == writer.lines, within_s=30)
        store.client.flushdb()
        for _ in range(300):
            writer.message()
        wait_for(lambda: store.followed.place("postfix").lines >= writer.lines, within_s=60)
        time.sleep(1.0)
    finally:
        end([process])
    all_is_told(store, writer)
