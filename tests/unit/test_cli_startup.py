"""What a command imports: only what it uses, so that it starts quickly.

Sets of imports instead of times, which machines differ in.
"""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import pytest

from monitor.cli.main import COMMANDS, WHOLE, cli

TOP = Path(__file__).parents[2]
# Runs a command and names all modules that are loaded at its end.
PROBE = """
import json, sys
from monitor.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("\\n" + json.dumps(sorted(sys.modules)))
"""
CONFIGURATION = """
[redis]
url = "unix:///nowhere/redis.sock"
[[list]]
id = "alpha"
address = "a@l.example"
reverse_path = "b@l.example"
helo = "mx.l.example"
outbound = ["192.0.2.1"]
"""
READS_SETTINGS = {"click", "pydantic"}
SHOWS = {"rich"}


def normal(distribution):
    """A distribution's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.fixture(scope="module")
def dependencies():
    """Import name → distribution, of what the project itself depends on."""
    lines = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    ours = {normal(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in lines}
    return {
        package: normal(name)
        for package, names in packages_distributions().items()
        for name in names
        if normal(name) in ours
    }


@pytest.fixture
def loaded(tmp_path):
    """All modules that a command has loaded when it ends."""

    def run(*args, configuration=CONFIGURATION):
        if configuration is not None:
            (tmp_path / "staysub.toml").write_text(configuration)
        ended = subprocess.run(
            [sys.executable, "-c", PROBE, *args], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return set(json.loads(ended.stdout.rsplit("\n", 2)[-2]))

    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(name):
    command = cli.get_command(click.Context(cli), name)
    assert COMMANDS[name][1] == command.get_short_help_str(limit=WHOLE)


def test_help_imports_no_command(loaded):
    """Nor anything else of ours but the words for errors, and how they are shown."""
    assert {each for each in loaded("--help") if each.startswith("monitor")} == {
        "monitor",
        "monitor.cli",
        "monitor.cli.main",
        "monitor.errors",
        "monitor.inert",
        "monitor.cli.folding",
    }


@pytest.mark.parametrize(
    ("args", "needed"),
    [
        pytest.param(["--help"], {"click"}, id="help"),
        pytest.param(["--version"], {"click"}, id="version"),
        pytest.param(["completion", "bash"], {"click"}, id="completion"),
        pytest.param(["config", "check"], READS_SETTINGS, id="config check"),
        pytest.param(["config", "show"], READS_SETTINGS, id="config show"),
        pytest.param(["status"], READS_SETTINGS | SHOWS | {"redis"}, id="status"),
        pytest.param(["tokens"], READS_SETTINGS | SHOWS | {"redis"}, id="tokens"),
        pytest.param(["incidents"], READS_SETTINGS | SHOWS | {"redis"}, id="incidents"),
        pytest.param(["notices"], READS_SETTINGS | SHOWS | {"redis"}, id="notices"),
        pytest.param(
            ["forecast", "--manager", "mailman3", "--failure-rate", "0.9", "--messages-per-day", "12"],
            {"click", "rich"},
            id="forecast from numbers",
        ),
        pytest.param(
            ["check", "alpha", "--nameserver", "127.0.0.1:1"],
            READS_SETTINGS | SHOWS | {"dnspython", "pyspf", "redis"},
            id="check of a list",
        ),
    ],
)
def test_a_command_imports_no_dependency_that_it_does_not_use(args, needed, loaded, dependencies):
    found = {dependencies[top] for top in {each.partition(".")[0] for each in loaded(*args)} & dependencies.keys()}
    assert found <= needed


def test_a_domain_is_checked_without_store_and_server(loaded, dependencies):
    found = loaded("check", "d.example", "--ip", "192.0.2.1", "--nameserver", "127.0.0.1:1", configuration=None)
    tops = {each.partition(".")[0] for each in found} & dependencies.keys()
    assert {dependencies[top] for top in tops} <= {"click", "rich", "dnspython", "pyspf"}


@pytest.mark.parametrize("name", COMMANDS)
def test_to_explain_itself_a_command_needs_neither_settings_nor_network(name, loaded, dependencies):
    tops = {each.partition(".")[0] for each in loaded(name, "--help")}
    assert {dependencies[top] for top in tops & dependencies.keys()} <= {"click", "rich", "flufl-bounce"}
