"""How every part logs: one line an event, with its fields behind it; ids, never bodies or subscriber addresses."""

import logging
from datetime import UTC, datetime
from typing import Any, Final

from monitor.inert import inert

# What logging itself puts on a record; everything else on it is a field of ours.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "data"}


class EventFormatter(logging.Formatter):
    """`2026-11-23T12:00:00Z INFO monitor.operations.reassess incident_changed list=ops level=critical`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the name is logging's
        """When it happened, in UTC (RFC 3339)."""
        del datefmt
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The line, with fields that came from outside made inert."""
        fields = [f"{key}={_word(value)}" for key, value in vars(record).items() if key not in _OWN]
        return " ".join([inert(super().formatMessage(record)), *fields])

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        """The traceback, each line indented: an error's text from outside begins no line."""
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - the name is logging's
        """Likewise."""
        return _indented(super().formatStack(stack_info))


def configure(level: int | str = logging.INFO) -> None:
    """Log to standard error from this level on. May be repeated."""
    handler = logging.StreamHandler()
    handler.setFormatter(EventFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in inert(text, keep="\n").split("\n"))


def _word(value: object) -> str:
    """A value on one line, quoted where it would be read as more than one word."""
    text = str(value)
    return text if text.isprintable() and text and " " not in text else repr(text)
