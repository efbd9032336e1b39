"""Hundreds of incidents while workers are killed, Redis is killed and stalls, and the other sides misbehave.

For each change and way there is one effect as long as the other side knows a repetition by its id, and never none.
"""

import http.server
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook

from monitor.model.incidents import ChangeKind, IncidentState, NoticeState
from monitor.store import open_store
from tests.harness import TOP, free_port, wait_for
from tests.integration.redis_server import BINARY, answers
from tests.sample_notices import SECRET

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1300)]

LISTS = int(os.environ.get("STAYSUB_TEST_LISTS", "150"))
WORKERS = 2
PATIENCE_S = 600.0  # it takes some ten seconds; a busy machine takes what it takes
RAISED, RESOLVED = ChangeKind.RAISED, ChangeKind.RESOLVED
TROUBLES = ("none", "500", "hang", "reset", "redirect", "drip", "retry-after", "lost-answer")

HEAD = """
[redis]
url = "{redis}"
[notices]
from = "staysub@example.org"
relay = "smtp://127.0.0.1:{smtp}"
allow_networks = ["127.0.0.0/8"]
"""
LIST = """
[[list]]
id = "list-{n}"
address = "list-{n}@lists.example.org"
reverse_path = "list-{n}-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
owners = ["owner-{n}@example.org"]
[[list.webhook]]
url = "http://127.0.0.1:{http}/{trouble}/{n}"
secret = "{secret}"
"""


class Hooks:
    """Endpoints that misbehave at the first call of each notice, then take it; `taken` counts by list, type and id."""

    def __init__(self):
        self.taken, self.seen, self.lock = Counter(), Counter(), threading.Lock()
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["content-length"]))
                hooks.answer(self, content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, call, content):
        _, trouble, _ = call.path.split("/")
        ident = call.headers["webhook-id"]
        with self.lock:
            self.seen[ident] += 1
            first = self.seen[ident] == 1
        if trouble == "lost-answer" or not first or trouble == "none":
            said = Webhook(SECRET).sign(ident, _at(call.headers["webhook-timestamp"]), content.decode())
            assert said in call.headers["webhook-signature"].split(" ")
            with self.lock:
                self.taken[call.path.rpartition("/")[2], _type(content), ident] += 1
        status = {"500": 500, "redirect": 302, "retry-after": 503}.get(trouble, 200) if first else 200
        if first and trouble == "hang":
            time.sleep(2)
            call.connection.close()
            return
        if first and trouble in ("reset", "lost-answer"):
            call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            call.connection.close()
            return
        call.send_response(status)
        if status == 302:
            call.send_header("Location", "/none/0")
        if status == 503:
            call.send_header("Retry-After", "20")
        if first and trouble == "drip":
            for _ in range(30):
                call.wfile.write(b"x")
                time.sleep(0.1)
        call.end_headers()


class Mailbox:
    """Takes mail, but not always at the first try; `taken` counts by recipient and Message-ID."""

    def __init__(self):
        self.taken, self.seen = Counter(), Counter()

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        ident = message_from_bytes(envelope.content)["Message-ID"]
        self.seen[ident] += 1
        if self.seen[ident] == 1 and hash(envelope.rcpt_tos[0]) % 3 == 0:
            return "451 4.3.0 not now"
        self.taken[envelope.rcpt_tos[0], ident] += 1
        return "250 2.0.0 queued"


