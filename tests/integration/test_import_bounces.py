"""`staysub import mbox` over a real store: refusals become evidence, once, and no address of a subscriber is kept."""

import json
from email.parser import BytesParser
from pathlib import Path

import pytest

from monitor.cli.importing.bounces import import_command
from monitor.trace import bounce
from tests.builders import refused_in
from tests.configured import LIST, STORE, invoke

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"
CONFIGURATION = f"""
{STORE}
{LIST}
[receiver]
domain = "v6.probe.example.org"
hostname = "receiver.example.org"
"""


@pytest.fixture
def run(configure, store):
    configuration = configure(CONFIGURATION)

    def call(*arguments, given=b""):
        found = invoke(import_command, configuration, "mbox", *arguments, "--json", input=given)
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)

    return call


@pytest.fixture
def mbox(tmp_path):
    path = tmp_path / "bounces.mbox"
    names = ["10-postfix-expired-450", "11-exim-status-says-nothing", "14-opensmtpd-address", "01-checked-again-inside"]
    path.write_bytes(
        b"".join(b"From x Tue Apr 28 07:12:29 2026\n" + (GOLDEN / f"{name}.eml").read_bytes() + b"\n" for name in names)
    )
    return path


def test_a_mailbox_file_is_read_kept_and_counted_once(run, mbox, store):
    first = run(mbox)
    assert (first["schema"], first["messages"], first["bounces"], first["of_no_list"]) == ("staysub.import/1", 4, 3, 0)
    assert first["kept"] == 2  # the address that is not there is the list's to remove, and says nothing of its mail
    assert {(each["receiver"], each["class"], each["posts"]) for each in first["refusals"]} == {
        ("microsoft-365", "policy", 1),
        ("gmail", "policy", 1),
        (None, "address", 1),
    }
    assert run(mbox)["kept"] == 0
    kept = refused_in(store.evidence.ledger("ipv6-ops"))
    assert {key.rule for key, _ in kept} == {"ms.eop.v6.auth.4xx.4726", "goog.v6.571"}
    everything = b"".join(store.client.dump(key) or b"" for key in store.client.keys("*"))
    assert b"someone" not in everything


def test_a_bounce_is_parsed_once(run, mbox, monkeypatch):
    """For its list, its reports and the probes that it may be about alike."""
    parse, parsed = BytesParser.parsebytes, []
    monkeypatch.setattr(
        BytesParser, "parsebytes", lambda self, text, *more: parsed.append(text) or parse(self, text, *more)
    )
    assert run(mbox)["messages"] == len(parsed) == len(set(parsed)) == 4


def test_a_maildir_is_read_and_nothing_kept_on_request(run, tmp_path, store):
    folder = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1").write_bytes((GOLDEN / "13-qmail.eml").read_bytes())
    (folder / "cur" / "2:2,S").write_bytes((GOLDEN / "18-exim-before-dsn.eml").read_bytes())
    (folder / "tmp" / "3").write_bytes(b"half written")
    found = run(folder, "--dry-run")
    assert (found["messages"], found["bounces"], found["kept"]) == (2, 2, 0)
    assert refused_in(store.evidence.ledger("ipv6-ops")) == []


def test_what_a_maildir_cannot_show_or_cannot_be_read_costs_nothing_else(configure, tmp_path, store):
    """A file that a mail reader has moved away meanwhile, and a message nested without end, between two bounces."""
    folder = tmp_path / "Maildir"
    for name in ("cur", "new"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1").write_bytes((GOLDEN / "13-qmail.eml").read_bytes())
    (folder / "new" / "2").symlink_to(folder / "moved")
    (folder / "new" / "3").write_bytes(b"Content-Type: message/rfc822\n\n" * 5000)
    (folder / "new" / "4").write_bytes((GOLDEN / "18-exim-before-dsn.eml").read_bytes())
    found = invoke(import_command, configure(CONFIGURATION), "mbox", folder, "--dry-run", "--json")
    assert found.exit_code == 0
    assert (json.loads(found.stdout)["messages"], json.loads(found.stdout)["bounces"]) == (3, 2)
    assert "new/2 is passed over: No such file or directory." in found.stderr


def test_a_message_on_which_a_reader_fails_costs_no_other(configure, mbox, store, monkeypatch):
    """Our own fault is said in one sentence, and counted apart from what was read."""
    read, seen = bounce.read_bounce, []

    def reader(octets):
        seen.append(octets)
        if len(seen) == 2:
            raise RecursionError
        return read(octets)

    monkeypatch.setattr(bounce, "read_bounce", reader)
    found = invoke(import_command, configure(CONFIGURATION), "mbox", mbox, "--dry-run")
    assert found.exit_code == 0
    said = " ".join(found.stdout.split())
    assert "4 messages, 2 bounces" in said
    assert "1 message could not be read, for a fault of Staysub's own; all others were." in said
    seen.clear()
    found = invoke(import_command, configure(CONFIGURATION), "mbox", mbox, "--dry-run", "--json")
    assert (json.loads(found.stdout)["unread"], json.loads(found.stdout)["bounces"]) == (1, 2)


def test_one_message_and_standard_input_are_read_as_well(run, mbox, store):
    """A saved message is no mailbox file; `-` is for who filters mail into a pipe."""
    assert run(GOLDEN / "10-postfix-expired-450.eml", "--dry-run")["bounces"] == 1
    piped = run("-", "--dry-run", given=mbox.read_bytes())
    assert (piped["messages"], piped["bounces"]) == (4, 3)


def test_bounces_of_other_lists_are_left_out_unless_a_list_is_named(run, tmp_path, store):
    other = tmp_path / "other.mbox"
    octets = (GOLDEN / "13-qmail.eml").read_bytes().replace(b"ipv6-ops-bounces@", b"other@")
    other.write_bytes(b"From x Tue Apr 28 07:12:29 2026\n" + octets)
    assert run(other)["of_no_list"] == 1
    assert refused_in(store.evidence.ledger("ipv6-ops")) == []
    assert run(other, "--list", "ipv6-ops")["kept"] == 1
