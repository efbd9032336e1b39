"""Lists as commands name them, while Redis is away or does not answer."""

import socket

import pytest

from monitor.cli.lists import found_list, searched_lists
from monitor.config.settings import RedisSettings
from monitor.errors import UsageError
from tests import seed


@pytest.fixture
def mute():
    """A port where connections are taken and nothing is said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture
def settings(mute):
    return seed.settings(redis=RedisSettings(url=f"redis://127.0.0.1:{mute.getsockname()[1]}/0"))


def asked(listener):
    """How often somebody has connected."""
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_a_list_of_the_file_is_found_without_redis(settings, mute):
    assert found_list(settings, "gardening").id == "gardening"
    assert asked(mute) == 0


def test_a_redis_that_says_nothing_is_asked_once_and_not_waited_for(settings, mute):
    """A domain is checked, and a misspelt list answered, before a client of Redis would give up by itself."""
    assert searched_lists(settings, "example.org") == settings.file_lists
    assert asked(mute) == 1


def test_a_misspelt_list_is_answered_from_the_file(settings):
    with pytest.raises(UsageError, match="Did you mean 'gardening'"):
        found_list(settings, "gardenig")