class Redis:
    """A server with an append-only file that can be killed and comes back on the same socket."""

    def __init__(self, folder):
        self.folder, self.url = folder, f"unix://{folder}/s?db=0"
        self.start()

    def start(self):
        options = ["--port", "0", "--unixsocket", f"{self.folder}/s", "--appendonly", "yes", "--save", ""]
        self.process = subprocess.Popen(
            [BINARY, *options, "--dir", self.folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(lambda: answers(self.url), "start of Redis")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Workers:
    """Worker processes, of which one is killed whenever asked and another one started."""

    def __init__(self, *arguments):
        self.command = [sys.executable, str(Path(__file__).with_name("notice_worker.py")), *arguments]
        self.environ = {**os.environ, "PYTHONPATH": str(TOP)}
        self.errors = Path(arguments[1]).with_name("workers.log").open("w")
        self.running = [self.start() for _ in range(WORKERS)]
        self.killed = 0

    def start(self):
        return subprocess.Popen(self.command, env=self.environ, stderr=self.errors)

    def kill_one(self):
        victim = self.running.pop(random.randrange(len(self.running)))
        victim.kill()
        victim.wait()
        self.killed += 1
        self.running.append(self.start())

    def end(self):
        for one in self.running:
            one.kill()
            one.wait()


def _at(seconds):
    return datetime.fromtimestamp(int(seconds), UTC)


def _type(content):
    return content[: content.index(b",")].decode()


@pytest.fixture
def server(tmp_path_factory):
    # In memory where there is such a folder: a disk that others keep busy would only slow the append-only file down.
    # What a killed server has written survives there as well.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    folder = tmp_path_factory.mktemp("r")
    if memory.is_dir() and os.access(memory, os.W_OK):
        folder = Path(tempfile.mkdtemp(prefix="staysub-test-", dir=memory))
    one = Redis(folder)
    yield one
    one.kill()
    shutil.rmtree(folder, ignore_errors=True)


def test_nothing_is_lost_and_nothing_told_twice_under_two_ids(tmp_path, server):
    hooks, mailbox = Hooks(), Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    facts = {"http": hooks.server.server_port, "secret": SECRET}
    lists = [LIST.format(n=n, trouble=TROUBLES[n % len(TROUBLES)], **facts) for n in range(LISTS)]
    configuration, story = tmp_path / "staysub.toml", tmp_path / "level"
    configuration.write_text(HEAD.format(redis=server.url, smtp=controller.port) + "".join(lists))
    store = open_store(server.url)
    tell(story, "critical")
    workers = Workers(server.url, str(configuration), str(story), str(time.time()))
    try:
        for level, state in (("critical", IncidentState.OPEN), ("ok", IncidentState.RESOLVED)):
            tell(story, level)
            torment(workers, server)
            wait_until_all_is_told(workers, store, state)
    finally:
        workers.end()
        controller.stop()
        hooks.server.shutdown()
    count(hooks, mailbox, store, workers)


def tell(story, level):
    """Another level, all at once: a worker never reads half of it."""
    new = story.with_suffix(".new")
    new.write_text(level)
    new.replace(story)


def torment(workers, server):
    """Kill workers at random; stall Redis, then kill it, in between."""
    for turn in range(6):
        time.sleep(random.uniform(0.8, 2.0))
        workers.kill_one()
        if turn == 2:
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(2)
            server.process.send_signal(signal.SIGCONT)
        if turn == 4:
            server.kill()
            time.sleep(0.5)
            server.start()


def wait_until_all_is_told(workers, store, state):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        incidents = store.incidents.recent(10 * LISTS)
        ready = sum(one.state is state for one in incidents)
        waiting = store.notices.waiting()
        if ready == LISTS and waiting == 0:
            return
        others = [f"{one.list_id} is {one.state}" for one in incidents if one.state is not state][:20]
        said = f"{ready} of {LISTS} incidents {state}, {waiting} notices waiting; {others}"
        assert time.monotonic() < deadline, f"{said}\n{Path(workers.errors.name).read_text()[-3000:]}"
        assert all(one.poll() is None for one in workers.running), Path(workers.errors.name).read_text()[-3000:]
        time.sleep(0.3)


def count(hooks, mailbox, store, workers):
    """Each list: one incident, two changes, each under one id by mail and by webhook."""
    incidents = store.incidents.recent(10 * LISTS)
    assert len(incidents) == LISTS
    told = [[change.kind for change in one.history if change.kind in (RAISED, RESOLVED)] for one in incidents]
    assert told == [[RAISED, RESOLVED]] * LISTS
    notices = store.notices.recent(10 * LISTS)
    assert len(notices) == 4 * LISTS
    assert {one.state for one in notices} == {NoticeState.DELIVERED}
    by_list_and_type = Counter((number, kind) for number, kind, _ in hooks.taken)
    assert len(by_list_and_type) == 2 * LISTS, "a webhook was lost"
    assert set(by_list_and_type.values()) == {1}, "a change was told under two ids"
    assert {ident for _, _, ident in hooks.taken} == {one.id for one in notices if one.channel == "webhook"}
    by_owner = Counter(owner for owner, _ in mailbox.taken)
    assert len(by_owner) == LISTS
    assert set(by_owner.values()) == {2}, "a mail was lost, or came under two ids"
    again = {"webhooks": sum(hooks.taken.values()) - 2 * LISTS, "mails": sum(mailbox.taken.values()) - 2 * LISTS}
    sys.stdout.write(f"\n{LISTS} lists, {workers.killed} workers killed; came again under the same id: {again}\n")
