"""What holds for every command: documented, speaking JSON where it reads, explained, quick to say what was meant."""

import json
import logging
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli.main import COMMANDS, cli, hoisted, main
from monitor.cli.reference import _walk

TOP = Path(__file__).parents[2]
EVERY = dict(_walk("staysub", cli))
# These act and have nothing to tell but what they did; the parts and `run` speak in their log.
WITHOUT_JSON = {"init", "run", "worker", "beat", "web", "receiver", "follow", "completion"}
LEAVES = {path: command for path, command in EVERY.items() if not isinstance(command, click.Group)}


def test_the_reference_is_current():
    """Renew it with `python -m monitor.cli.reference > docs/commands.md`."""
    # In a process of its own: click keeps the help option that a command was first asked for.
    made = subprocess.run([sys.executable, "-m", "monitor.cli.reference"], capture_output=True, check=True)
    assert (TOP / "docs/commands.md").read_bytes() == made.stdout


def test_the_commands_are_those_of_the_table():
    assert {path.split()[1] for path in EVERY if " " in path} == set(COMMANDS)


@pytest.mark.parametrize("path", LEAVES)
def test_each_command_speaks_json(path):
    options = {option for parameter in LEAVES[path].params for option in parameter.opts}
    assert ("--json" in options) == (path.split()[1] not in WITHOUT_JSON)


BOTH = [path for path, command in LEAVES.items() if {"as_json", "nagios"} <= {each.name for each in command.params}]


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("forms", [["--json", "--nagios"], ["--nagios", "--json"]])
def test_two_forms_of_one_answer_are_a_wrong_call(path, forms, staysub, tmp_path):
    """Whatever else is given: nothing is asked, and nothing is answered."""
    assert BOTH == ["staysub check", "staysub explain", "staysub status"]
    (tmp_path / "a.eml").write_text("Subject: x\n\nx\n")
    code, out, err = staysub(*path.split()[1:], *forms, *([] if path.endswith("status") else [str(tmp_path / "a.eml")]))
    assert (code, out) == (64, "")
    assert f"{forms[0]} and {forms[1]}" in err or f"{forms[1]} and {forms[0]}" in err


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param(["explain", "--brief", "--json"], 64, id="a letter and JSON"),
        pytest.param(["explain", "--mail", "--nagios"], 64, id="a letter and a plugin line"),
        pytest.param(["explain", "--brief", "--mail", "--json"], 64, id="all at once"),
        pytest.param(["explain", "--brief", "--mail"], 0, id="a letter as mail"),
        pytest.param(["check", "--nagios", "--batch"], 64, id="a batch and a plugin line"),
    ],
)
def test_letters_and_batches_are_forms_of_their_own(args, code, staysub, tmp_path):
    (tmp_path / "a.eml").write_text("Subject: x\n\nx\n")
    assert staysub(*args, str(tmp_path / "a.eml"))[0] == code


@pytest.mark.parametrize("path", EVERY)
def test_each_command_and_option_is_explained(path):
    command = EVERY[path]
    assert command.help
    assert command.help.strip().splitlines()[0].rstrip().endswith((".", ":")), command.help.splitlines()[0]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("path", EVERY)
def test_help_costs_no_configuration(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(cli, [*path.split()[1:], "--help"], standalone_mode=False)
    assert ended.exit_code == 0
    assert "…" not in ended.output.partition("Commands:")[2]
    assert "...\n" not in ended.output.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["status", "--debug"], ["--debug", "status"]),
        (["check", "x", "--config", "a.toml", "--json"], ["--config", "a.toml", "check", "x", "--json"]),
        (["check", "--config=a.toml"], ["--config=a.toml", "check"]),
        (["check", "--", "--debug"], ["check", "--", "--debug"]),
        (["status", "--config"], ["status", "--config"]),
        ([], []),
    ],
)
def test_global_options_may_stand_anywhere(given, expected):
    assert hoisted(given) == expected


