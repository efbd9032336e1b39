"""An MTA's log as the configuration describes it: `[[mta_log]]`."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator, ValidationInfo

from monitor.config.field_types import FilePath, ListId, Pause, TimeZone, path_of
from monitor.config.section import LogKind, Section
from monitor.model.mta_log import PAST, STANDARD_INPUT, MtaLog

_UNIT = re.compile(r"[A-Za-z0-9:_.\\@*?-]{1,255}")  # systemd.unit(5), and patterns as journalctl takes them


def _log_path(value: object, info: ValidationInfo) -> Path:
    """A path, or standard input."""
    return STANDARD_INPUT if value == "-" else path_of(value, info)


def _unit(value: object) -> str:
    if not isinstance(value, str) or not _UNIT.fullmatch(value) or value.startswith("-"):
        raise ValueError(f'must be the name of a systemd unit such as "postfix@-.service", not {value!r}')
    return value


Unit = Annotated[str, PlainValidator(_unit, json_schema_input_type=str)]
LogPath = Annotated[FilePath, PlainValidator(_log_path, json_schema_input_type=str)]


class MtaLogSettings(Section):
    """A log of the mail server that sends the lists' mail: what receivers answered to each post stands there.

    `staysub follow` reads it. Repeat the table for each log.
    """

    makes = MtaLog

    kind: LogKind = Field(description="Which mail server writes it.", examples=["postfix"])
    id: ListId | None = Field(
        default=None,
        description="Short name, for `staysub follow --id`; otherwise the kind. Its place in the log is kept under this name.",
        examples=["postfix"],
    )
    path: LogPath | None = Field(
        default=None,
        description='The log file, or "-" for standard input. Its predecessors (mail.log.1, mail.log.2.gz, mail.log-20261128) '
        "are found beside it.",
        examples=["/var/log/mail.log"],
    )
    journal: tuple[Unit, ...] = Field(
        default=(),
        description='Instead of path: the systemd units whose journal it is, such as ["postfix@-.service"].',
        examples=[[]],
    )
    past: Pause = Field(
        default=PAST,
        description="At the first start what is in the log is read, with those of its predecessors that changed within this time.",
        examples=["7d"],
    )
    timezone: TimeZone | None = Field(
        default=None,
        description="The zone of times in the log that name none, by its IANA name. Without it, this machine's.",
        examples=["Europe/Berlin"],
    )

    def value(self) -> MtaLog:
        """Its id is that of its kind, unless it is given."""
        return MtaLog(**{**dict(self), "id": self.id or self.kind})
