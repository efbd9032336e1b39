"""GNU Mailman 3 core as a list manager: its own runners in a network namespace, on a clock that is shifted by days.

$STAYSUB_MAILMAN names a virtual environment of its own, with what requirements/mailman.txt says. Its runners are
started one by one: its master would not hand the shifted clock on to them.
"""

import base64
import http.client
import json
import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from tests.harness import started, wait_for
from tests.integration.netns import Netns

REST_PORT, LMTP_PORT = 8001, 8024
USER, PASSWORD = "restadmin", "restpass"  # what it comes with; nobody else reaches this host
RUNNERS: Final = ("rest", "lmtp", "in", "pipeline", "out", "bounces", "virgin")
QUEUES: Final = ("in", "pipeline", "virgin", "out", "retry", "bounces", "shunt")  # in the order of a post's way
START_S: Final = 90.0

CONFIGURATION: Final = """
[mailman]
layout: here
site_owner: postmaster@example.net
[paths.here]
var_dir: {folder}/var
bin_dir: {bin}
[mta]
incoming: mailman.mta.postfix.LMTP
configuration: {folder}/postfix.cfg
smtp_host: ::1
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
verp_personalized_deliveries: yes
[webservice]
hostname: 127.0.0.1
port: {rest}
workers: 1
[runner.bounces]
sleep_time: 1s
[dmarc]
org_domain_data_url: file://{folder}/suffixes
"""
MAPS: Final = "[postfix]\ntransport_file_type: regex\n"


@dataclass(frozen=True)
class Member:
    """A membership as Mailman keeps it."""

    email: str
    score: int
    last_bounce_at: datetime | None
    disabled: bool


@dataclass(frozen=True)
class BounceEvent:
    """A bounce as Mailman registered it."""

    email: str
    at: datetime
    message_id: str


@dataclass(frozen=True)
class Mailman:
    """A running core."""

    host: Netns
    folder: Path

    @property
    def postfix_settings(self) -> dict[str, str]:
        """What Postfix has to be told, by Mailman's own documentation."""
        data = self.folder / "var" / "data"
        return {
            "recipient_delimiter": "+",
            "transport_maps": f"regexp:{data}/postfix_lmtp",
            "relay_domains": f"regexp:{data}/postfix_domains",
        }

    def add_domain(self, domain: str) -> None:
        """A domain that lists can be in."""
        self._ask("POST", "domains", {"mail_host": domain})

    def add_list(self, address: str, members: Sequence[str], **settings: object) -> None:
        """A list that takes posts of everybody, with its defaults for everything else."""
        self._ask("POST", "lists", {"fqdn_listname": address})
        self._ask("PATCH", f"lists/{address}/config", {"default_nonmember_action": "accept", **settings})
        known = {"pre_verified": True, "pre_confirmed": True, "pre_approved": True, "send_welcome_message": False}
        for each in members:
            self._ask("POST", "members", {"list_id": address.replace("@", "."), "subscriber": each, **known})

    def members(self, address: str) -> dict[str, Member]:
        """Those of a list by address, as the REST interface tells."""
        entries = self._ask("GET", f"lists/{address}/roster/member")["entries"]
        query = {"list_id": address.replace("@", "."), "delivery_status": "by_bounces", "role": "member"}
        disabled = {each["email"] for each in self._ask("GET", f"members/find?{urlencode(query)}").get("entries", [])}
        return {
            each["email"]: Member(
                email=each["email"],
                score=each.get("bounce_score", 0),
                last_bounce_at=_utc(each.get("last_bounce_received")),
                disabled=each["email"] in disabled,
            )
            for each in entries
        }

    def bounce_events(self, address: str) -> list[BounceEvent]:
        """What its bounce runner registered for a list, in order; REST does not tell."""
        query = "SELECT email, timestamp, message_id FROM bounceevent WHERE list_id = ? ORDER BY id"
        with closing(self._database()) as database:
            rows = database.execute(query, (address.replace("@", "."),)).fetchall()
        return [BounceEvent(email, datetime.fromisoformat(at).replace(tzinfo=UTC), ident) for email, at, ident in rows]

    def is_idle(self) -> bool:
        """Whether nothing waits in it: neither messages nor bounces to count."""
        if any(any((self.folder / "var" / "queue" / name).iterdir()) for name in QUEUES):
            return False
        with closing(self._database()) as database:
            return database.execute("SELECT count(*) FROM bounceevent WHERE NOT processed").fetchone() == (0,)

    def log(self) -> str:
        """What its runners have logged and said."""
        files = sorted(self.folder.glob("*.log")) + sorted((self.folder / "var" / "logs").glob("*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in files)

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.folder}/var/data/mailman.db?mode=ro", uri=True, timeout=30)

    def _ask(self, method: str, path: str, form: dict[str, object] | None = None) -> Any:
        credential = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {credential}", "Content-Type": "application/x-www-form-urlencoded"}
        with self.host.entered(), closing(http.client.HTTPConnection("127.0.0.1", REST_PORT, timeout=60)) as connection:
            connection.request(method, f"/3.1/{path}", urlencode(form or {}), headers)
            response = connection.getresponse()
            said = response.read()
        assert response.status < 300, f"{method} {path}: {response.status} {said!r}\n{self.log()}"
        return json.loads(said) if said else {}

    def answers(self) -> bool:
        """Whether its REST interface and its LMTP server do."""
        with self.host.entered():
            return all(map(_listens, (REST_PORT, LMTP_PORT)))


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def _utc(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said).replace(tzinfo=UTC)


def mailman_environment() -> Path | None:
    """The virtual environment that has Mailman; None where there is none."""
    named = os.environ.get("STAYSUB_MAILMAN")
    return Path(named) if named and (Path(named) / "bin" / "runner").exists() else None


@contextmanager
def mailman(host: Netns, environ: Mapping[str, str], *, domain: str) -> Iterator[Mailman]:
    """Mailman inside `host` with one domain; its interfaces answer when the block begins.

    `environ` is handed to each of its processes, such as that of a shifted clock.
    """
    environment = mailman_environment()
    assert environment is not None
    folder = Path(tempfile.mkdtemp(prefix="staysub-mailman-"))
    running = Mailman(host, folder)
    try:
        folder.chmod(0o755)  # Postfix reads its maps
        named = {"folder": folder, "bin": environment / "bin", "rest": REST_PORT, "lmtp": LMTP_PORT}
        (folder / "mailman.cfg").write_text(CONFIGURATION.format(**named))
        (folder / "postfix.cfg").write_text(MAPS)
        (folder / "suffixes").write_text("example\nexample.org\n")
        env = {**os.environ, **environ}
        first = (environment / "bin" / "mailman", "--run-as-root", "-C", folder / "mailman.cfg", "info")
        host.run(*first, env=env)  # it makes the database, which its runners would do all at once
        with ExitStack() as stack:
            runners = [
                stack.enter_context(
                    started(
                        host.command(environment / "bin" / "runner", "-C", folder / "mailman.cfg", f"--runner={name}"),
                        log=folder / f"{name}.log",
                        env=env,
                    )
                )
                for name in RUNNERS
            ]
            wait_for(running.answers, "start of Mailman", within_s=START_S, said=running.log)
            running.add_domain(domain)
            yield running
            for each in runners:  # all at once: each looks only when it has slept
                each.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