@pytest.fixture
def staysub(capsys):
    """The command as a process runs it, but in this one: (exit code, standard output, standard error)."""

    def run(*args):
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["stauts"], 64, "staysub: There is no command 'stauts'. Did you mean 'status'? See staysub --help."),
        (["incidents", "lst"], 64, "staysub incidents: There is no command 'lst'. Did you mean 'list'?"),
        (["check", "--jsno"], 64, "staysub check: No such option '--jsno'. Did you mean '--json'?"),
        (["check"], 64, "staysub: Name a domain or a list to check"),
        (["check", "a", "b"], 64, "staysub check: Got unexpected extra argument"),
        (["check", "a.example", "--ip", "x"], 64, "'x' is no IP address"),
        (["explain", "/nowhere"], 64, "No such file or directory"),
        (["status", "--config", "/nowhere"], 78, "staysub: /nowhere: cannot be read: No such file or directory."),
        (["incidents", "silence", "alfa"], 64, "staysub: There is no list 'alfa'. Did you mean 'alpha'?"),
        (["notices", "test", "zzz"], 64, "staysub: There is no list 'zzz'; there is alpha."),
        (["incidents", "silence", "--receiver", "gmial"], 64, "Did you mean 'gmail'?"),
    ],
)
def test_an_error_is_one_sentence_that_says_what_was_meant(args, code, says, staysub, one_list):
    ended, out, err = staysub(*args)
    assert ended == code, err
    assert says in err
    assert err.count("\n") == 1
    assert out == ""


@pytest.fixture
def one_list(tmp_path, monkeypatch):
    """A configuration with one list in the current directory; no store is needed to say that a name is wrong."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STAYSUB_CONFIG", raising=False)
    (tmp_path / "staysub.toml").write_text(
        '[redis]\nurl = "unix:///nowhere/redis.sock"\n[[list]]\nid = "alpha"\naddress = "a@l.example"\n'
        'reverse_path = "b@l.example"\nhelo = "mx.l.example"\noutbound = ["192.0.2.1"]\n'
    )


def test_a_fault_of_our_own_is_said_in_one_sentence_and_shown_with_debug(staysub, monkeypatch):
    monkeypatch.setattr("monitor.cli.doctor.command._examine", lambda _: 1 / 0)
    code, _, err = staysub("doctor")
    assert code == 70
    assert err.startswith("staysub: This went wrong by a fault of Staysub's own: ZeroDivisionError")
    monkeypatch.setattr("monitor.journal.configure", lambda: None)
    monkeypatch.setattr(logging.getLogger("monitor"), "level", logging.INFO)
    with pytest.raises(ZeroDivisionError):
        main(["doctor", "--debug"])


def on_a_terminal(args):
    """What a command writes where its standard output is a terminal."""
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environ.pop("NO_COLOR", None)
    with subprocess.Popen([sys.executable, "-m", "monitor", *args], stdout=slave, env=environ) as process:
        os.close(slave)
        said = b""
        while True:
            try:
                read = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            said += read
    os.close(master)
    return said.decode(), process.returncode


FORECAST = ["forecast", "--manager", "mailman3", "--failure-rate", "0.9", "--messages-per-day", "12"]


def test_tables_have_colour_on_a_terminal_and_none_where_they_are_piped(staysub):
    shown, code = on_a_terminal(FORECAST)
    assert code == 0
    assert "\x1b[" in shown
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 80 for line in shown.splitlines())
    _, piped, _ = staysub(*FORECAST)
    assert "\x1b" not in piped
    assert json.loads(staysub(*FORECAST, "--json")[1])["schema"] == "staysub.forecast/1"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_gets_its_completion(shell, staysub):
    assert "_STAYSUB_COMPLETE" in staysub("completion", shell)[1]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("staysub inc", ["incidents"]),
        ("staysub check --na", ["--nameserver", "--nagios"]),
        ("staysub status al", ["alpha"]),
        ("staysub --config /nowhere forecast al", []),
    ],
)
def test_commands_options_and_lists_are_completed(words, offered, staysub, one_list, monkeypatch):
    monkeypatch.setenv("_STAYSUB_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert [line.partition(",")[2] for line in staysub()[1].split()] == offered


def test_bash_takes_the_completion(tmp_path, staysub):
    script = tmp_path / "staysub.bash"
    script.write_text(staysub("completion", "bash")[1])
    ended = subprocess.run(
        ["bash", "-c", f". {script} && complete -p staysub"], capture_output=True, text=True, check=False
    )
    assert "_staysub_completion" in ended.stdout, ended.stderr


PLUGIN_LINE = re.compile(r"STAYSUB (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \| (\S+=\d+\S* ?)+\n")


@pytest.mark.parametrize("message", sorted((TOP / "tests/golden/explain").glob("*.eml")), ids=lambda path: path.stem)
def test_an_explained_message_is_one_plugin_line(message, staysub):
    """Nagios plugin guidelines: status, a sentence, performance data; the code says the same."""
    code, out, _ = staysub("explain", str(message), "--nagios")
    line = PLUGIN_LINE.fullmatch(out)
    assert line, out
    assert ("OK", "WARNING", "CRITICAL", "UNKNOWN").index(line[1]) == code
