"""Secrets: written as text, or as `{env = "NAME"}` or `{file = "path"}`, and never printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.model.secret import Secret

_SECRET_BYTES = 65536  # a secret is short; a larger file was named by mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where references lead: the environment, and the directory that relative paths start from.

    `read` collects what the files said.

    Where `references` is off, as for what comes over the network, none is followed.
    """

    base: Path = field(default_factory=Path)
    environ: Mapping[str, str] = field(default_factory=dict)
    read: dict[Path, bytes] = field(default_factory=dict)
    references: bool = True


def parse_secret(value: object, sources: Sources) -> Secret:
    """The secret itself. Raises ValueError with a sentence that names the reference and never the secret."""
    match value:
        case Secret():
            return value
        case str():
            secret = value
        case {"env": _} | {"file": _} if not sources.references:
            raise ValueError(
                "must be the secret itself: variables and files of this host are named in its own file only"
            )
        case {"env": str(name), **rest} if not rest:
            secret = _from_environment(name, sources)
        case {"file": str(name), **rest} if not rest:
            secret = _from_file(sources.base / name, sources)
        case _:
            raise ValueError('must be a string, {env = "NAME"} or {file = "path"}')
    if not secret:
        raise ValueError("is empty")
    return Secret(secret)


def parse_secrets(value: object, sources: Sources) -> tuple[Secret, ...]:
    """One secret or an array of them, the first of which signs first."""
    several: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    return tuple(parse_secret(one, sources) for one in several)


def _from_environment(name: str, sources: Sources) -> str:
    secret = sources.environ.get(name)
    if secret is None:
        raise ValueError(f"comes from the environment variable {name}, which is not set")
    return secret.strip()


def _from_file(path: Path, sources: Sources) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_SECRET_BYTES + 1)
    except OSError as error:
        raise ValueError(f"comes from the file {path}, which cannot be read: {error.strerror}") from error
    sources.read[path] = content
    if len(content) > _SECRET_BYTES:
        raise ValueError(f"comes from the file {path}, which is too large for a secret")
    try:
        return content.decode().strip()
    except UnicodeError as error:
        raise ValueError(f"comes from the file {path}, which is not text") from error
