"""What every command says to people, on terminals of several widths: no word is parted, no line is too long."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from monitor.cli.folding import columns_of
from monitor.cli.main import cli, main
from monitor.incident.entries import acknowledge
from monitor.incident.silence import make
from monitor.model.incidents import DeliveryAttempt, NoticeState
from monitor.model.risk import RiskLevel
from monitor.store.tokens import Scope
from tests import seed
from tests.harness import STAYSUB, TOP, free_port
from tests.unit.test_cli_reference import EVERY

pytestmark = pytest.mark.integration

WIDTHS = (60, 80, 200)
LONG_ID = "a-list-whose-name-is-as-long-as-a-name-may-be-" + "x" * 17  # 63 characters
WHO = "Zoë Groß-Łukaszewicz (日本語の名前)"
REASON = "Wir tragen die Adresse nach, sobald der Zonenverwalter zurück ist: 年末までに, à bientôt " * 2
NOW = datetime.now(UTC)

CONFIG = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[dns]
nameservers = ["127.0.0.1:{dns}"]
timeout = "1s"
[receiver]
domain = "v6.probe.example.org"
hostname = "mx.v6.probe.example.org"
listen = "[2001:db8:1111:2222:3333:4444:5555:6666]:25"
[notices]
from = "staysub@example.org"
relay = "smtp://127.0.0.1:{relay}"
"""
LIST = """
[[list]]
id = "{name}"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25", "2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:7777"]
owners = ["owner@example.org"]
subscribers = {{"gmail.com" = 300, "microsoft.com" = 120}}
"""

REFUSED = b"""\
From MAILER-DAEMON Sat Nov 28 12:00:00 2026
From: MAILER-DAEMON@mail.lists.example.org
To: ipv6-ops-bounces@lists.example.org
Subject: Undelivered Mail Returned to Sender
Date: Sat, 28 Nov 2026 12:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.lists.example.org

Final-Recipient: rfc822; somebody@gmail.com
Action: failed
Status: 5.7.26
Remote-MTA: dns; gmail-smtp-in.l.google.com
Diagnostic-Code: smtp; 550-5.7.26 Your email has been blocked because the sender is unauthenticated.

--b--
"""
GOLDEN = TOP / "tests" / "golden"
SAID = {
    "status": ["status"],
    "status of one": ["status", LONG_ID],
    "status by cause": ["status", "--by", "cause"],
    "findings": ["findings"],
    "a finding": ["findings", "spf.ipv6-not-covered"],
    "check": ["check", "lists.example.org", "--ip", "2001:db8:1111:2222:3333:4444:5555:6666", "--no-servers"],
    "check, stored": ["check", "ipv6-ops", "--stored", "--trace", "--tree"],
    "forecast": ["forecast", "ipv6-ops"],
    "forecast from numbers": ["forecast", "--manager", "mailman3", "--failure-rate", "0.5", "--messages-per-day", "5"],
    "incidents": ["incidents", "list", "--all"],
    "an incident": ["incidents", "show", LONG_ID],
    "notices": ["notices", "list"],
    "dead notices": ["notices", "list", "--dead"],
    "a test notice": ["notices", "test", LONG_ID],
    "tokens": ["tokens"],
    "doctor": ["doctor"],
    "config check": ["config", "check"],
    "no such list": ["status", "ipv6-oops"],
    "no such command": ["stauts"],
    "import": ["import", "mbox", "--dry-run", "refused.mbox"],
    **{f"explain {path.name}": ["explain", str(path)] for path in sorted((GOLDEN / "explain").glob("*.eml"))[:6]},
}
# Beside words: "(1)" is an address that has no room in a heading; numbers are moments, and days of a chart.
ADDED = re.compile(r"\(\d+\)|to|mail|from|days,|[\d:]+")
CHART = "▕"  # its days are as many as there is room for


