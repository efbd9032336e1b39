"""The text of one part of a message, whatever it calls its character set."""

import codecs
import re
from email.message import Message
from typing import Final

# Python's codecs with these names decode text. Others do not (base64), cost too much on hostile text (punycode: seconds
# for 64 KiB) or refuse it all (undefined).
_OF_TEXT: Final = re.compile(
    r"utf[-_]?(?:7|8|16|32)(?:[-_]?[bl]e)?|(?:us-?)?ascii|iso[-_]?8859[-_]\d{1,2}|latin[-_]?1|(?:windows-?|cp)\d{3,5}|"
    r"iso-2022-(?:jp|kr)[\w-]*|shift[-_]?jis|euc[-_](?:jp|kr)|gb2312|gbk|gb18030|big5|koi8[-_][rtu]|tis-620",
    re.IGNORECASE,
)


def text_of(part: Message) -> str:
    """The part's text decoded as it says, else as UTF-8, with what cannot be read replaced; "" for a part of parts."""
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    named = part.get_content_charset("utf-8")
    if _OF_TEXT.fullmatch(named):
        try:
            return codecs.decode(octets, named, "replace")
        except (LookupError, ValueError):  # of no such number, such as cp999
            pass
    return octets.decode("utf-8", "replace")
