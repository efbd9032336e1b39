"""`staysub import reports --dry-run`: files, folders, mailboxes and standard input; the JSON contract, exit codes."""

import gzip
import json
import os
import socket
from pathlib import Path

import click
import pytest

from monitor.cli.importing.bounces import import_command
from tests.configured import invoke
from tests.unit.test_evidence_report_files import GZ, TLS, XML, mail, part, report, row, zipped


def run(*paths, given=None):
    return invoke(import_command, None, "reports", *paths, "--dry-run", "--json", input=given, standalone_mode=False)


def read(*paths, given=None, code=0):
    found = run(*paths, given=given)
    assert found.return_value == code, found.output
    return json.loads(found.stdout)


def test_json_has_what_the_contract_names(tmp_path):
    (tmp_path / "dmarc.xml").write_bytes(report(row(ip="::ffff:192.0.2.1"), row(ip="2001:DB8::1", auth="")))
    (tmp_path / "tls.json").write_bytes(TLS)
    found = read(tmp_path)
    assert (found["schema"], found["unread"]) == ("staysub.import/1", [])
    assert found["reports"] == [
        {
            "kind": "dmarc",
            "reporter": "Big",
            "report_id": "r1",
            "domain": "a.example",
            "begin": "2026-11-25T00:00:00Z",
            "end": "2026-11-25T23:59:59Z",
            "rows": [
                {
                    "client_ip": "192.0.2.1",
                    "family": 4,
                    "count": 3,
                    "spf": "pass",
                    "spf_domain": "a.example",
                    "dkim": "none",
                    "dmarc": "pass",
                    "disposition": "none",
                },
                {
                    "client_ip": "2001:db8::1",
                    "family": 6,
                    "count": 3,
                    "spf": None,
                    "spf_domain": None,
                    "dkim": "none",
                    "dmarc": "pass",
                    "disposition": "none",
                },
            ],
        },
        {
            "kind": "tls",
            "reporter": "Big",
            "report_id": "t1",
            "domain": "a.example",
            "begin": "2026-11-26T00:00:00Z",
            "end": "2026-11-26T23:59:59Z",
            "sessions": {"ok": 7, "failed": 2},
            "rows": [
                {"client_ip": "2001:db8::1", "family": 6, "count": 2, "result_type": "certificate-expired", "mx": None}
            ],
        },
    ]


def test_a_report_counts_once_over_files_archives_and_mails(tmp_path):
    (tmp_path / "a.xml").write_bytes(XML)
    (tmp_path / "b.zip").write_bytes(zipped(XML, report(ident="r2")))
    (tmp_path / "c.eml").write_bytes(mail(part("application/gzip", GZ)))
    (tmp_path / "d.xml").write_bytes(report(org="Other"))
    found = read(tmp_path)
    assert [(each["reporter"], each["report_id"]) for each in found["reports"]] == [
        ("Big", "r1"),
        ("Big", "r2"),
        ("Other", "r1"),
    ]
    assert found["repeated"] == 2


def test_a_maildir_and_the_folders_in_it_are_read_but_not_what_is_being_delivered(tmp_path):
    for number, folder in enumerate(("cur", "new", "tmp", ".Reports/cur", ".Reports/new")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "1.mail").write_bytes(
            mail(part("application/gzip", gzip.compress(report(ident=f"{number}"))))
        )
    assert sorted(each["report_id"] for each in read(tmp_path)["reports"]) == ["0", "1", "3", "4"]


@pytest.mark.parametrize("given", [XML, GZ, mail(part("application/gzip", GZ)), b"From MAILER-DAEMON Tue Apr 28 07:12:29 2026\n" + mail(part("application/gzip", GZ))])  # fmt: skip
def test_standard_input_is_a_report_or_the_mail_that_a_server_pipes(given):
    assert [each["report_id"] for each in read("-", given=given)["reports"]] == ["r1"]


def test_a_mailbox_has_many_and_what_is_none_among_them_is_told(tmp_path):
    line = b"From x Tue Apr 28 07:12:29 2026\n"
    mails = [mail(part("application/gzip", gzip.compress(report(ident=f"{n}")))) for n in range(3)]
    box = tmp_path / "reports.mbox"
    box.write_bytes(b"".join(line + each + b"\n" for each in (*mails, b"Subject: hello\n\nhello\n")))
    found = read(box)
    assert [each["report_id"] for each in found["reports"]] == ["0", "1", "2"]
    assert found["unread"] == [{"file": str(box), "error": "The mail carries no report."}]


@pytest.mark.parametrize(
    ("octets", "code", "says"),
    [
        (b"hello", 1, "neither a report nor"),
        (report(row(ip="nowhere"), row()), 0, "1 row has no address or no count"),
        (zipped(XML, b"<html/>"), 0, "1.xml: This is XML, but no DMARC"),
    ],
)
def test_what_cannot_be_read_is_told_and_only_nothing_at_all_is_a_failure(tmp_path, octets, code, says):
    (tmp_path / "one").write_bytes(octets)
    ((unread),) = read(tmp_path / "one", code=code)["unread"]
    assert unread["file"] == str(tmp_path / "one")
    assert says in unread["error"]


def test_an_empty_folder_has_nothing_and_one_that_is_not_there_is_wrong_usage(tmp_path):
    assert read(tmp_path, code=1)["reports"] == []
    assert isinstance(run(tmp_path / "nowhere").exception, click.UsageError)


def test_what_is_no_file_that_ends_is_told_and_never_waited_for(tmp_path):
    """A pipe that nobody writes into, a socket, a link that leads nowhere, a folder that is closed."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "report.xml").write_bytes(XML)
    found = read(tmp_path)
    assert len(found["reports"]) == 1
    assert [(Path(each["file"]).name, each["error"]) for each in found["unread"]] == [
        ("link", "No such file or directory"),
        ("pipe", "It is no regular file."),
        ("socket", "It is no regular file."),
    ]
    assert read(tmp_path / "pipe", code=1)["unread"]


def test_a_folder_that_cannot_be_gone_through_is_told(tmp_path, monkeypatch):
    def closed(path, onerror):
        onerror(PermissionError(13, "Permission denied", str(path)))
        return iter(())

    monkeypatch.setattr(os, "walk", closed)
    assert read(tmp_path, code=1)["unread"] == [{"file": str(tmp_path), "error": "Permission denied"}]


def test_a_dmarc_report_is_never_taken_for_a_tls_report_of_the_same_number(tmp_path):
    (tmp_path / "a.xml").write_bytes(report(ident="t1"))
    (tmp_path / "b.json").write_bytes(TLS)
    assert [each["kind"] for each in read(tmp_path)["reports"]] == ["dmarc", "tls"]


def test_people_see_a_table_and_what_was_not_read(tmp_path):
    (tmp_path / "a.xml").write_bytes(XML)
    (tmp_path / "b").write_bytes(b"hello \x1b[2J")
    found = invoke(import_command, None, "reports", tmp_path, "--dry-run")
    assert "DMARC" in found.stdout
    assert "b is not read: This is neither a report nor a mail nor an archive." in found.stdout
    assert "Nothing was kept." in found.stdout
