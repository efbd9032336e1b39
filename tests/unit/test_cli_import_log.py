"""`staysub import log --dry-run`: the JSON contract, lists without a configuration, exit codes."""

import gzip
import json

import click
import pytest

from monitor.cli.importing.bounces import import_command
from monitor.errors import UsageError
from monitor.mtas.catalogue import MTAS, WITH_LOGS, mta_named
from tests.configured import invoke

NAME = "2026-11-20T12:00:%02d.000000+00:00 mail postfix/"
ADDRESS = "gmail-smtp-in.l.google.com[2a00:1450:4010::1b]"
REFUSED = (
    f"host {ADDRESS} said: 550-5.7.26 This mail has been blocked because the sender is unauthenticated. "
    "550 5.7.26 x - gsmtp (in reply to end of DATA command)"
)


def message(queue_id, reverse_path, *tries):
    """The lines of one message: (recipient, relay, dsn, status, text)."""
    lines = [
        f"{NAME % 0}cleanup[1]: {queue_id}: message-id=<{queue_id}@lists.example.org>",
        f"{NAME % 0}qmgr[1]: {queue_id}: from=<{reverse_path}>, size=1000, nrcpt={len(tries)} (queue active)",
    ]
    lines += [
        f"{NAME % n}smtp[{n + 10}]: {queue_id}: to=<{to}>, relay={relay}:25, delay=1, delays=0.1/0/0.{n}/0.4, dsn={dsn}, status={status} ({text})"
        for n, (to, relay, dsn, status, text) in enumerate(tries, start=1)
    ]
    return "".join(f"{line}\n" for line in lines)


LOG = (
    message(
        "4A1B2C3D01",
        "dev-bounces+zebra=club.example@lists.example.org",
        ("zebra@gmail.com", ADDRESS, "5.7.26", "bounced", REFUSED),
        ("zebra@club.example", "mx.club.example[192.0.2.9]", "2.0.0", "sent", "250 2.0.0 Ok: queued as 4XYZ"),
        ("zebra@gone.example", "none", "4.4.1", "deferred", "connect to mx.gone.example[192.0.2.7]:25: Connection timed out"),
    )
    + message("4A1B2C3D02", "", ("zebra@club.example", "mx.club.example[192.0.2.9]", "2.0.0", "sent", "250 Ok"))
    + f"{NAME % 9}smtpd[5]: disconnect from unknown[192.0.2.8]\nMon Jan 01 no such line\n"
)  # fmt: skip


def run(*arguments, given=None, form=("--dry-run", "--json")):
    return invoke(import_command, None, "log", *arguments, *form, input=given, standalone_mode=False)


def read(*arguments, given=None, code=0):
    found = run("--kind", "postfix", *arguments, given=given)
    assert found.return_value == code, found.output
    return json.loads(found.stdout)


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mail.log"
    path.write_text(LOG)
    return path


def test_json_has_what_the_contract_names(log):
    """Counts, and one row a list, day, receiver, family, action, class, rule and code."""
    found = read(log)
    assert {name: each for name, each in found.items() if name != "replies"} == {
        "schema": "staysub.import/1",
        "lines": 10,
        "attempts": 3,
        "local": 1,
        "unread": 1,
        "unread_sample": "Mon Jan 01 no such line",
    }
    usual = {"attempts": 1, "recipients": 1, "class": None, "rule": None, "delay_s": {"median": 4.0, "p90": 4.0}}
    taken = usual | {"receiver": None, "family": 4, "action": "accept"}
    assert found["replies"] == [
        taken
        | {
            "list": "dev-bounces@lists.example.org",
            "status_code": "2.0.0",
            "first": "2026-11-20T12:00:02Z",
            "last": "2026-11-20T12:00:02Z",
            "sample": "250 2.0.0 Ok: queued as 4XYZ",
        },
        usual
        | {
            "list": "dev-bounces@lists.example.org",
            "receiver": "gmail",
            "family": 6,
            "action": "reject",
            "class": "policy",
            "rule": "goog.unauth.5726.v3",
            "status_code": "5.7.26",
            "first": "2026-11-20T12:00:01Z",
            "last": "2026-11-20T12:00:01Z",
            "sample": "550 5.7.26 This mail has been blocked because the sender is unauthenticated. x - gsmtp",
            "delay_s": None,
        },
        taken
        | {
            "list": None,
            "status_code": None,
            "first": "2026-11-20T12:00:01Z",
            "last": "2026-11-20T12:00:01Z",
            "sample": "250 Ok",
            "delay_s": {"median": 2.0, "p90": 2.0},
        },
    ]


