"""The recipients that flufl.bounce recognises in a bounce, whose detectors know the forms of many mail systems."""

import logging
from copy import copy
from email.message import Message
from typing import Final

from flufl.bounce import all_failures

# The library tells every detector's exception to its own logger before it raises it.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

TEXT_CHARS_MAX: Final = 65_536
LINES_MAX: Final = 1000  # of a part
PARTS_MAX: Final = 8  # of a message; half as many of a part of it, and so on
_RETURNED: Final = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})


def recipients_detected(message: Message) -> tuple[frozenset[str], frozenset[str]]:
    """Those for whom delivery is only delayed, and those for whom it failed; not those of what is returned."""
    try:
        temporary, permanent = all_failures(_without_returned(message))
    except Exception:  # noqa: BLE001 - the library reads hostile octets and promises nothing; what it cannot read it does not know
        return frozenset(), frozenset()
    return frozenset(map(_as_text, temporary)), frozenset(map(_as_text, permanent))


def _without_returned(message: Message, depth: int = 0) -> Message:
    """The message without the parts that return the refused one, which stays as it is, and no larger than it has to be.

    The library looks at every line of every part with dozens of patterns.
    """
    payload = message.get_payload()
    kept = copy(message)
    if isinstance(payload, str):
        kept.set_payload("".join(payload[:TEXT_CHARS_MAX].splitlines(keepends=True)[:LINES_MAX]))
    elif isinstance(payload, list):
        parts = [each for each in payload if isinstance(each, Message) and each.get_content_type() not in _RETURNED]
        kept.set_payload([_without_returned(each, depth + 1) for each in parts[: PARTS_MAX >> depth]])
    return kept


def _as_text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)
