"""Files with secrets in them that other users of the machine can read: worth knowing, no fault."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from stat import S_IRGRP, S_IROTH
from typing import Any, Final

from monitor.config.advice import Advice
from monitor.config.load import Loaded
from monitor.config.section import SECTION_OF, Section
from monitor.config.url import MASK, mask_url
from monitor.model.lists import Webhook
from monitor.model.secret import Secret

# Where container engines put secrets, readable by everybody inside: there is nobody else.
MOUNTED: Final = Path("/run/secrets")


def exposed(loaded: Loaded) -> tuple[Advice, ...]:
    """The configuration if a secret stands in it, and the files of secrets, as far as others can read them."""
    try:
        return tuple(_exposed(loaded))
    except (OSError, ValueError):  # a file is being replaced while we look: it is looked at again
        return ()


def _exposed(loaded: Loaded) -> Iterator[Advice]:
    configuration, *of_secrets = loaded.files
    written = frozenset(_texts(tomllib.loads(configuration.read_text("utf-8-sig"))))
    if any(each in written for each in _secrets(loaded.settings)) and (whom := _readers(configuration)):
        mend = f"chmod 600 {configuration}, or keep the secret elsewhere and name it by {{file = …}} or {{env = …}}"
        yield Advice(place=str(configuration), message=f"holds a secret, and {whom} can read it: {mend}")
    for path in of_secrets:
        if not path.is_relative_to(MOUNTED) and (whom := _readers(path)):
            yield Advice(place=str(path), message=f"is the file of a secret, and {whom} can read it: chmod 600 {path}")


def _readers(path: Path) -> str:
    """Who can read it besides its owner, "" for nobody.

    A group that root has given a file to (root:staysub, 0640) is meant to read it.
    """
    found = path.stat()
    if found.st_mode & S_IROTH:
        return "every user of this machine"
    given = found.st_uid == 0 and found.st_gid != 0
    return "its group" if found.st_mode & S_IRGRP and not given else ""


def _secrets(value: Any) -> Iterator[str]:
    """Every text in settings that is a secret, or a URL that holds one."""
    match value:
        case Secret():
            text = value.reveal()
            if "://" not in text or MASK in mask_url(text):
                yield text
        case Mapping():
            yield from _of_all(value.values())
        case list() | tuple():
            yield from _of_all(value)
        case Section():
            yield from _of_all(getattr(value, name) for name in type(value).model_fields)
        case _ if type(value) in SECTION_OF:
            if isinstance(value, Webhook) and MASK in mask_url(value.url):
                yield value.url
            yield from _of_all(getattr(value, name) for name in SECTION_OF[type(value)].model_fields)


def _of_all(values: Iterable[Any]) -> Iterator[str]:
    for each in values:
        yield from _secrets(each)


def _texts(document: Any) -> Iterator[str]:
    """Every text that stands in a document."""
    match document:
        case str():
            yield document.strip()
            yield document
        case Mapping():
            for each in document.values():
                yield from _texts(each)
        case list():
            for each in document:
                yield from _texts(each)
