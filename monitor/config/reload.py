"""A running system follows its configuration file, and keeps the last good one when the new one is wrong."""

import logging
import threading
from pathlib import Path

from monitor.config.exposed import exposed
from monitor.config.load import Loaded, file_digest, find, read
from monitor.config.settings import Settings
from monitor.errors import ConfigError

log = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]  # inode, modification time in nanoseconds, size in bytes; zeros for a missing file


class SettingsSource:
    """The settings as the file gives them now. Safe to use from several threads.

    `current()` looks whether the file, or the file of a secret in it, has changed, and reads it again if so. `problem`
    is a sentence for the pages while the file on disk cannot be used and the last good settings hold, else "".
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read the file. Raises ConfigError: there is no last good configuration to begin with."""
        self.path = find(path).absolute()
        self.problem = ""
        self._lock = threading.Lock()
        loaded = read(self.path)
        self._settings = loaded.settings
        self._files = loaded.files
        self._digest = loaded.digest
        self._stamps = self._settled_stamps()
        _tell(loaded)

    def current(self) -> Settings:
        """The settings to use now. Never raises: a wrong file changes `problem` and nothing else."""
        with self._lock:
            stamps = _stamps(self._files)
            if stamps != self._stamps:
                self._stamps = stamps
                self._reload()
            return self._settings

    def _reload(self) -> None:
        """Read the changed file; a file that was merely touched is left alone."""
        digest = file_digest(self._files)
        if digest == self._digest:
            return
        self._digest = digest
        try:
            loaded = read(self.path)
        except ConfigError as error:
            self.problem = f"The configuration in {self.path} cannot be used, so the last good one holds. " + " ".join(
                f"{where}: {sentence}" if where else sentence for where, sentence in error.told
            )
            log.error("configuration_rejected", extra={"path": str(self.path), "faults": error.told})  # noqa: TRY400 - the faults say all
            return
        self._settings, self._files, self._digest, self.problem = loaded.settings, loaded.files, loaded.digest, ""
        self._stamps = self._settled_stamps()
        _tell(loaded)
        log.info("configuration_reloaded", extra={"path": str(self.path), "lists": len(loaded.settings.file_lists)})

    def _settled_stamps(self) -> tuple[_Stamp, ...]:
        """The files' stamps; none where a file changed since it was read, so that the next look reads it again."""
        stamps = _stamps(self._files)
        return stamps if file_digest(self._files) == self._digest else ()


def _tell(loaded: Loaded) -> None:
    for note in exposed(loaded) if log.hasHandlers() else ():  # without any, Python prints the bare word
        log.warning("secret_exposed", extra={"path": note.place, "detail": note.message})


def _stamps(files: tuple[Path, ...]) -> tuple[_Stamp, ...]:
    """What the file system says of each file, cheap enough for every call."""
    stamps = []
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            stamps.append((0, 0, 0))
        else:
            stamps.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(stamps)
