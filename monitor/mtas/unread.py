"""A line that could not be read, as it may be kept and shown: inert, short and without addresses. Pure."""

import re
from typing import Final

from monitor.inert import inert
from monitor.mtas.names import names_of, without_names

SAMPLE_CHARS_MAX: Final = 200
TEXT_OCTETS_MAX: Final = 1024  # so much of what was said is kept from one stretch of a log to the next
# What stands in angle brackets, also where the line ends before the second one; then what looks like an address, also
# as links write it.
_BRACKETED: Final = re.compile(rb"<([^<>]*+)(?:>|$)")
_ADDRESS: Final = re.compile(
    rb'("[^"@]*+"@[^\s,;:()<>]*+|(?<![^\s,;:()<>])[^\s,;:()<>@%]*+(?:%(?!(?:25)*+40)[^\s,;:()<>@%]*+)*+(?:@|%(?:25)*+40)[^\s,;:()<>]*+)'
)
# Where MTAs write recipients and senders, who may be known by a local part alone.
_NAMED: Final = re.compile(
    rb'((?:=>|->|==|\*\*|>>|<=) |\b(?:to|orig_to|ctladdr|from|rcpt|user)=)(?!<)("[^"]*+"[^\s,]*+|[^\s,;:]++)'
)


def sample_of(line: bytes) -> str:
    """As much of a line as shows what it is."""
    line = line[: 4 * SAMPLE_CHARS_MAX]
    written = [found[found.lastindex or 0] for form in (_BRACKETED, _ADDRESS, _NAMED) for found in form.finditer(line)]
    addresses = (
        each.decode("utf-8", "replace").rpartition("=")[2].replace("%25", "%").replace("%40", "@") for each in written
    )
    names = names_of(each if "@" in each else f"{each}@" for each in addresses)
    text = without_addresses(_NAMED.sub(rb"\1<>", line)).decode("utf-8", "replace")
    return inert(without_names(text, names, "<>"))[:SAMPLE_CHARS_MAX]


def without_addresses(text: bytes) -> bytes:
    """The text with `<>` for every address, and for all that stands in angle brackets."""
    return _ADDRESS.sub(b"<>", _BRACKETED.sub(b"<>", text))
