"""A secret in a file that others can read is told, with what to do; it keeps nothing from working."""

import logging
import os

import pytest
from click.testing import CliRunner

from monitor.cli.doctor import examinations as examine
from monitor.cli.main import cli
from monitor.config.exposed import exposed
from monitor.config.load import read
from monitor.config.reload import SettingsSource
from monitor.model.findings import CheckStatus

SECRETS = {
    "a token": '[web]\ntoken = "0123456789abcdef"\n',
    "a password of Redis": '[redis]\nurl = "redis://:sesame@h:6379/0"\n',
    "a password of the relay": '[notices]\nrelay = "smtps://u:sesame@h"\n',
    "a switch": '[heartbeat]\nurl = "https://switch.example.org/6f1c-sesame"\n',
    "an endpoint": '[[owner]]\naddress = "o@example.org"\n[[owner.webhook]]\n'
    'url = "https://hooks.slack.com/services/T0/B0/sesame"\nformat = "slack"\n',
    "a signature": '[[owner]]\naddress = "o@example.org"\n[[owner.webhook]]\n'
    'url = "https://h.example"\nsecret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="\n',
}
NONE = {
    "nothing": "",
    "Redis without a password": '[redis]\nurl = "redis://h:6379/0"\n',
    "a socket": '[redis]\nurl = "unix:///run/redis/s?db=1"\n',
    "a relay without one": '[notices]\nrelay = "smtp://localhost:25"\n',
    "an endpoint without a path": '[[owner]]\naddress = "o@example.org"\n[[owner.webhook]]\n'
    'url = "https://h.example/"\nformat = "slack"\n',
    "a token of the environment": '[web]\ntoken = {env = "TOKEN"}\n',
}


def written(tmp_path, text, mode):
    path = tmp_path / "staysub.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def notes(path):
    return exposed(read(path, environ={"TOKEN": "0123456789abcdef"}))


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_each_kind_of_secret_is_seen_where_everybody_can_read_it(tmp_path, text):
    path = written(tmp_path, text, 0o644)
    (note,) = notes(path)
    assert note.place == str(path)
    assert "holds a secret, and every user of this machine can read it" in note.message
    assert f"chmod 600 {path}" in note.message
    assert "{file = …}" in note.message
    path.chmod(0o600)
    assert notes(path) == ()


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_a_file_without_a_secret_may_be_read_by_everybody(tmp_path, text):
    assert notes(written(tmp_path, text, 0o644)) == ()


def test_the_file_of_a_secret_is_told_and_the_configuration_that_names_it_is_not(tmp_path):
    path = written(tmp_path, '[web]\ntoken = {file = "token"}\n', 0o644)
    token = tmp_path / "token"
    token.write_text("0123456789abcdef\n")
    token.chmod(0o644)
    (note,) = notes(path)
    assert note.place == str(token)
    assert f"chmod 600 {token}" in note.message
    token.chmod(0o400)
    assert notes(path) == ()


def test_a_group_is_told_unless_root_gave_it_the_file(tmp_path):
    """`root:staysub` with mode 0640 is how the runbook lets one service read it."""
    path = written(tmp_path, SECRETS["a token"], 0o640)
    (note,) = notes(path)
    assert "its group can read it" in note.message
    if os.getuid() == 0:
        os.chown(path, 0, 1)
        assert notes(path) == ()
        path.chmod(0o644)
        assert len(notes(path)) == 1


def test_config_check_notes_it_and_finds_no_fault(tmp_path):
    path = written(tmp_path, SECRETS["a token"], 0o644)
    ended = CliRunner().invoke(cli, ["--config", str(path), "config", "check"], standalone_mode=False)
    assert ended.return_value == 0
    assert f"Note: {path}: holds a secret" in ended.output
    assert "0123456789abcdef" not in ended.output


def test_each_part_logs_it_when_it_reads_the_file(tmp_path, caplog):
    path = written(tmp_path, SECRETS["a token"], 0o644)
    with caplog.at_level(logging.WARNING):
        SettingsSource(path)
    assert [each.message for each in caplog.records] == ["secret_exposed"]
    caplog.clear()
    path.chmod(0o600)
    with caplog.at_level(logging.WARNING):
        SettingsSource(path)
    assert caplog.records == []


def test_doctor_warns_of_it(tmp_path):
    path = written(tmp_path, SECRETS["a token"], 0o644)
    (one,) = examine.secrets(read(path))
    assert (one.subject, one.status) == ("secrets", CheckStatus.WARNING)
    assert "chmod 600" in one.sentence
    path.chmod(0o600)
    assert list(examine.secrets(read(path))) == []
