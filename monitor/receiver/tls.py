"""The receiver's certificate: loaded, and loaded again when it was renewed, without a restart."""

import logging
import ssl
from pathlib import Path
from typing import Final

from monitor.errors import ConfigError

_log: Final = logging.getLogger(__name__)
Stamp = tuple[tuple[int, int, int], ...]  # of each file: time of change (ns), inode, size


class Certificates:
    """A server's TLS context that follows its files. Each connection asks for it anew."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Load both. Raises ConfigError where they cannot be used."""
        self._paths = (certificate, key)
        try:
            self._stamp = self._read_stamp()
            self._context = self._load()
        except (OSError, ssl.SSLError) as error:
            fault = f"{certificate} with key {key} cannot be used: {error}. Give PEM files that match."
            raise ConfigError("receiver", [("tls_certificate", fault)]) from error

    def context(self) -> ssl.SSLContext:
        """The context of the files as they are; while a renewal is incomplete, that of the last good ones."""
        try:
            stamp = self._read_stamp()
            if stamp != self._stamp:
                self._context = self._load()
                self._stamp = stamp
                _log.info("certificate_reloaded", extra={"certificate": str(self._paths[0])})
        except (OSError, ssl.SSLError) as error:
            _log.warning("certificate_rejected", extra={"problem": str(error)})
        return self._context

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # TLS 1.2 at least, RFC 8996
        context.options |= ssl.OP_NO_RENEGOTIATION  # TLS 1.2 would let clients have us calculate (RFC 9325 section 3.5)
        # An encrypted key fails instead of asking a terminal.
        context.load_cert_chain(*self._paths, password=lambda: "")
        return context

    def _read_stamp(self) -> Stamp:
        found = [path.stat() for path in self._paths]
        return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)
