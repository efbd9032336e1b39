"""Progress is shown on the terminal, and what is answered goes where it is to go."""

import json
import os
import pty
import subprocess
import sys


def test_answers_go_to_the_file_while_the_bar_is_on_the_terminal(tmp_path):
    """Rich takes standard output to the console of its bar unless it is told not to: the file stayed empty."""
    questions = tmp_path / "questions.jsonl"
    line = {"mail_from": "a@example.org", "helo": "mx.example.org", "client_ip": ["192.0.2.1"]}
    questions.write_text((json.dumps(line) + "\n") * 3)
    answers = tmp_path / "answers.jsonl"
    master, slave = pty.openpty()
    argv = [sys.executable, "-m", "monitor", "check", "--batch", str(questions), "--nameserver", "127.0.0.1:1"]
    environ = {**os.environ, "TERM": "xterm-256color"}
    with (
        answers.open("wb") as out,
        subprocess.Popen(argv, stdout=out, stderr=slave, env=environ, cwd=tmp_path) as process,
    ):
        os.close(slave)
        shown = b""
        while True:
            try:
                read = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            shown += read
    os.close(master)
    assert process.returncode == 0, shown
    assert b"checking" in shown
    found = [json.loads(each) for each in answers.read_text().splitlines()]
    assert [each["domain"] for each in found] == ["example.org"] * 3
