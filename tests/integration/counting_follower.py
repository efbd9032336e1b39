"""A follower as a process of its own, to be killed: it knows lines of a small form, and counts what they say of lists.

`python -m tests.integration.counting_follower CONFIGURATION`. Its lines are `TIME QUEUE-ID from=LIST`, `TIME QUEUE-ID
to=NUMBER sent|deferred|bounced` and `TIME QUEUE-ID removed`.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from threading import Event
from types import SimpleNamespace

from monitor import journal
from monitor.config.load import VARIABLE
from monitor.evidence.entry import Reply
from monitor.evidence.replies.counted import OfList, Row, RowKey, Told
from monitor.evidence.replies.rows_of_day import sum_of
from monitor.evidence.sketch import digest
from monitor.model.evidence import AdmissionAction
from monitor.mtas.log import Became, Left, Queued, Tried
from monitor.operations import follow_log
from monitor.wiring import services

ACTIONS = {
    Became.SENT: AdmissionAction.ACCEPT,
    Became.DEFERRED: AdmissionAction.DEFER,
    Became.BOUNCED: AdmissionAction.REJECT,
}


class CountingReader:
    """Of that small form, all else is unread."""

    def __init__(self, _now):
        self.lines = self.unread = 0
        self.sample = ""

    def read(self, line):
        self.lines += 1
        try:
            at, queue_id, said, *rest = line.decode().split(" ")
            kind, _, value = said.partition("=")
            if kind == "from":
                return [Queued(at=float(at), queue_id=queue_id, reverse_path=value)]
            if kind == "to":
                return [Tried(at=float(at), queue_id=queue_id, code=250, number=int(value), became=Became(rest[0]))]
            if kind == "removed":
                return [Left(at=float(at), queue_id=queue_id)]
        except ValueError:
            pass
        self.unread += 1
        return []

    def state(self):
        return {"lines": self.lines}

    def resume(self, state):
        self.lines = state.get("lines", 0)


class CountingMemory:
    """Which list each message in the queue is of, and rows."""

    def __init__(self, kept):
        self.queue = dict(kept)
        self.changed, self.rows, self.attempts = {}, {}, 0

    def take(self, event):
        if isinstance(event, Queued):
            self.queue[event.queue_id] = self.changed[event.queue_id] = event.reverse_path
        elif isinstance(event, Left):
            self.queue.pop(event.queue_id, None)
            self.changed[event.queue_id] = None
        else:
            self.attempts += 1
            at = datetime.fromtimestamp(event.at, UTC)
            key = RowKey(
                day=at.date(), receiver="gmail", family=6, action=ACTIONS[event.became], kind="", rule="", code=""
            )
            row = Row(attempts=1, recipients=event.number, first=at, last=at, sample="250 ok")
            rows = self.rows.setdefault(self.queue.get(event.queue_id, "nobody"), {})
            rows[key] = sum_of(rows[key], row) if key in rows else row

    def told(self):
        rows, attempts = self.rows, self.attempts
        self.rows, self.attempts = {}, 0
        return Told(lists={each: OfList(rows=of, replies=_replies(of)) for each, of in rows.items()}, attempts=attempts)

    def changes(self):
        changed, self.changed = self.changed, {}
        return changed


def _replies(rows):
    return tuple(
        Reply(at=row.last, receiver="gmail", family=6, action=key.action, post=digest(str(row.last)), members=(1,))
        for key, row in rows.items()
    )


def memory_of(_services, _lists, kept):
    """As the follower asks for one."""
    return CountingMemory(kept)


def count_at(kind):
    """In the place of the catalogue's."""
    return SimpleNamespace(log=CountingReader, kind=kind)


if __name__ == "__main__":
    os.environ[VARIABLE] = sys.argv[1]
    follow_log.mta_named = count_at
    follow_log.weigh_anew = lambda *_, **__: None
    journal.configure()
    ending = Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    follow_log.Follower(services(), "postfix", memory_of).follow(ending)
