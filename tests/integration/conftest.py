"""Fixtures of the integration tests: real servers."""

import pytest

from monitor.store import Store, open_store
from tests.integration.redis_server import redis_server


def pytest_collection_modifyitems(items):
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def redis_url():
    with redis_server() as url:
        yield url


@pytest.fixture
def configure(tmp_path, redis_url):
    """Writes a configuration with `{folder}`, `{redis}` and what else is named filled in; gives its path."""

    def write(text, **named):
        path = tmp_path / "staysub.toml"
        path.write_text(text.format(folder=tmp_path, redis=redis_url, **named))
        return path

    return write


@pytest.fixture
def store(redis_url) -> Store:
    """An empty store."""
    opened = open_store(redis_url)
    opened.client.flushdb()
    return opened