@pytest.fixture
def staysub(configure, store, capsys, monkeypatch):
    """What a command says on a terminal so wide; None: piped."""
    seed.fill(store, NOW)
    seed._a_list(store, LONG_ID, RiskLevel.CRITICAL, NOW)
    names = [*seed.LEVELS, LONG_ID]
    path = configure(
        CONFIG + "".join(LIST.replace("{name}", name) for name in names), dns=free_port(), relay=free_port()
    )
    told = store.incidents.current(LONG_ID)
    taken, _ = acknowledge(told, by=WHO, reason=REASON, now=NOW, until=NOW + timedelta(days=2))
    refused = DeliveryAttempt(at=NOW, outcome="smtp-550", detail=seed.REPLY)
    notices = [
        seed.a_notice(
            id=f"msg_{letter * 26}",
            list_id=LONG_ID,
            target=f"a.long.name.of.an.owner{letter}@a-department.of-a-university.example.org",
            state=state,
            attempts=(refused,),
            created_at=NOW,
        )
        for letter, state in (("a", NoticeState.DEAD), ("b", NoticeState.PENDING))
    ]
    assert store.incidents.commit(taken, notices, expected_revision=told.revision)
    silence = make(
        list_id=LONG_ID, receiver="gmail", finding=None, by=WHO, reason=REASON, now=NOW, until=NOW + timedelta(1)
    )
    store.silences.add(silence, now=NOW)
    store.tokens.create(f"Auswertung für {WHO}, jede Minute", Scope.READ, now=NOW, expires_at=NOW + timedelta(days=9))
    monkeypatch.chdir(path.parent)
    (path.parent / "refused.mbox").write_bytes(REFUSED)

    def run(width, *arguments):
        for name in ("monitor.cli.output", "monitor.cli.main"):
            monkeypatch.setattr(sys.modules[name], "columns", lambda _stream: width)
        with pytest.raises(SystemExit):
            main(["--config", str(path), *arguments])
        said = capsys.readouterr()
        return said.out + said.err

    return run


def words(lines):
    return {word.rstrip(":;") for line in lines if CHART not in line for word in line.split()} - {"", "→"}


@pytest.mark.parametrize("command", SAID.values(), ids=SAID)
def test_no_word_is_parted_and_no_line_is_too_long(staysub, command):
    """The words are those of what is piped, where each row and paragraph is one line."""
    piped = staysub(None, *command).splitlines()
    assert words(piped)
    assert "staysub.toml: list" not in piped[0], "the configuration of this test is wrong"
    for width in WIDTHS:
        lines = staysub(width, *command).splitlines()
        copied = {line.strip() for line in piped}  # a record to publish is one line, however long
        too_long = [line for line in lines if columns_of(line) > width and line.strip() not in copied]
        assert too_long == []
        known = words(piped)
        parted = {word for word in words(lines) - known if not ADDED.fullmatch(word)}
        assert parted == {part for part in parted if any(part in one for one in known if columns_of(one) > width - 8)}
        begins = [line for line in lines if line.startswith(("OK -", "STAYSUB"))]
        assert begins == []


@pytest.mark.parametrize("path", EVERY)
def test_help_fits_a_terminal_of_eighty_columns(path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = CliRunner().invoke(cli, [*path.split()[1:], "--help"], standalone_mode=False).output
    assert [line for line in said.splitlines() if len(line) > 80] == []
    assert "\\b" not in said, "a mark of the formatter's"
    assert isinstance(EVERY[path], click.Command)


def test_a_real_terminal_is_asked_how_wide_it_is(tmp_path):
    """A sentence on standard error is folded between its words, and hangs."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 50, 0, 0))
    environ = {key: value for key, value in os.environ.items() if key != "COLUMNS"} | {"PYTHONPATH": str(TOP)}
    command = [*STAYSUB, "--config", "/nowhere/staysub.toml", "status", "--json"]
    subprocess.run(command, stdout=theirs, stderr=theirs, env=environ, cwd=tmp_path, check=False)
    os.close(theirs)
    said = b""
    with suppress(OSError):  # the other end is closed
        while block := os.read(ours, 4096):
            said += block
    os.close(ours)
    lines = said.decode().split()
    assert "staysub:" in lines
    assert max(map(len, said.decode().splitlines())) <= 50
    assert said.decode().splitlines()[1].startswith("  ")
