"""Text in whatever character set it is said to be: of a part, of a header field."""

import binascii
import codecs
import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from typing import Final

WORDS_CHARS_MAX: Final = 4096  # of a field; a diagnostic may be several lines of 512 octets, RFC 5321 4.5.3.1.5

# Python's codecs with these names decode text. Others do not (base64), cost too much on hostile text (punycode: seconds
# for 64 KiB) or refuse it all (undefined).
_OF_TEXT: Final = re.compile(
    r"utf[-_]?(?:7|8|16|32)(?:[-_]?[bl]e)?|(?:us-?)?ascii|iso[-_]?8859[-_]\d{1,2}|latin[-_]?1|(?:windows-?|cp)\d{3,5}|"
    r"iso-2022-(?:jp|kr)[\w-]*|shift[-_]?jis|euc[-_](?:jp|kr)|gb2312|gbk|gb18030|big5|koi8[-_][rtu]|tis-620",
    re.IGNORECASE,
)
_ESCAPED: Final = (b"\x1b$", b"\x1b(")  # designations of ISO/IEC 2022, which no other text has (RFC 1468)


def text_of(part: Message) -> str:
    """The part's text decoded as it says, else as UTF-8, with what cannot be read replaced; "" for a part of parts."""
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    named = part.get_content_charset("us-ascii")
    return _unsaid(octets) if named == "us-ascii" else decoded(octets, named)


def read_words(value: str) -> str:
    """A field's value as people read it, in one line: encoded words decoded (RFC 2047), and octets that are not ASCII.

    What cannot be decoded stays as it is; no more is read than the bound.
    """
    value = " ".join(value[:WORDS_CHARS_MAX].split())
    try:
        pieces = decode_header(value) if "=?" in value else []
    except (MessageError, ValueError, binascii.Error):
        pieces = []
    if not pieces:
        return " ".join(_unsaid(value.encode("utf-8", "surrogateescape")).split())
    texts = (
        piece if isinstance(piece, str) else decoded(piece, charset) if charset else _unsaid(piece)
        for piece, charset in pieces
    )
    return " ".join("".join(texts).encode("utf-8", "replace").decode("utf-8").split())


def decoded(octets: bytes, charset: str) -> str:
    """The octets in that character set, else in UTF-8, with what cannot be read replaced."""
    if _OF_TEXT.fullmatch(charset):
        try:
            return codecs.decode(octets, charset, "replace")
        except (LookupError, ValueError):  # of no such number, such as cp999
            pass
    return octets.decode("utf-8", "replace")


def _unsaid(octets: bytes) -> str:
    """Octets whose character set is not said."""
    return decoded(octets, "iso-2022-jp" if any(each in octets for each in _ESCAPED) else "utf-8")
