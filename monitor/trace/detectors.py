"""The recipients that flufl.bounce recognises in a bounce, whose detectors know the forms of many mail systems.

Its patterns look for an address from every place of a line to the line's end, many in a time that grows with the square
of its length, two (Netscape, LLNL) with the cube. So it is given a message made for it: of the refused message nothing,
of the fields those that it reads, of the text the beginning, in lines that are short and have few marks and
blanks.
"""

import logging
import re
from dataclasses import dataclass
from email.message import Message
from textwrap import TextWrapper
from typing import Final

from flufl.bounce import all_failures

from monitor.trace.charset import text_of

# The library tells every detector's exception to its own logger before it raises it.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

TEXT_CHARS_MAX: Final = 32_768  # of all parts together: what was refused stands in front of the copy
LINES_MAX: Final = 1000  # likewise
LINE_CHARS_MAX: Final = 320  # an address is no longer: 64 octets, @, and 255 (RFC 5321 section 4.5.3.1)
MARKS_MAX: Final = 8  # of a line: no form has more than two addresses in one
PARTS_MAX: Final = 8  # of a message; half as many of a part of it, and so on
_RETURNED: Final = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
_READ: Final = (
    "Content-Type",
    "Content-Description",
    "From",
    "X-Mailer",
    "X-Failed-Recipients",
)  # all that it looks at
_FEW_MARKS: Final = re.compile(rf"[^<,]*(?:[<,][^<,]*){{0,{MARKS_MAX}}}")
_BLANKS: Final = re.compile(r"[^\S\n]+")  # of which one is as good as many to every form
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_UNREADABLE: Final = "\xbf"  # an address with one is none to the library; and it is one octet to it as well
_FOLDING: Final = TextWrapper(
    width=LINE_CHARS_MAX, expand_tabs=False, replace_whitespace=False, drop_whitespace=False, break_on_hyphens=False
)


@dataclass(slots=True)
class _Room:
    """What may still be given of text."""

    chars: int = TEXT_CHARS_MAX
    lines: int = LINES_MAX

    def take(self, text: str) -> str:
        """As much of the text as there is room for; a longer line goes on in the next."""
        taken = _BEYOND_ASCII.sub(_UNREADABLE, _BLANKS.sub(" ", text[: self.chars]))
        folded = [piece for line in taken.split("\n") for piece in _FOLDING.wrap(line) or [""]][: self.lines]
        self.chars -= len(taken)
        self.lines -= len(folded)
        return "".join(f"{found[0]}\n" for found in map(_FEW_MARKS.match, folded) if found)


def recipients_detected(message: Message) -> tuple[frozenset[str], frozenset[str]]:
    """Those for whom delivery is only delayed, and those for whom it failed; not those of what is returned."""
    try:
        temporary, permanent = all_failures(_given(message, _Room()))
    except Exception:  # noqa: BLE001 - the library reads hostile octets and promises nothing; what it cannot read it does not know
        return frozenset(), frozenset()
    return frozenset(map(_as_text, temporary)), frozenset(map(_as_text, permanent))


def _given(message: Message, room: _Room, depth: int = 0) -> Message:
    """What the library is given of a message, which stays as it is.

    A delivery status is given without its fields, which are read before: some forms want one to be there.
    """
    payload, kind = message.get_payload(), message.get_content_maintype()
    given = Message()
    for name in _READ:
        if (value := message.get(name)) is not None:
            given[name] = str(value)
    if isinstance(payload, list) and kind == "multipart":
        parts = [each for each in payload if isinstance(each, Message) and each.get_content_type() not in _RETURNED]
        given.set_payload([_given(each, room, depth + 1) for each in parts[: PARTS_MAX >> depth]])
    else:  # text may call itself multipart and have no parts (caiwireless)
        readable = kind in {"text", "multipart"} and room.chars > 0 and room.lines > 0
        given.set_payload(room.take(text_of(message)) if readable else "")
    return given


def _as_text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)
