"""A journal is read by journalctl, from behind its cursor on; each entry is a line as syslog writes it."""

import json
import os
import sys
import time

import pytest

from monitor.follow import journal as journal_file
from monitor.follow.journal import Journal, entry_line
from monitor.follow.standard_input import StandardInput

FAKE = """
import json, sys, time
asked = [each for each in sys.argv[1:] if each.startswith(("--after-cursor", "--since", "--unit"))]
{body}
sys.stdout.flush()
time.sleep({lives})
"""


def entry(n, message="removed", **differs):
    at = 1_795_000_000_000_000 + n
    usual = {
        "__CURSOR": f"s=ab;i={n};b=cd;m=1;t={at:x};x=9",
        "__REALTIME_TIMESTAMP": str(at),
        "_HOSTNAME": "mx",
        "SYSLOG_IDENTIFIER": "postfix/qmgr",
        "SYSLOG_PID": "12",
        "MESSAGE": message,
    }
    return usual | differs


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Makes a journal over a journalctl that does as `body` says."""
    monkeypatch.setattr(journal_file, "AGAIN_S", 0.0)
    made = []

    def make(body, *, cursor="", lives=60, since=1000.0):
        script = tmp_path / "journalctl.py"
        script.write_text(FAKE.format(body=body, lives=lives))
        made.append(Journal(["postfix@-.service"], cursor, since=since, command=[sys.executable, str(script)]))
        return made[-1]

    yield make
    for each in made:
        each.close()


def read(source, *, until=lambda batch: batch.lines or batch.problem):
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        batch = source.read(1000, 0.2)
        if until(batch):
            return batch
    raise AssertionError("nothing came")


def printing(*entries):
    return "\n".join(f"print({json.dumps(json.dumps(each))})" for each in entries)


def test_entries_become_lines_and_the_last_cursor_is_the_place(asked):
    """Time in UTC to the microsecond, host, program, its number, what it said."""
    source = asked(printing(entry(1, "4F: removed"), entry(2, [0x34, 0xFF])))
    lines = []
    batch = read(source, until=lambda batch: lines.extend(batch.lines) or len(lines) == 2)
    assert lines == [
        b"2026-11-18T11:06:40.000001+00:00 mx postfix/qmgr[12]: 4F: removed",
        b"2026-11-18T11:06:40.000002+00:00 mx postfix/qmgr[12]: 4\xff",
    ]
    assert batch.cursor == entry(2)["__CURSOR"]


def test_it_asks_for_the_units_from_behind_the_cursor_on(asked):
    """Without a cursor from so long ago."""
    telling = "print(json.dumps(" + repr(entry(1)) + " | {'MESSAGE': ' '.join(asked)}))"
    cursor = entry(5)["__CURSOR"]
    (line,) = read(asked(telling, cursor=cursor)).lines
    assert line.endswith(f"--after-cursor={cursor} --unit=postfix@-.service".encode())
    (line,) = read(asked(telling)).lines
    assert line.endswith(b"--since=@1000.000000 --unit=postfix@-.service")


def test_where_the_entry_of_the_cursor_is_gone_its_time_is_the_place(asked):
    """What is not newer was read."""
    telling = (
        "if any('after-cursor' in each for each in asked):\n"
        "    sys.exit('Failed to seek to cursor: Invalid argument')\n" + printing(entry(4), entry(5), entry(6))
    )
    source = asked(telling, cursor=entry(5)["__CURSOR"])
    batch = read(source, until=lambda batch: batch.lines)
    assert len(batch.lines) == 1
    assert batch.cursor == entry(6)["__CURSOR"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("No journal files were opened due to insufficient permissions.", "systemd-journal (or adm)"),
        ("Hint: You are currently not seeing messages from other users and the system.", "systemd-journal (or adm)"),
        ("Failed to add filter for units: \x1b[1mno", "journalctl says: Failed to add filter"),
    ],
)
def test_what_journalctl_complains_of_is_one_sentence(asked, said, sentence):
    """With the group that would help."""
    assert sentence in read(asked(f"sys.stderr.write({said!r})")).problem


def test_a_journalctl_that_ends_is_started_again(asked):
    """And one that is not there is said to be missing."""
    source = asked(printing(entry(1)), lives=0)
    assert read(source).lines
    assert read(source).problem == "journalctl has ended; it is started again."
    assert read(source).lines
    missing = Journal(["x"], "", since=0.0, command=["/nonexistent/journalctl"])
    assert "cannot be run" in missing.read(1, 0.1).problem


def test_an_entry_is_one_line_whatever_it_says():
    """What it says could else be made to look like a line of its own."""
    line = entry_line(entry(1, "a\nNov 28 forged\r\0", SYSLOG_IDENTIFIER="x y[1]: z", SYSLOG_PID=None), 0.0)
    assert line == b"1970-01-01T00:00:00.000000+00:00 mx x[0]: a Nov 28 forged "


def test_entries_that_cannot_be_read_are_left_out(asked):
    """And so are lines that are none."""
    body = "print('no JSON'); print('{}'); print('[1]'); print('{\"__CURSOR\": 1, \"__REALTIME_TIMESTAMP\": \"x\"}')\n"
    assert len(read(asked(body + printing(entry(1)))).lines) == 1


def test_standard_input_is_read_to_its_end():
    """Its last line needs no end of its own."""
    out, into = os.pipe()
    source = StandardInput(out)
    os.write(into, b"one\ntw")
    assert source.read(10, 1.0).lines == [b"one"]
    assert source.read(10, 0.05).lines == []
    os.write(into, b"o\nthree")
    os.close(into)
    found = []
    while not (batch := source.read(10, 1.0)).ended:
        found += batch.lines
    assert found + batch.lines == [b"two", b"three"]
    os.close(out)
