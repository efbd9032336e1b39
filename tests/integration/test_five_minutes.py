"""The README's steps on a machine without IPv6, as a newcomer takes them: from `init` to the mail in five minutes."""

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from email import message_from_bytes, policy
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller

from tests.harness import STAYSUB, TOP, started, wait_for
from tests.integration.netns import network, require
from tests.servers import nsd, zone_text
from tests.terminal import Terminal

pytestmark = [pytest.mark.integration, pytest.mark.netns, pytest.mark.timeout(900)]

FOUR, SIX = "9.9.9.9", "2620:fe::9"
HOST = "mail.lists.example.org"
ZONES = {
    "lists.example.org": {"MX": [(10, HOST)], "TXT": [f"v=spf1 ip4:{FOUR} -all"]},
    HOST: {"A": [FOUR], "AAAA": [SIX]},
    ip_address(FOUR).reverse_pointer: {"PTR": [HOST]},
    ip_address(SIX).reverse_pointer: {"PTR": [HOST]},
}
OWNER = "ipv6-ops-owner@lists.example.org"
FIVE_MINUTES_S = 300.0
CODES = {"ok": 0, "watch": 1, "at-risk": 2, "critical": 2, "unknown": 3}


def environ():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAYSUB")}
    return {**kept, "PYTHONPATH": str(TOP), "COLUMNS": "80", "TERM": "xterm"}


class Catcher:
    """The machine's own mail server, as far as notices know it."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 OK"


@contextmanager
def old_machine(folder):
    """A machine without IPv6, with a name server and a mail server at their usual ports."""
    with network({"old": ["192.0.2.53"]}) as hosts:
        host = hosts["old"]
        host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        with host.entered(), nsd(folder / "nsd", {"": zone_text(ZONES)}, port=53, hosts=("127.0.0.1",)):
            catcher = Catcher()
            controller = Controller(catcher, hostname="127.0.0.1", port=25)
            controller.start()
            try:
                yield catcher
            finally:
                controller.stop()


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def staysub(home, *words):
    command = [*STAYSUB, *words]
    return subprocess.run(
        command, cwd=home, env=environ(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_from_init_to_the_mail_in_five_minutes_and_nothing_contradicts(tmp_path, home):
    require("ip", "nsd")
    with old_machine(tmp_path) as catcher:
        began = time.monotonic()
        at = Terminal(home, environ(), "init", "--nameserver", "127.0.0.1")
        at.until("Posting address of your list: ")
        at.types("ipv6-ops@lists.example.org\n")
        for _ in range(7):
            at.until("]: ")
            at.types("\n")
        code, said = at.ended()
        assert code == 0, said
        assert staysub(home, "config", "check").returncode == 0
        first = staysub(home, "check", "ipv6-ops")
        assert "spf.ipv6-not-covered" in first.stdout
        assert (first.stderr, "cannot be read" in first.stdout) == ("", False), (
            "nothing is wrong with what is not there yet"
        )
        log = tmp_path / "said"
        options = {"cwd": home, "env": environ(), "start_new_session": True}
        with started([*STAYSUB, "run"], log=log, stop=lambda one: one.send_signal(signal.SIGINT), **options) as running:
            (mail, *_) = wait_for(
                lambda: catcher.mails, "mail to the owner", within_s=FIVE_MINUTES_S, every_s=0.5, said=log.read_text
            )
            took = time.monotonic() - began
            status, checked = staysub(home, "status", "ipv6-ops", "--json"), staysub(home, "check", "ipv6-ops")
            assert running.poll() is None
    assert took < FIVE_MINUTES_S
    (row,) = json.loads(status.stdout)["lists"]
    assert row["level"] in {"watch", "at-risk", "critical"}
    assert status.returncode == checked.returncode == CODES[row["level"]]
    assert mail["To"] == OWNER
    assert "ipv6-ops" in mail["Subject"]
    text = mail.get_body(("plain",)).get_content()
    assert f"ip6:{SIX}" in text, "the record to publish"
    for told in (text, status.stdout, checked.stdout, log.read_text()):
        assert "Nobody is expected" not in told
        assert "Traceback" not in told
