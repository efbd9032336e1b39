"""A changed file is taken up; a wrong one is told and changes nothing else."""

import os

import pytest

from monitor.config.reload import SettingsSource
from monitor.errors import ConfigError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "staysub.toml"
    path.write_text('[dns]\ntimeout = "3s"')
    return path


def seconds(source):
    return source.current().dns.timeout.total_seconds()


def test_a_changed_file_is_taken_up(path):
    source = SettingsSource(path)
    assert seconds(source) == 3
    path.write_text('[dns]\ntimeout = "10s"')
    assert seconds(source) == 10
    assert source.problem == ""


def test_a_wrong_file_leaves_the_last_good_settings_and_says_so_until_it_is_mended(path, caplog):
    source = SettingsSource(path)
    path.write_text('[dns]\ntimeout = "10 seconds"')
    assert seconds(source) == 3
    assert "line 2, dns.timeout: must be a duration" in source.problem
    assert [record.message for record in caplog.records] == ["configuration_rejected"]
    assert seconds(source) == 3
    assert len(caplog.records) == 1
    path.write_text('[dns]\ntimeout = "11s"')
    assert seconds(source) == 11
    assert source.problem == ""


def test_a_file_that_goes_away_is_like_a_wrong_one(path):
    source = SettingsSource(path)
    path.unlink()
    assert seconds(source) == 3
    assert "cannot be read" in source.problem


def test_an_unchanged_file_gives_the_same_object(path):
    source = SettingsSource(path)
    before = source.current()
    os.utime(path, ns=(1, 1))
    assert source.current() is before


def test_the_file_of_a_secret_is_followed_too(path, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("first-0123456789")
    path.write_text('[web]\ntoken = {file = "token"}')
    source = SettingsSource(path)
    secret.write_text("second-0123456789")
    assert source.current().web.token.reveal() == "second-0123456789"


def test_there_is_no_last_good_configuration_to_begin_with(path):
    path.write_text("x = 1")
    with pytest.raises(ConfigError):
        SettingsSource(path)
