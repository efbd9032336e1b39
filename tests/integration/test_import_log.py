"""`staysub import log` over a real store: kept once, shown by `replies`, without any subscriber's address."""

import json
from datetime import UTC, datetime

import pytest

from monitor.admission.rules import load_rules
from monitor.cli.importing.bounces import import_command
from monitor.cli.replies import replies_command
from monitor.errors import StaysubError
from monitor.evidence.replies.memory import QueueMemory
from monitor.follow.one_file import OneFile
from monitor.model.log_place import LogPlace
from monitor.mtas.postfix.log import PostfixLog
from monitor.operations.import_log import read_through
from monitor.operations.log_reading import LogReading
from tests.builders import refused_in
from tests.configured import LIST, STORE, invoke
from tests.unit.test_cli_import_log import LOG, message

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OURS = LOG.replace("dev-bounces", "ipv6-ops-bounces")


@pytest.fixture
def run(configure, store):
    configuration = configure(f"{STORE}\n{LIST}")

    def call(command, *arguments):
        found = invoke(command, configuration, *arguments, "--json")
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)

    return call


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "mail.log"
    path.write_text(OURS)
    return path


def test_a_log_is_kept_and_counted_once(run, log, store):
    """Imported again, also under another name and with more lines, it adds only these."""
    first = run(import_command, "log", "--kind", "postfix", log)
    assert [(each["list"], each["action"]) for each in first["replies"]] == [
        ("ipv6-ops", "accept"),
        ("ipv6-ops", "reject"),
        (None, "accept"),
    ]
    kept = run(replies_command)
    assert kept["replies"] == first["replies"][:2]
    assert run(import_command, "log", "--kind", "postfix", log)["lines"] == 0
    turned = log.rename(log.with_name("mail.log.1"))
    more = message(
        "4A1B2C3D09",
        "ipv6-ops-bounces@lists.example.org",
        ("a@b.example", "mx.b.example[192.0.2.3]", "2.0.0", "sent", "250 Ok"),
    )
    turned.write_text(OURS + more)
    assert run(import_command, "log", "--kind", "postfix", turned)["lines"] == more.count("\n")
    assert sum(each["attempts"] for each in run(replies_command, "ipv6-ops")["replies"]) == 3
    refused = {key.rule for key, _ in refused_in(store.evidence.ledger("ipv6-ops")) if key.action == "reject"}
    assert refused == {"goog.unauth.5726.v3"}
    everything = b"".join(store.client.dump(key) or b"" for key in store.client.keys("*"))
    assert b"zebra" not in everything


def test_a_dry_run_keeps_nothing(run, log, store):
    """It names lists as the configuration does."""
    before = set(store.client.keys("*"))
    found = run(import_command, "log", "--kind", "postfix", log, "--dry-run")
    assert found["replies"][0]["list"] == "ipv6-ops"
    assert set(store.client.keys("*")) == before
    assert run(replies_command)["replies"] == []


def test_what_waits_is_shown(run, log):
    """Posts in the queue, by receiver and why."""
    text = "host mx.club.example[192.0.2.9] said: 451 4.7.1 Greylisting in action, please come back later"
    log.write_text(
        message(
            "4A1B2C3D05",
            "ipv6-ops-bounces@lists.example.org",
            ("zebra@club.example", "mx.club.example[192.0.2.9]", "4.7.1", "deferred", text),
        )
    )
    run(import_command, "log", "--kind", "postfix", log)
    (waiting,) = run(replies_command)["waiting"]
    assert (waiting["list"], waiting["class"], waiting["posts"], waiting["subscribers"]) == (
        "ipv6-ops",
        "transient",
        1,
        1,
    )
    assert "zebra" not in json.dumps(waiting)


def test_an_older_file_is_imported_while_the_newest_is_followed(store, tmp_path):
    """Each keeps its own; what the follower knows of lines before stays; the same file is left to who reads it."""
    old, new = tmp_path / "mail.log.1", tmp_path / "mail.log"
    old.write_text(OURS)
    new.write_text(OURS.replace("4A1B2C3D", "5A1B2C3D"))
    (importing, source), (following, _) = (reading_of(store, path) for path in (old, new))
    _, of_new = following.read(1000, 1.0, NOW)
    assert store.followed.commit(of_new, now=NOW)
    ((lines, kept),) = read_through(importing, source, store.followed, now=lambda: NOW)
    place = store.followed.place("postfix")
    assert (lines, place) == (10, kept.after)
    assert (place.turn, place.lines, place.attempts, place.local, place.unread) == (2, 20, 6, 2, 2)
    assert place.state == of_new.after.state
    assert set(place.octets.values()) == {len(OURS)}
    again, source = reading_of(store, old, LogPlace(log="postfix"))
    with pytest.raises(StaysubError):
        list(read_through(again, source, store.followed, now=lambda: NOW))


def reading_of(store, path, place=None):
    """From the place that is kept now."""
    source = OneFile(path.open("rb"), {}, changed_at=None)
    memory = QueueMemory({"ipv6-ops-bounces@lists.example.org": "ipv6-ops"}, load_rules(), b"k" * 32)
    return LogReading(place or store.followed.place("postfix"), source, PostfixLog, memory), source


def test_only_of_so_long_back(run, log):
    """`--since` leaves older days out."""
    run(import_command, "log", "--kind", "postfix", log)
    assert run(replies_command, "--since", "1s")["replies"] == []
