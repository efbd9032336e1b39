"""Where backups lie, and the store that they are of: also the embedded one, whether it runs or not."""

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from monitor.config.settings import Settings
from monitor.errors import StaysubError, StoreUnavailable
from monitor.incident.signs_of_life import silent
from monitor.store.client import translated
from monitor.store.configured import store_of
from monitor.store.embedded import DataDirInUse, EmbeddedServer, claimed
from monitor.store.store import Store, open_store

READABLE_BY_OWNER = 0o600  # it holds the key that signs, and secrets of lists that were added at run time


class PlaceUnusable(StaysubError):
    """A file cannot be written or read."""


class PartsRun(StaysubError):
    """Parts of ours are alive, where none may be."""


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that stands under that name once the block has ended well, whole and on the disk, and not before.

    Only its owner can read it. Raises PlaceUnusable, also where something else than a file has the name: a
    pipe, a device or a link would be replaced by the backup, not written to.
    """
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        raise PlaceUnusable(f"The backup {path} could not be written: there is something of that name that is no file.")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE_BY_OWNER), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise PlaceUnusable(f"The backup {path} could not be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@contextmanager
def known_file(path: Path) -> Iterator[IO[bytes]]:
    """A backup that is read, also twice: what comes by standard input (`-`) is kept meanwhile. Raises PlaceUnusable."""
    try:
        if str(path) != "-":
            with path.open("rb") as file:
                yield file
            return
        with tempfile.TemporaryFile() as kept, os.fdopen(0, "rb", closefd=False) as given:
            shutil.copyfileobj(given, kept)
            yield kept
    except OSError as error:
        raise PlaceUnusable(f"The backup {path} cannot be read: {error.strerror or error}.") from error


@contextmanager
def store_at_rest(settings: Settings, *, running: bool) -> Iterator[Store]:
    """The store that the settings name. The embedded one is started for the block where no `staysub run` has it.

    Where one has, or parts with a Redis of its own show that they live, it is used if it may be `running`. Raises
    DataDirInUse and PartsRun where it may not, StoreUnavailable.
    """
    if settings.redis.url is not None:
        store = store_of(settings)
        if not running:
            _refuse_living(store)
        yield store
        return
    if running and not (settings.data_dir / "redis").is_dir():
        raise StoreUnavailable(
            f"There is nothing to back up: no Redis is configured, and {settings.data_dir} holds no store.",
            reason="unconfigured",
        )
    with _claim(settings.data_dir, running=running) as ours:
        if not ours:
            yield store_of(settings)
            return
        server = EmbeddedServer(settings.data_dir)
        server.start()
        try:
            yield open_store(server.url)
        finally:
            server.stop()


def _refuse_living(store: Store) -> None:
    with translated("read the time"):
        at = datetime.fromtimestamp(store.client.time()[0], UTC)
    living = sorted(part for part, seen in store.heartbeats.all().items() if not silent(seen, at))
    if living:
        raise PartsRun(
            f"Parts run, or ran within the last minute: {', '.join(living)}. Stop all, and try again a minute later. "
            "Nothing was put back."
        )


@contextmanager
def _claim(data_dir: Path, *, running: bool) -> Iterator[bool]:
    """Hold the directory; False where a `staysub run` does and may."""
    claim = claimed(data_dir)
    try:
        claim.__enter__()
    except DataDirInUse:
        if not running:
            raise
        yield False
        return
    try:
        yield True
    finally:
        claim.__exit__(None, None, None)
