"""The README and the pages' first advice are true: configuration, commands, files and the map of rooms."""

import re
import tomllib
from pathlib import Path

import click
import pytest

from monitor.cli.main import COMMANDS, cli
from monitor.config.load import load

TOP = Path(__file__).parents[2]
TEXT = (TOP / "README.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(monitor\.[a-z]+|tasks)`", TEXT.partition("## Map of rooms")[2])


def blocks(language):
    return [
        re.sub(r"^ {3}", "", block, flags=re.MULTILINE)
        for block in re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    ]


def test_the_first_configuration_is_good_as_it_stands(tmp_path):
    first, *_ = blocks("toml")
    path = tmp_path / "staysub.toml"
    path.write_text(first)
    (watched,) = load(path).file_lists
    assert watched.id == "ipv6-ops"


def test_the_configuration_that_the_pages_show_is_good_as_it_stands(tmp_path):
    page = (TOP / "monitor/web/templates/empty.html").read_text(encoding="utf-8")
    path = tmp_path / "staysub.toml"
    path.write_text(re.search(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)[1])
    (watched,) = load(path).file_lists
    assert watched.id == "my-list"


def test_the_receiver_can_be_added_to_it(tmp_path):
    first, _, second = blocks("toml")
    receiver, _, more = second.partition("[[list]]\n")
    submission = more.removeprefix("# …\n")
    assert tomllib.loads(submission)
    path = tmp_path / "staysub.toml"
    path.write_text(receiver + first + submission)
    settings = load(path)
    assert settings.receivers
    assert settings.file_lists[0].submission is not None


def test_the_log_can_be_added_to_it(tmp_path):
    first, log, _ = blocks("toml")
    path = tmp_path / "staysub.toml"
    path.write_text(first + log)
    assert [each.kind for each in load(path).mta_logs] == ["postfix"]


@pytest.mark.parametrize("words", sorted(set(re.findall(r"`(?:\.venv/bin/)?staysub ([a-z][^`]*)`", TEXT))))
def test_each_command_is_one_of_ours(words):
    name, *rest = words.split()
    assert name in COMMANDS
    command = cli.get_command(None, name)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        command, rest = command.get_command(None, rest[0]), rest[1:]
        assert command is not None, words
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= options


def test_make_does_what_is_said_of_it():
    targets = set(re.findall(r"^([a-z]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", TEXT)) - {"and"} <= targets
    assert {"run", "test", "check", "bench", "lock", "clean", "help"} <= targets


def test_each_link_leads_to_a_file():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (TOP / target).exists(), target


def test_the_map_names_every_room_and_no_other():
    rooms = {f"monitor.{path.parent.name}" for path in (TOP / "monitor").glob("*/__init__.py")}
    rooms |= {f"monitor.{path.stem}" for path in (TOP / "monitor").glob("*.py") if not path.stem.startswith("__")}
    assert set(NAMED) == rooms | {"tasks"}
    assert len(NAMED) == len(set(NAMED))


def test_the_map_has_the_order_that_the_import_contract_holds():
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    rank = {room: number for number, layer in enumerate(layers) for room in layer.split(" | ")}
    ranks = [rank[room] for room in NAMED if room != "tasks"]
    assert ranks == sorted(ranks)
