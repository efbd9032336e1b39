"""Text from outside as it may be shown: readable, and unable to do anything. Pure.

Control characters, invisible ones and those that change the direction of writing are shown as their escapes.
"""


def inert(outside: object, *, keep: str = "") -> str:
    """The text with every character escaped that cannot be seen, but for those in `keep` (a line feed, say)."""
    text = str(outside)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else escaped(char) for char in text)


def escaped(char: str) -> str:
    r"""A character's escape: `\x1b`, `\u202e`, `\U000e0001`."""
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
