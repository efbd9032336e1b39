"""Octets of a log parted into lines, of bounded length, whatever they are. Pure."""

from dataclasses import dataclass
from typing import Final

LINE_OCTETS_MOST: Final = 64 * 1024  # syslog daemons write 8 KiB; Exim writes what a receiver said as long as it is
NUL: Final = b"\0"  # a file system that crashed leaves a run of them, and so does a writer whose file was cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """The whole lines of a block, and what of it is done with."""

    lines: list[bytes]
    octets: int  # of the block; what is behind them comes again when more is there
    inside: bool  # they end inside a line that was cut: the rest of it is no line of its own


def part(block: bytes, *, inside: bool = False) -> Parted:
    """Part a block that begins with a line or, `inside`, with the rest of one that was cut.

    A last line without an end waits for it, unless it is too long already.
    """
    begin = 0
    if inside:
        begin = block.find(b"\n") + 1
        if not begin:
            return Parted(lines=[], octets=len(block), inside=True)
    end = block.rfind(b"\n") + 1
    lines = block[begin : end - 1].split(b"\n") if end > begin else []
    if NUL in block:
        lines = [each.replace(NUL, b"") for each in lines]
    if end - begin > LINE_OCTETS_MOST:
        lines = [each[:LINE_OCTETS_MOST] for each in lines]
    done = max(begin, end)
    rest = block[done:]
    unfinished = rest.lstrip(NUL)
    done += len(rest) - len(unfinished)
    if len(unfinished) > LINE_OCTETS_MOST:
        lines.append(unfinished.replace(NUL, b"")[:LINE_OCTETS_MOST])
        return Parted(lines=lines, octets=len(block), inside=True)
    return Parted(lines=lines, octets=done, inside=False)
