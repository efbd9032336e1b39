"""Tag lists: what a DKIM-Signature field and a key record consist of (RFC 6376 section 3.2). Pure."""

import re
from collections.abc import Mapping
from typing import Final

from monitor.errors import Unparsable
from monitor.phrase.phrase import say

_TAG_NAME: Final = re.compile(rb"[A-Za-z]\w*")


def read_tags(value: bytes) -> Mapping[bytes, bytes]:
    """The tags in their order. Raises Unparsable where it is no tag list."""
    tags: dict[bytes, bytes] = {}
    specs = value.strip().split(b";")
    for spec in specs if specs[-1] else specs[:-1]:
        name, equals, said = (each.strip() for each in spec.partition(b"="))
        if not equals or not _TAG_NAME.fullmatch(name):
            raise Unparsable(say("a tag is none"))
        if name in tags:
            raise Unparsable(say("{tag} stands there twice", tag=f"{name[:20].decode()}="))
        tags[name] = said
    return tags


def read_names(value: bytes) -> dict[str, str]:
    """The tags read leniently, for names only; whitespace inside values is dropped."""
    pairs = (part.partition("=") for part in value.decode("utf-8", "replace").split(";"))
    return {name.strip(): "".join(text.split()) for name, equals, text in pairs if equals}
