"""Files that were packed since they were logs: gzip, bzip2, xz, and zstd where Python has it."""

import bz2
import gzip
import lzma
import zlib
from importlib import import_module
from typing import IO, Any, Final

_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
MAGIC_OCTETS: Final = 6
# What reading one may raise that is broken, or not written to its end yet.
BROKEN: Final = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)


class CannotUnpack(OSError):
    """Packed in a way that this Python cannot read."""


def is_packed(magic: bytes) -> bool:
    """Whether a file that begins so is packed."""
    return magic.startswith((_GZIP, _BZIP2, _XZ, _ZSTD))


def unpacked(stream: IO[bytes], magic: bytes) -> IO[bytes]:
    """What is in the packed file, to be read from its beginning. Raises CannotUnpack; reading raises BROKEN."""
    made: Any
    if magic.startswith(_GZIP):
        made = gzip.GzipFile(fileobj=stream, mode="rb")
    elif magic.startswith(_BZIP2):
        made = bz2.BZ2File(stream)
    elif magic.startswith(_XZ):
        made = lzma.LZMAFile(stream)  # noqa: SIM115 - whoever opened the file closes it
    else:
        try:
            made = import_module("compression.zstd").ZstdFile(stream)  # Python 3.14
        except ImportError:
            raise CannotUnpack("this Python reads no .zst; unpack it, or let logs be packed by gzip or xz") from None
    opened: IO[bytes] = made
    return opened
