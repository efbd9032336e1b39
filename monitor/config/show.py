"""The effective configuration as TOML, with secrets masked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.config.duration import write_duration
from monitor.config.section import SECTION_OF, Section
from monitor.config.settings import Settings
from monitor.config.toml import Table, write_document
from monitor.config.url import MASK, mask_url
from monitor.model.lists import Webhook
from monitor.model.secret import Secret
from monitor.model.vantage import ONLY, Vantage


def show(settings: Settings) -> str:
    """Every key with its value in effect; what is not set and has no default is left out."""
    return write_document(plain(settings)).lstrip("\n")


def plain(value: object) -> Table:
    """A section in effect, or the value that it made, as plain values, secrets masked: for JSON."""
    section = type(value) if isinstance(value, Section) else SECTION_OF[type(value)]
    found = {
        field.alias or name: field.default if (stated := getattr(value, name)) is None else stated
        for name, field in section.model_fields.items()
    }
    shown = {name: each for name, each in found.items() if each is not None and (each or name != "receiver")}
    return Table({name: _plain(each) for name, each in shown.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Webhook):  # whoever knows the path of Slack's may write there
        return Table({**plain(value), "url": mask_url(value.url)})
    if isinstance(value, Section) or type(value) in SECTION_OF:
        return plain(value)
    match value:
        case (Vantage() as one,) if one.id == ONLY:  # written as [receiver]
            return Table({name: each for name, each in plain(one).items() if name != "id"})
        case Secret():
            text = value.reveal()
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
