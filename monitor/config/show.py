"""The effective configuration as TOML, with secrets masked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from monitor.config.duration import write_duration
from monitor.config.settings import Settings
from monitor.config.toml import Table, write_document
from monitor.config.url import mask_url

MASK = "***"


def show(settings: Settings) -> str:
    """Every key with its value in effect; what is not set and has no default is left out."""
    return write_document(plain(settings)).lstrip("\n")


def plain(section: BaseModel) -> Table:
    """A section in effect as plain values, secrets masked: for JSON."""
    return _table(section)


def _table(section: BaseModel) -> Table:
    return Table(
        {
            field.alias or name: _plain(getattr(section, name))
            for name, field in type(section).model_fields.items()
            if getattr(section, name) is not None
        }
    )


def _plain(value: Any) -> Any:
    match value:
        case BaseModel():
            return _table(value)
        case SecretStr():
            text = value.get_secret_value()
            return mask_url(text) if "://" in text else MASK
        case timedelta():
            return write_duration(value)
        case bool() | int() | float() | str():
            return value
        case dict():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case Path():
            return str(value)
        case _:
            return str(value)