@pytest.mark.parametrize("form", ["plain", "packed", "standard input"])
def test_however_it_comes_it_tells_the_same(log, form):
    """A file, a packed one, standard input."""
    packed = log.with_name("mail.log.2.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    given = log.read_bytes() if form == "standard input" else None
    assert read({"plain": log, "packed": packed, "standard input": "-"}[form], given=given) == read(log)


def test_no_subscriber_is_shown(log):
    """Neither in JSON nor to people."""
    for form in (("--dry-run", "--json"), ("--dry-run",)):
        shown = run("--kind", "postfix", log, form=form).output
        assert "zebra" not in shown
        assert "dev-bounces@lists.example.org" in shown


@pytest.mark.parametrize("octets", [b"", b"garbage\n\x00\xff\n", b"2026-11-20 what is this\n"])
def test_nothing_that_can_be_read_is_1(log, octets):
    """An empty file, and what is no log of that mail server."""
    log.write_bytes(octets)
    assert read(log, code=1)["replies"] == []


def test_a_log_without_a_try_is_said_to_be_the_wrong_one(log):
    """Such as another mail server's; not one in which somebody was tried."""
    hint = "see that it is the mail log, and of exim"
    assert hint in " ".join(run("--kind", "exim", log, form=("--dry-run",)).output.split())
    assert "see that it is" not in run("--kind", "postfix", log, form=("--dry-run",)).output


def test_only_mail_servers_whose_log_is_read_are_offered():
    """No kind that is refused afterwards, and none left out."""
    assert tuple(kind for kind in MTAS if mta_named(kind).log is not None) == WITH_LOGS


def test_receivers_that_refuse_stand_first_of_their_list(log):
    """However much others take."""
    many = [("zebra@club.example", "mx.club.example[192.0.2.9]", "2.0.0", "sent", "250 Ok")] * 3
    log.write_text(message("4A1B2C3D09", "dev-bounces@lists.example.org", *many) + LOG)
    shown = [line.split("  ")[0:2] for line in run("--kind", "postfix", log, form=("--dry-run",)).output.splitlines()]
    assert [cells[1] for cells in shown if cells[0] == "dev-bounces@lists.example.org"] == [
        "gmail",
        "other hosts",
        "other hosts",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--kind", "postfix", "missing"),
        ("mail.log",),
        ("--kind", "sendfail", "mail.log"),
        ("--kind", "qmail", "mail.log"),
    ],
)
def test_wrong_usage_is_told(log, arguments):
    """A file that is not there, no kind, an unknown one, one whose logs nobody reads here."""
    found = run(*arguments).exception
    assert isinstance(found, click.UsageError | UsageError)


def test_a_line_without_end_is_one_line(log):
    """Of no known form it counts once, of another program not at all, and what it begins with is read."""
    of_dovecot, of_mail = f"{NAME % 1}"[:33] + "mail dovecot: ", LOG.splitlines()[2]
    log.write_text(f"{'x' * 1_000_000}\n{of_dovecot}{'y' * 1_000_000}\n{of_mail}{'z' * 1_000_000}\n")
    found = read(log)
    assert (found["lines"], found["unread"], found["attempts"]) == (3, 1, 1)
