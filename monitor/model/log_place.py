"""How far an MTA's log has been read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlace:
    """The place in one log, with all that must be known to go on. It moves with what was read, or not at all.

    A file is known by its first line, whatever it is called and however it is packed: so a log that was turned, copied
    and cut off, or compressed meanwhile is read on where it was left, and one that is imported again is not read twice.
    """

    log: str  # the log's id
    turn: int = 0  # how often it moved: who moves it says from which turn on
    octets: Mapping[str, int] = field(
        default_factory=dict
    )  # digest of a file's first line → octets of it that were read
    cursor: str = ""  # of a journal
    state: Mapping[str, Any] = field(default_factory=dict)  # of the reader, without any address
    lines: int = 0
    attempts: int = 0
    local: int = 0
    unread: int = 0  # lines of this MTA that are of no known form
    sample: str = ""  # one of them, inert and without addresses
    read_at: datetime | None = None  # when it was last looked at
    problem: str = ""  # one sentence: why its follower cannot read it, since a few seconds or longer
    last_line_at: datetime | None = None  # the newest line of this MTA
    list_mail_at: datetime | None = None  # the newest try with mail of a list under watch
    relays: Mapping[str, int] = field(default_factory=dict)  # host → attempts of list mail, lately
