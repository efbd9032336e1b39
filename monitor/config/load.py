"""From a file to settings, or to every fault in it at once."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.config.consistency import inconsistencies
from monitor.config.faults import Fault, faults_of
from monitor.config.places import Places
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.errors import ConfigError

VARIABLE = "STAYSUB_CONFIG"
DEFAULT = Path("staysub.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings, the files they were read from (the configuration, then those of secrets), and a digest of these.

    `places` tells where in the file a key stands.
    """

    settings: Settings
    places: Places
    files: tuple[Path, ...]
    digest: str


def load(path: Path | None = None) -> Settings:
    """The settings of a file; None means `find()`. Raises ConfigError with all faults."""
    return read(find(path)).settings


def find(path: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The configuration file: as given, else $STAYSUB_CONFIG, else ./staysub.toml.

    Raises ConfigError where there is none.
    """
    if path is None and not environ.get(VARIABLE) and not DEFAULT.exists():
        begin = "`staysub init` writes one for your list"
        sentence = f"there is no configuration yet: {begin}. One elsewhere is named with --config or ${VARIABLE}."
        raise ConfigError(str(DEFAULT), [("", sentence)])
    return path or Path(environ.get(VARIABLE) or DEFAULT)


def read(path: Path, environ: Mapping[str, str] = os.environ) -> Loaded:
    """The settings of this file and the files they came from. Raises ConfigError with all faults."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), [("", f"cannot be read: {error.strerror}.")]) from error
    sources = Sources(base=path.absolute().parent, environ=environ)
    settings, places = _parsed(raw, sources, name=str(path))
    contents = {path.absolute(): raw, **sources.read}
    return Loaded(settings=settings, places=places, files=tuple(contents), digest=_digest(contents.values()))


def file_digest(files: Iterable[Path]) -> str:
    """A digest over what the files say now, comparable with `Loaded.digest`."""
    return _digest(map(_content, files))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"\0unreadable"


def _digest(contents: Iterable[bytes]) -> str:
    digest = sha256()
    for content in contents:
        digest.update(sha256(content).digest())
    return digest.hexdigest()


def parse(raw: bytes, sources: Sources, *, name: str) -> Settings:
    """The settings that these bytes of TOML give. Raises ConfigError with all faults."""
    return _parsed(raw, sources, name=name)[0]


def judged(document: Mapping[str, Any], sources: Sources, *, name: str, places: Places | None = None) -> Settings:
    """The settings that this document gives. Raises ConfigError with all faults, in the order of its keys."""
    faults: list[Fault] = []
    settings = None
    try:
        settings = Settings.model_validate(document, context=sources, by_alias=True, by_name=False)
    except ValidationError as error:
        faults = faults_of(error, Settings)
    faults += [fault for fault in inconsistencies(document) if fault[0] not in dict(faults)]
    if settings is None or faults:
        told = places or Places(document)
        raise ConfigError(name, sorted(faults, key=lambda fault: _order(fault[0], document)), told)
    return settings


def _parsed(raw: bytes, sources: Sources, *, name: str) -> tuple[Settings, Places]:
    text = _text(raw, name)
    document = _document(text, name)
    places = Places(document, text)
    return judged(document, sources, name=name, places=places), places


def _text(raw: bytes, name: str) -> str:
    """The bytes as text. Raises ConfigError with the line of the fault."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(name, [(f"line {line}", "is not UTF-8; save the file as UTF-8.")]) from error


def _document(text: str, name: str) -> dict[str, Any]:
    """The TOML document. Raises ConfigError with the line of the fault."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)", str(error))
        line = int(where[1]) if where else text.count("\n") + 1
        sentence = re.sub(r" \(at [^)]*\)$", "", str(error))
        raise ConfigError(name, [(f"line {line}", f"is no TOML: {sentence}.")]) from error
    except RecursionError as error:
        raise ConfigError(name, [("", "is nested too deeply.")]) from error


def _order(where: str, document: Mapping[str, Any]) -> tuple[int, list[tuple[int, str]]]:
    """Sorts faults as their tables stand in the file, and the tenth list after the second."""
    top = re.split(r"[.\[]", where, maxsplit=1)[0]
    keys = list(document)
    parts = [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[.\[\]]+", where)]
    return keys.index(top) if top in keys else len(keys), parts
